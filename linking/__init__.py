"""linking: joins texts and names to concepts by search, grounding, neighbours, groups and encoders."""

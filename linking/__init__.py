"""linking: links texts and names to concepts by search, grounding, neighbours and encoders."""

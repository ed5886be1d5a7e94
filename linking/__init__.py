"""linking: text and names joined to concepts: search, grounding, neighbours and groups, encoders."""

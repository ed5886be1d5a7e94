"""linking: connects texts and names with concepts, by search, grounding, neighbours and encoders."""

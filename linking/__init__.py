"""linking: finds the concepts that texts and names mean, by search, grounding, neighbours and encoders."""

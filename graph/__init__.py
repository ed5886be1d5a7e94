"""graph: the store port and its two engines, and the read indexes built from them."""

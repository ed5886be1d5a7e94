"""graph: the store port, its two engines, and the read indexes that are built from them."""

"""graph: the interface to the store, its two engines, and the snapshots that answers are read from."""

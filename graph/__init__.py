"""graph: the interface of the store, its two engines, and the snapshots that answers are read from."""

"""graph: stores the graph with one of two engines, and reads answers from snapshots of the store."""

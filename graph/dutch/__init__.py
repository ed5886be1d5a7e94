"""graph: Dutch names of our own, and how compounds are understood."""

"""api: records in the reach of a concept, and why each of them is."""

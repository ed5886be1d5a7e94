"""api: records in the reach of a concept, and the reason for each."""

"""api: the records that are most similar to a record."""

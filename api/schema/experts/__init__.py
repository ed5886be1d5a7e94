"""api: the people behind the records in the reach of a concept."""

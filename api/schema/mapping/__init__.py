"""api: mappings of a concept, each with all its statements."""

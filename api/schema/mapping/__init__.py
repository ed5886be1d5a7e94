"""api: mappings of a concept. Each mapping has all its statements."""

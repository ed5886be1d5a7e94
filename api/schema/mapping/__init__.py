"""api: mappings of a concept, each with all that is stated of it."""

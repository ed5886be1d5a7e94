"""api: the names that a site gives concepts itself."""

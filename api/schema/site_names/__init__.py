"""api: the names that a site itself has for concepts."""

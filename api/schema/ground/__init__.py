"""api: what texts say, as concepts."""

"""api: related records."""

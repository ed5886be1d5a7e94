"""api: paths between concepts and records."""

"""api: records that are related."""

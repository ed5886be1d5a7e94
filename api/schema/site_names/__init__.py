"""api: a site's own names for concepts."""

"""api: records of all kinds, and search for them."""

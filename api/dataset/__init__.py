"""api: data sets and what they are about."""

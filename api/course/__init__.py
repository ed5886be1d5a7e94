"""api: courses and what they are about."""

"""api: studies and what they are about."""

"""api: stored value sets."""

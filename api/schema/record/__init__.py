"""api: records of all kinds found by text."""

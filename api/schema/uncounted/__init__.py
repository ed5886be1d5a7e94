"""api: concepts with similar names whose records and patients a count does not include."""

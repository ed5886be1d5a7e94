"""api: experts on a concept: the persons joined with the records in its reach."""

"""api: concepts with similar names whose records and patients are not counted."""

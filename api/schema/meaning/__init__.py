"""api: what a concept means: the concepts that mean the same, and why."""

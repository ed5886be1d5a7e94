"""api: finds the concepts that texts name."""

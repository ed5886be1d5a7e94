"""api: what is loaded, and the jobs that loaded it."""

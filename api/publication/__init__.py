"""api: publications and what they are about."""

"""bench: what the others and we need for the same answer, measured side by side."""

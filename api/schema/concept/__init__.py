"""api: concepts of terminologies with their names, neighbours and mappings, and search for them."""

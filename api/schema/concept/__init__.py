"""api: concepts of terminologies, their names, neighbours and mappings, and how they are found."""

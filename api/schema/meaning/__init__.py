"""api: groups of concepts with the same meaning, and the reasons why they have it."""

"""api: groups of concepts with the same meaning, and the evidence for each concept of a group."""

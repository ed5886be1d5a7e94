"""graph: groups of one meaning; which concepts of different terminologies mean the same, and how certain that is."""

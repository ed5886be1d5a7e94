"""api: records in the reach of a concept, and the reason why each record is in the reach."""

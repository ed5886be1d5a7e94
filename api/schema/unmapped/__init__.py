"""api: codes of care records that no loaded terminology defines."""

"""api: how two things are connected."""

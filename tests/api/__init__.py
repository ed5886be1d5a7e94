"""tests: the room api, on the example graph."""

"""tests: the package api, on the example graph."""

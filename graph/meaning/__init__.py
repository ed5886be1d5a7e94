"""graph: meaning; what a text says and which concepts are near each other."""

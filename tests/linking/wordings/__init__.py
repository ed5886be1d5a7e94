"""linking: tests of findings in words other than their names."""

"""bench: scripts that measure speed, size and quality, and compare Tricuspid with other tools."""

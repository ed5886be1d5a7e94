"""demonstration: the data of a made-up hospital, in supported formats; see README.md in this folder."""

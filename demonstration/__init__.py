"""demonstration: the data of a made-up hospital, in the formats that Tricuspid reads; see README.md in this folder."""

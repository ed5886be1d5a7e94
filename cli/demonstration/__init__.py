"""cli: a made-up hospital, small enough to read, in the formats that the readers read; see README.md beside it."""

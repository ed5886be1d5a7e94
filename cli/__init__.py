"""cli: the command `tricuspid`, and the only package that imports both api and ingest."""

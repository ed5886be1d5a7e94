"""cli: the command `tricuspid`; the one room that knows both doors, api and ingest, and puts things together."""

"""api: loaded releases, jobs and the state of the encoder."""

"""ingest: turns source files into records on concepts, and runs the jobs that write them into the graph."""

"""ingest: reads source files, and runs the jobs that write their content to the graph."""

"""api: GraphQL over HTTP. Answers are read from snapshots of the graph and pass disclosure control."""

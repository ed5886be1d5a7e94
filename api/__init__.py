"""api: GraphQL over HTTP; reads snapshots of the graph and lets out only what disclosure allows."""

"""api: prints the GraphQL schema: `python -m api.schema > api/schema.graphql`."""

from api.schema.root import schema

print(schema.as_str())

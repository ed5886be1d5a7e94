"""tests: the Neo4j server that bin/neo4j starts, and other uses of bin/neo4j."""

"""tests: the Neo4j that bin/neo4j starts, and what bin/neo4j does when it starts none."""

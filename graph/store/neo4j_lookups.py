"""graph: builds the parts of Cypher queries that look up nodes in an index of the server engine."""

from __future__ import annotations


def by_id(name: str, table: str) -> str:
    """Returns the planner hint that looks up a node by its id. `name` is the variable of the node in the query."""
    return f"USING INDEX {name}:{table}(id)"


def listed(name: str, table: str) -> str:
    """Returns the beginning of a query that finds nodes `n` by a list of ids, and the index `i` of each id.

    `name` is the parameter of the query that has the ids.
    """
    return f"UNWIND range(0, size(${name}) - 1) AS i MATCH (n:{table} {{id: ${name}[i]}}) {by_id('n', table)}"

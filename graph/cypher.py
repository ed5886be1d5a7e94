"""graph: the Cypher that both engines speak; text alone, no driver."""

from __future__ import annotations

from collections.abc import Iterator

from graph.schema import EDGES, NODES, RELEASED, Edge

_ENDS = {"source": "a.id", "target": "b.id"}


def pattern(edge: Edge, key: str = "") -> str:
    """An edge `e` from `a` to `b`; `key` narrows down `a`."""
    return f"(a:{edge.start} {key})-[e:{edge.type}]->(b:{edge.end})"


def value(column: str) -> str:
    """A column of an edge table in that pattern."""
    return _ENDS.get(column, f"e.`{column}`")


def counted() -> str:
    """The rows of every table: `name` and `rows`, in one statement."""
    tables = {table: f"(n:{table})" for table in NODES} | {table: pattern(edge) for table, edge in EDGES.items()}
    return " UNION ALL ".join(
        f"MATCH {of} WITH count(*) AS rows RETURN '{table}' AS name, rows" for table, of in tables.items()
    )


def unname() -> str:
    """Takes the names that records of single patients gave to codes, in a store of before NAMES_BY_MANY."""
    of_records = "n.stub AND n.release IS NULL AND n.job IS NULL"
    return f"MATCH (:Patient)-[:EVENT]->(n:Concept) WHERE {of_records} SET n.label = ''"


def sweep() -> Iterator[str]:
    """What `Store._sweep` does, in statements with the parameters release and job."""
    stale = "WHERE {0}.release = $release AND {0}.job <> $job"
    for table in RELEASED:
        yield f"MATCH {pattern(EDGES[table])} {stale.format('e')} DELETE e"
    yield f"MATCH (n:Label) {stale.format('n')} DETACH DELETE n"
    yield f"MATCH (n:Concept) {stale.format('n')} SET n.stub = true"
    yield "MATCH (n:Release) WHERE n.id = $release AND n.job <> $job DELETE n"


def stale() -> Iterator[tuple[str, str]]:
    """What `Store.stale` counts: a table and a statement with the parameters release and job, which gives `rows`."""
    of = "WHERE {0}.release = $release AND {0}.job <> $job"
    for table in RELEASED:
        yield table, f"MATCH {pattern(EDGES[table])} {of.format('e')} RETURN count(*) AS rows"
    yield "Concept", f"MATCH (n:Concept) {of.format('n')} AND NOT n.stub RETURN count(*) AS rows"


def rename(prefix: str | None) -> Iterator[str]:
    """What `Store._rename` does, in statements with the parameters release, id and, where there is one, prefix."""
    of = "" if prefix is None else " AND {0}.ontology = $prefix"
    for table in RELEASED:
        yield f"MATCH {pattern(EDGES[table])} WHERE e.release = $release{of.format('a')} SET e.release = $id"
    labels = "MATCH (a:Concept)-[:HAS_LABEL]->(n:Label) WHERE n.release = $release"
    yield f"{labels}{of.format('a')} SET n.release = $id"
    yield f"MATCH (n:Concept) WHERE n.release = $release{of.format('n')} SET n.release = $id"
    if prefix is None:
        yield "MATCH (n:Release) WHERE n.id = $release AND n.id <> $id DELETE n"

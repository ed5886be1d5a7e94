"""graph: builds the Cypher statements that both engines run. This module imports no driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from graph.store.schema import EDGES, NODES, RELEASED, Edge

_ENDS = {"source": "a.id", "target": "b.id"}


def pattern(edge: Edge, key: str = "") -> str:
    """A pattern for an edge `e` from its start `a` to its end `b`. `key` is a condition on `a`."""
    return f"(a:{edge.start} {key}){way(edge, f'e:{edge.type}')}(b:{edge.end})"


def way(edge: Edge, inner: str) -> str:
    """Returns the relationship part of a pattern, between the start and the end of the edge."""
    return f"<-[{inner}]-" if edge.inward else f"-[{inner}]->"


def value(column: str) -> str:
    """Returns the expression for a column of an edge table in a pattern that `pattern` returns."""
    return _ENDS.get(column, f"e.`{column}`")


def counted() -> str:
    """Returns a statement that counts the rows of every table. The statement returns `name` and `rows`."""
    tables = {table: f"(n:{table})" for table in NODES} | {table: pattern(edge) for table, edge in EDGES.items()}
    return _counted(tables)


def _counted(found: Mapping[str, str]) -> str:
    return " UNION ALL ".join(
        f"MATCH {what} WITH count(*) AS rows RETURN '{name}' AS name, rows" for name, what in found.items()
    )


def changed(since: int) -> str:
    """Returns the statement of `Store.changed`. The statement returns `id` and `changed`."""
    return f"MATCH (n:Patient) WHERE n.changed > {since} RETURN n.id AS id, n.changed AS changed"


def unname() -> str:
    """Returns a statement that deletes the names that codes got from patient records.

    The statement is run in stores with a schema that is older than NAMES_BY_MANY.
    """
    of_records = "n.stub AND n.release IS NULL AND n.job IS NULL"
    return f"MATCH (:Patient)-[:EVENT]->(n:Concept) WHERE {of_records} SET n.label = ''"


def sweep() -> Iterator[str]:
    """Yields the statements of `Store._sweep`, with the parameters release and job."""
    stale = "WHERE {0}.release = $release AND {0}.job <> $job"
    for table in RELEASED:
        yield f"MATCH {pattern(EDGES[table])} {stale.format('e')} DELETE e"
    yield f"MATCH (n:Label) {stale.format('n')} DETACH DELETE n"
    yield f"MATCH (n:Concept) {stale.format('n')} SET n.stub = true"
    yield "MATCH (n:Release) WHERE n.id = $release AND n.job <> $job DELETE n"


def stale() -> str:
    """Returns the statement of `Store.stale`, with the parameters release and job.

    The statement returns `name` and `rows`.
    """
    of = "{0}.release = $release AND {0}.job <> $job"
    found = {table: f"{pattern(EDGES[table])} WHERE {of.format('e')}" for table in RELEASED}
    found["Concept"] = f"(n:Concept) WHERE {of.format('n')} AND NOT n.stub"
    return _counted(found)


UNUSED = "WHERE n.stub AND NOT EXISTS { MATCH (n)-[]-() } DELETE n"
"""The end of the statement of `Store._erase_unused`, after the MATCH of a concept `n`."""


def rename(prefix: str | None) -> Iterator[str]:
    """Yields the statements of `Store._rename`, with the parameters release and id, and prefix if it is given."""
    of = "" if prefix is None else " AND {0}.ontology = $prefix"
    for table in RELEASED:
        yield f"MATCH {pattern(EDGES[table])} WHERE e.release = $release{of.format('a')} SET e.release = $id"
    labels = "MATCH (a:Concept)-[:HAS_LABEL]->(n:Label) WHERE n.release = $release"
    yield f"{labels}{of.format('a')} SET n.release = $id"
    yield f"MATCH (n:Concept) WHERE n.release = $release{of.format('n')} SET n.release = $id"
    if prefix is None:
        yield "MATCH (n:Release) WHERE n.id = $release AND n.id <> $id DELETE n"

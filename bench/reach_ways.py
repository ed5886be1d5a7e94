"""bench: implementations of descendants and reach to compare with Tricuspid: sets, arrays, networkx and Cypher."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any, NamedTuple

import ladybug
import networkx as nx
import numpy as np
import pyarrow as pa

from graph.columns import Csr, Ints
from graph.store import EDGES, NODES, Address, Batch
from graph.store.ladybug import LadybugStore
from graph.store.neo4j import Neo4jStore
from tests.conftest import empty_neo4j

_CHUNK = 50_000
_DEEPEST = 30


class Graph(NamedTuple):
    """A graph whose concepts are numbers. `is_a` has a row of narrower concepts and a row of broader concepts.

    `equivalents` has two rows of equivalent concepts. `root` is the concept whose descendants and reach are measured.
    """

    name: str
    size: int
    is_a: Ints
    equivalents: Ints
    root: int


class Way(NamedTuple):
    """An implementation as functions: to get a set for the first time, to get the set again, to get its size, and to
    test whether the set contains a concept.
    """

    name: str
    first: Callable[[], Any]
    again: Callable[[], Any]
    count: Callable[[Any], int]
    holds: Callable[[Any, int], bool] | None


def sets(graph: Graph, what: str) -> Way:
    """A set that is computed by walking dictionaries of lists, and then cached."""
    down: dict[int, list[int]] = {}
    for narrower, broader in graph.is_a.T.tolist():
        down.setdefault(broader, []).append(narrower)
    if what == "reach":
        for one, other in graph.equivalents.T.tolist():
            down.setdefault(one, []).append(other)
            down.setdefault(other, []).append(one)

    def walked(starts: set[int]) -> set[int]:
        found, edge = set(starts), starts
        while edge := {below for one in edge for below in down.get(one, ())} - found:
            found |= edge
        return found

    def first() -> set[int]:
        return walked({graph.root})

    kept = first()
    return Way("python sets", first, lambda: kept, len, lambda found, one: one in found)


def arrays(graph: Graph, what: str) -> Way:
    """A sorted array that is computed by walking two flat arrays, and then cached. Membership is a binary search."""
    pairs = [graph.is_a[::-1]] + ([graph.equivalents, graph.equivalents[::-1]] if what == "reach" else [])
    steps = Csr.of_pairs(graph.size, *np.concatenate(pairs, axis=1))

    def walked(starts: Ints) -> Ints:
        found, edge = np.unique(starts), starts
        while len(edge := np.setdiff1d(steps.gather(edge), found)):
            found = np.union1d(found, edge)
        return found

    def first() -> Ints:
        return walked(np.array([graph.root], np.int32))

    kept = first()
    return Way("sorted arrays", first, lambda: kept, len, _in_sorted)


def _in_sorted(values: Ints, one: int) -> bool:
    place = int(np.searchsorted(values, np.int32(one)))
    return place < len(values) and int(values[place]) == one


def networkx(graph: Graph) -> Way:
    made: nx.DiGraph[int] = nx.DiGraph(graph.is_a[::-1].T.tolist())

    def ask() -> set[int]:
        return nx.descendants(made, graph.root) | {graph.root}

    return Way("networkx", ask, ask, len, lambda found, one: one in found)


def cypher(graph: Graph, store: LadybugStore) -> Way:
    """The traversal of the engine. It returns a number and not a set, so nothing is cached."""
    query = f"MATCH (a:Concept {{id: 'C:{graph.root}'}})<-[:IS_A* SHORTEST 1..{_DEEPEST}]-(b) RETURN count(DISTINCT b)"
    assert store._database is not None
    connection = ladybug.Connection(store._database)

    def ask() -> int:
        result: Any = connection.execute(query)
        return 1 + int(result.get_next()[0])

    return Way("Cypher (Ladybug)", ask, ask, int, None)


@contextmanager
def server(graph: Graph) -> Iterator[list[Way]]:
    """The traversal of the Neo4j server in NEO4J_URI. Empties the server. Yields nothing if there is no server."""
    address = os.environ.get("NEO4J_URI", "")
    if not address:
        yield []
        return
    empty_neo4j()
    with closing(Neo4jStore(Address(address), "")) as store:
        for batch in batches(graph):
            store.write(batch)
        query = f"MATCH (:Concept {{id: 'C:{graph.root}'}})<-[:IS_A*0..]-(b) RETURN count(DISTINCT b)"

        def ask() -> int:
            return int(store._run(query)[0][0])

        yield [Way("Cypher (Neo4j)", ask, ask, int, None)]


def _frame(table: str, columns: dict[str, Any], size: int) -> pa.Table:
    schema = NODES[table].arrow if table in NODES else EDGES[table].arrow
    blank = {field.name: pa.nulls(size, field.type) for field in schema}
    return pa.table(blank | columns).cast(schema)


def batches(graph: Graph) -> Iterator[Batch]:
    ids = pa.array([f"C:{number}" for number in range(graph.size)])
    for start in range(0, graph.size, _CHUNK):
        some = ids.slice(start, _CHUNK)
        yield Batch(nodes={"Concept": _frame("Concept", {"id": some, "label": some}, len(some))})
    release = pa.array(["bench"] * _CHUNK)
    for start in range(0, graph.is_a.shape[1], _CHUNK):
        source, target = (ids.take(pa.array(row[start : start + _CHUNK])) for row in graph.is_a)
        columns = {"source": source, "target": target, "release": release.slice(0, len(source))}
        yield Batch(edges={"IS_A": _frame("IS_A", columns, len(source))})

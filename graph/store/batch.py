"""graph: declares the content of one transaction, and finds the rows that a write affects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from graph.store.schema import EDGES

STUB = pa.schema({"id": pa.string(), "label": pa.string(), "ontology": pa.string(), "job": pa.string()})


@dataclass
class Batch:
    """The content of one transaction. Every table is an Arrow table with the columns of graph.store.schema.

    nodes         complete rows; each replaces the row with the same `id`
    stubs         concepts that are created if absent; a better label replaces the label of an earlier stub (see
                  docs/store-contract.md, clause 12). `job` is set if the label comes from a mapping, and null if it
                  comes from a record
    placeholders  ids of nodes that are not concepts, by table; a missing node is created without values, such as a
                  patient whose events are read before the patient
    edges         rows that replace earlier edges of the same asserter (`Edge.replaces`)
    retracted     the `Edge.replaces` columns of asserters whose earlier edges are deleted, even if no row replaces them
    renamed       (release, id, prefix): edges, labels and concepts of the release move to the release `id`, which
                  exists or is in `nodes`. If the prefix is None, all of them move, and the old release is deleted.
                  Otherwise, only concepts with the prefix move, their labels, and the edges that start at them
    swept         (release, job): edges and labels that other jobs stated for the release are deleted, and concepts of
                  other jobs become stubs. If the job did not state the release, the release is also deleted
    erased        (table, id): deletes the node and all its edges; the batch must not have a row of the node
    unused        ids of concepts: a concept is deleted if it is a stub and has no edge after the write
    fresh         True if the asserters of all edges are new, so that there are no earlier edges to replace
    """

    nodes: dict[str, pa.Table] = field(default_factory=dict)
    stubs: pa.Table | None = None
    placeholders: dict[str, pa.Array] = field(default_factory=dict)
    edges: dict[str, pa.Table] = field(default_factory=dict)
    retracted: dict[str, pa.Table] = field(default_factory=dict)
    renamed: Sequence[tuple[str, str, str | None]] = ()
    swept: Sequence[tuple[str, str]] = ()
    erased: Sequence[tuple[str, str]] = ()
    unused: Sequence[str] = ()
    fresh: bool = False


def asserters_of(edges: dict[str, pa.Table], retracted: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """Returns the edges that a write replaces or retracts, as distinct values of the columns `Edge.replaces`."""
    found = {}
    for table, edge in EDGES.items():
        keys = list(edge.replaces)
        given = [rows.select(keys) for rows in (edges.get(table), retracted.get(table)) if rows is not None]
        if any(rows.num_rows for rows in given):
            found[table] = pa.concat_tables(given).group_by(keys).aggregate([])
    return found


def changed_patients(edges: dict[str, pa.Table], asserters: dict[str, pa.Table], there: pa.Table | None) -> list[str]:
    """Returns the patients in `there` whose events a write replaces, retracts or adds."""
    rows = [frames["EVENT"]["source"] for frames in (edges, asserters) if "EVENT" in frames]
    if there is None or not rows:
        return []
    sources = pc.unique(pa.chunked_array([chunk for column in rows for chunk in column.chunks], pa.string()))
    return list(sources.filter(among(sources, there)).to_pylist())


def named_in(
    nodes: dict[str, pa.Table],
    stubs: pa.Table,
    placeholders: dict[str, pa.Array],
    edges: dict[str, pa.Table],
    retracted: dict[str, pa.Table],
) -> dict[str, pa.Array]:
    """Returns, for each node table, the distinct ids that a batch uses."""
    ids: dict[str, list[pa.ChunkedArray]] = {"Concept": [stubs["id"]]}
    for table, frame in nodes.items():
        ids.setdefault(table, []).append(frame["id"])
    for table, some in placeholders.items():
        ids.setdefault(table, []).append(pa.chunked_array([some.cast(pa.string())]))
    for table, frame in edges.items():
        ids.setdefault(EDGES[table].start, []).append(frame["source"])
        ids.setdefault(EDGES[table].end, []).append(frame["target"])
    for table, frame in retracted.items():
        ids.setdefault(EDGES[table].start, []).append(frame["source"])
    every = {
        table: pa.chunked_array([piece for column in some for piece in column.chunks], pa.string())
        for table, some in ids.items()
    }
    return {table: pc.unique(some) for table, some in every.items()}


def among(ids: pa.ChunkedArray | pa.Array, rows: pa.Table | None) -> pa.Array:
    """For each of `ids`, True if a row of `rows` has this id."""
    return pc.is_in(ids, value_set=rows["id"] if rows is not None else pa.array([], pa.string()))

"""ingest: collects the rows of a batch by table, and returns them as columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import EDGES, NODES, STUB, Batch
from ontologies.curies import ontology

_SCHEMAS = {name: table.arrow for tables in (NODES, EDGES) for name, table in tables.items()}


class Rows:
    """Collects the rows of a batch by table. The values of a row are in the column order of graph.store.schema."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.nodes: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
        self.edges: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.retracted: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._anew: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
        self.stubs: dict[str, tuple[bool, str, str | None]] = {}
        self.placeholders: dict[str, set[str]] = defaultdict(set)
        self._frames: dict[str, list[pa.Table]] = defaultdict(list)

    def patients(self, patients: pa.Table, resources: pa.Table, events: pa.Table) -> None:
        """Adds rows of the tables Patient, Resource and EVENT. The events replace all stored events of the records in
        `resources`.

        Rows that were added earlier for the same records are removed.
        """
        owned = [
            ("Patient", "id", patients["id"]),
            ("Resource", "id", resources["id"]),
            ("EVENT", "record", resources["id"]),
        ]
        for (table, column, keys), added in zip(owned, (patients, resources, events), strict=True):
            kept = [frame.filter(pc.invert(pc.is_in(frame[column], value_set=keys))) for frame in self._frames[table]]
            self._frames[table] = [*kept, added]

    def node(self, table: str, key: str, *values: Any) -> None:
        """Adds a row to the node table `table`. It replaces an earlier row of the batch with the same key."""
        self.nodes[table][key] = (key, *values)

    def edge(self, table: str, *values: Any) -> None:
        self.edges[table].append(values)

    def retract(self, table: str, *asserter: str) -> None:
        """Retracts all edges of `table` that an asserter stated: those in the store, and those added before this call.

        Edges added later stay. `asserter` has the values of the columns in `Edge.replaces`.
        """
        self.retracted[table].add(asserter)
        if before := len(self.edges.get(table, ())):
            self._anew[table][asserter] = before

    def stub(self, concept: str, label: str | None, job: str | None = None) -> None:
        """Adds a stub for `concept`. If it gets several labels, the best is stored, by the rule in `graph.store.port`.

        `job` is given if the label comes from a mapping.
        """
        stub = (job is None, label, job) if label else (True, "", None)
        before = self.stubs.setdefault(concept, stub)
        if label and (not before[1] or stub[:2] < before[:2]):
            self.stubs[concept] = stub

    def batch(self) -> Batch:
        """Returns all rows as columns, and clears them."""
        stubs = [(concept, label, ontology(concept), job) for concept, (_, label, job) in self.stubs.items()]
        batch = Batch(
            nodes=self._with_frames(NODES, {table: [*rows.values()] for table, rows in self.nodes.items()}),
            stubs=framed(STUB, stubs),
            placeholders={table: pa.array(sorted(ids), pa.string()) for table, ids in self.placeholders.items()},
            edges=self._with_frames(EDGES, {table: self._valid(table) for table in self.edges}),
            retracted={table: _asserters(table, keys) for table, keys in self.retracted.items()},
        )
        for frame in self._frames.get("Resource", ()):
            retract(batch, "EVENT", frame.select(["owner", "id"]))
        self._clear()
        return batch

    def _with_frames(self, tables: Container[str], rows: Mapping[str, list[tuple[Any, ...]]]) -> dict[str, pa.Table]:
        """Returns, for each of `tables` that has rows, one table of columns with `rows` and with the rows that
        `patients` added.
        """
        every = dict.fromkeys([*rows, *(name for name in self._frames if name in tables)])
        return {
            name: pa.concat_tables([framed(_SCHEMAS[name], rows.get(name, [])), *self._frames.get(name, ())])
            for name in every
        }

    def _valid(self, table: str) -> list[tuple[Any, ...]]:
        """Returns the edges of `table` that were not retracted."""
        rows, anew = self.edges[table], self._anew[table]
        if not anew:
            return rows
        places = [EDGES[table].arrow.names.index(name) for name in EDGES[table].replaces]
        return [row for at, row in enumerate(rows) if at >= anew.get(tuple(row[place] for place in places), 0)]


def retract(batch: Batch, table: str, asserters: pa.Table) -> None:
    """Adds to a batch that the edges of `table` that `asserters` stated are retracted.

    Each row of `asserters` is an asserter. Its columns are in the order of `Edge.replaces`.
    """
    asserters = asserters.rename_columns(list(EDGES[table].replaces))
    before = batch.retracted.get(table)
    batch.retracted[table] = asserters if before is None else pa.concat_tables([before, asserters])


def add_labels(batch: Batch, labels: dict[str, str]) -> None:
    """Adds labels to the stubs of a batch. `labels` has the label of each concept.

    Records of this batch or of an earlier batch refer to these concepts.
    """
    before = batch.stubs if batch.stubs is not None else STUB.empty_table()
    others = before.filter(pc.invert(pc.is_in(before["id"], value_set=pa.array(list(labels), pa.string()))))
    rows = [(concept, label, ontology(concept), None) for concept, label in labels.items()]
    batch.stubs = pa.concat_tables([others, framed(STUB, rows)])


def framed(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    """Returns the rows as a table of columns."""
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, schema, strict=True)], schema=schema)


def _asserters(table: str, keys: set[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in EDGES[table].replaces])
    return framed(schema, sorted(keys))

"""ingest: collects the rows of a batch by table, and returns them as columns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import EDGES, NODES, STUB, Batch
from ontologies.curies import ontology


class Rows:
    """Rows in the column order of graph.store.schema."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.nodes: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
        self.edges: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.retracted: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._anew: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
        self.stubs: dict[str, tuple[bool, str, str | None]] = {}
        self.placeholders: dict[str, set[str]] = defaultdict(set)

    def node(self, table: str, key: str, *values: Any) -> None:
        """Adds a row. The row replaces an earlier row with the same key."""
        self.nodes[table][key] = (key, *values)

    def edge(self, table: str, *values: Any) -> None:
        self.edges[table].append(values)

    def retract(self, table: str, *asserter: str) -> None:
        """Retracts the asserter's edges in the store, and its edges that were added before this call.

        Edges added later stay.
        """
        self.retracted[table].add(asserter)
        if before := len(self.edges.get(table, ())):
            self._anew[table][asserter] = before

    def stub(self, concept: str, label: str | None, job: str | None = None) -> None:
        """Adds a stub for a concept. Of several labels, the best is kept, by the same rule as in `graph.store.port`.

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
            nodes={table: _frame(NODES[table].arrow, [*rows.values()]) for table, rows in self.nodes.items()},
            stubs=_frame(STUB, stubs),
            placeholders={table: pa.array(sorted(ids), pa.string()) for table, ids in self.placeholders.items()},
            edges={table: _frame(EDGES[table].arrow, self._valid(table)) for table in self.edges},
            retracted={table: _asserters(table, keys) for table, keys in self.retracted.items()},
        )
        self._clear()
        return batch

    def _valid(self, table: str) -> list[tuple[Any, ...]]:
        """The edges that were not retracted."""
        rows, anew = self.edges[table], self._anew[table]
        if not anew:
            return rows
        places = [EDGES[table].arrow.names.index(name) for name in EDGES[table].replaces]
        return [row for at, row in enumerate(rows) if at >= anew.get(tuple(row[place] for place in places), 0)]


def add_labels(batch: Batch, labels: dict[str, str]) -> None:
    """Adds labels of concepts. Records of this batch or of an earlier batch refer to these concepts."""
    before = batch.stubs if batch.stubs is not None else STUB.empty_table()
    others = before.filter(pc.invert(pc.is_in(before["id"], value_set=pa.array(list(labels), pa.string()))))
    rows = [(concept, label, ontology(concept), None) for concept, label in labels.items()]
    batch.stubs = pa.concat_tables([others, _frame(STUB, rows)])


def _frame(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, schema, strict=True)], schema=schema)


def _asserters(table: str, keys: set[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in EDGES[table].replaces])
    return _frame(schema, sorted(keys))

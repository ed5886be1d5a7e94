"""ingest: gathers rows by table until there is a batch of them, and hands them over as columns."""

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
        self.restated: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self._anew: dict[str, dict[tuple[str, ...], int]] = defaultdict(dict)
        self.stubs: dict[str, tuple[bool, str, str | None]] = {}
        self.bare: dict[str, set[str]] = defaultdict(set)

    def node(self, table: str, key: str, *values: Any) -> None:
        """A row in place of one of the same key that was given before."""
        self.nodes[table][key] = (key, *values)

    def edge(self, table: str, *values: Any) -> None:
        self.edges[table].append(values)

    def restate(self, table: str, *speaker: str) -> None:
        """Takes back the speaker's edges, those in the store and those given before; what comes after this stays."""
        self.restated[table].add(speaker)
        if before := len(self.edges.get(table, ())):
            self._anew[table][speaker] = before

    def stub(self, concept: str, label: str | None, job: str | None = None) -> None:
        """A concept that is pointed at, by the best name that came with it: see `graph.store.port`, which decides so
        too.

        `job` is given where a mapping says the label.
        """
        said = (job is None, label, job) if label else (True, "", None)
        before = self.stubs.setdefault(concept, said)
        if label and (not before[1] or said[:2] < before[:2]):
            self.stubs[concept] = said

    def batch(self) -> Batch:
        """All rows so far as columns; the rows are given away."""
        stubs = [(concept, label, ontology(concept), job) for concept, (_, label, job) in self.stubs.items()]
        batch = Batch(
            nodes={table: _frame(NODES[table].arrow, [*rows.values()]) for table, rows in self.nodes.items()},
            stubs=_frame(STUB, stubs),
            placeholders={table: pa.array(sorted(ids), pa.string()) for table, ids in self.bare.items()},
            edges={table: _frame(EDGES[table].arrow, self._standing(table)) for table in self.edges},
            retracted={table: _speakers(table, said) for table, said in self.restated.items()},
        )
        self._clear()
        return batch

    def _standing(self, table: str) -> list[tuple[Any, ...]]:
        """The edges that their speaker did not take back."""
        rows, anew = self.edges[table], self._anew[table]
        if not anew:
            return rows
        places = [EDGES[table].arrow.names.index(name) for name in EDGES[table].replaces]
        return [row for at, row in enumerate(rows) if at >= anew.get(tuple(row[place] for place in places), 0)]


def add_labels(batch: Batch, labels: dict[str, str]) -> None:
    """Adds the names of concepts, which records of the batch or of batches before it point at."""
    before = batch.stubs if batch.stubs is not None else STUB.empty_table()
    others = before.filter(pc.invert(pc.is_in(before["id"], value_set=pa.array(list(labels), pa.string()))))
    rows = [(concept, label, ontology(concept), None) for concept, label in labels.items()]
    batch.stubs = pa.concat_tables([others, _frame(STUB, rows)])


def _frame(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, schema, strict=True)], schema=schema)


def _speakers(table: str, said: set[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in EDGES[table].replaces])
    return _frame(schema, sorted(said))

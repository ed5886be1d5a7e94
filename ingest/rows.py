"""ingest: gathers rows by table until there is a batch of them, and hands them over as columns."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

from graph.schema import EDGES, NODES
from graph.store import STUB, Batch


class Rows:
    """Rows in the column order of graph.schema."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.nodes: dict[str, dict[str, tuple[Any, ...]]] = defaultdict(dict)
        self.edges: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.restated: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        self.stubs: dict[str, str] = {}
        self.bare: dict[str, set[str]] = defaultdict(set)

    def node(self, table: str, key: str, *values: Any) -> None:
        """A row in place of one of the same key that was given before."""
        self.nodes[table][key] = (key, *values)

    def edge(self, table: str, *values: Any) -> None:
        self.edges[table].append(values)

    def stub(self, concept: str, label: str | None) -> None:
        """A concept that is pointed at, by the name that came with it if any."""
        if label or concept not in self.stubs:
            self.stubs[concept] = label or ""

    def batch(self) -> Batch:
        """All rows so far as columns; the rows are given away."""
        stubs = [(concept, label, concept.partition(":")[0]) for concept, label in self.stubs.items()]
        batch = Batch(
            nodes={table: _frame(NODES[table].arrow, [*rows.values()]) for table, rows in self.nodes.items()},
            stubs=_frame(STUB, stubs),
            bare={table: pa.array(sorted(ids), pa.string()) for table, ids in self.bare.items()},
            edges={table: _frame(EDGES[table].arrow, rows) for table, rows in self.edges.items()},
            restated={table: _speakers(table, said) for table, said in self.restated.items()},
        )
        self._clear()
        return batch


def _frame(schema: pa.Schema, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table([pa.array(column, f.type) for column, f in zip(columns, schema, strict=True)], schema=schema)


def _speakers(table: str, said: set[tuple[str, ...]]) -> pa.Table:
    schema = pa.schema([(name, pa.string()) for name in EDGES[table].replaces])
    return _frame(schema, sorted(said))

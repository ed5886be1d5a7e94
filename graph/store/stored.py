"""graph: reads the rows of a store as sorted tables, and converts ids to the row numbers of a snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.store.port import Store
from graph.store.schema import EDGES, NODES


class Scanned(Protocol):
    """A source of rows, such as a store."""

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]: ...


class CountedStore:
    """A store inside a read transaction. The rows of its tables are counted once, so that empty tables are not read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.counts = store.counts()

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        return self._store.scan(table, columns) if self.counts[table] else iter(())

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        return self._store.nodes(table, ids, columns)

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        return self._store.edges(table, sources, columns)

    def changed(self, since: int) -> pa.Table:
        return self._store.changed(since)

    def lineage(self) -> str:
        return self._store.lineage()


def rows_of(store: Scanned, table: str, columns: Sequence[str]) -> pa.Table:
    schema = (EDGES[table] if table in EDGES else NODES[table]).arrow
    schema = pa.schema([schema.field(name) for name in columns])
    return pa.concat_tables([schema.empty_table(), *(t.cast(schema) for t in store.scan(table, columns))])


def sorted_rows(store: Scanned, table: str) -> pa.Table:
    return rows_of(store, table, NODES[table].arrow.names).sort_by("id").combine_chunks()


def places(values: pa.ChunkedArray, ids: pa.ChunkedArray) -> np.ndarray:
    """Returns the index of each value in the sorted ids; -1 if the value is absent."""
    if not len(values):
        return np.empty(0, np.int32)
    return np.asarray(pc.index_in(values, value_set=ids).fill_null(-1).combine_chunks(), dtype=np.int32)


def ends(rows: pa.Table, ids: pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Returns the indices in the sorted `ids` of the columns `source` and `target` of `rows`."""
    both = places(pa.chunked_array([*rows["source"].chunks, *rows["target"].chunks], pa.string()), ids)
    return both[: rows.num_rows], both[rows.num_rows :]

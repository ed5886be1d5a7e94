"""graph: creates the edge tables of the embedded engine, in its dialect of Cypher."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from graph.store.schema import Edge

TYPES = {pa.string(): "STRING", pa.int64(): "INT64", pa.float64(): "DOUBLE", pa.bool_(): "BOOLEAN"}


def columns_of(edges: Sequence[Edge]) -> dict[str, pa.DataType]:
    """Returns the columns of an edge type: all columns of the edge tables that share the type."""
    return {name: dtype for edge in edges for name, dtype in edge.columns.items()}


def edge_table(edges: Sequence[Edge]) -> str:
    """The statement that creates the table of an edge type, if it does not exist."""
    pairs = ", ".join(map(ends_of, edges))
    columns = "".join(f", `{name}` {TYPES[dtype]}" for name, dtype in columns_of(edges).items())
    return f"CREATE REL TABLE IF NOT EXISTS {edges[0].type}({pairs}{columns})"


def ends_of(edge: Edge) -> str:
    start, end = (edge.end, edge.start) if edge.inward else (edge.start, edge.end)
    return f"FROM {start} TO {end}"

"""Small tables for tests of the graph, written by hand."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from graph.store import EDGES, NODES, STUB, Batch, Store


def nodes(table: str, *rows: dict[str, Any]) -> pa.Table:
    """Rows of a node table. Missing columns are null, and missing flags are false."""
    schema = NODES[table].arrow
    blank = {f.name: False if f.type == pa.bool_() else None for f in schema}
    return pa.Table.from_pylist([blank | row for row in rows], schema=schema)


def concepts(*ids: str, label: str = "", release: str = "r", job: str = "j") -> pa.Table:
    own = ({"id": i, "label": label or i, "ontology": i.split(":")[0], "release": release, "job": job} for i in ids)
    return nodes("Concept", *own)


def edges(table: str, *pairs: tuple[str, str], **columns: Any) -> pa.Table:
    schema = EDGES[table].arrow
    blank = dict.fromkeys(schema.names) | {"statement": "s", "release": "r", "job": "j"} | columns
    rows = [{k: v for k, v in (blank | {"source": a, "target": b}).items() if k in schema.names} for a, b in pairs]
    return pa.Table.from_pylist(rows, schema=schema)


def stubs(*pairs: tuple[str, str], job: str | None = None) -> pa.Table:
    rows = [{"id": i, "label": t, "ontology": i.split(":")[0], "job": job} for i, t in pairs]
    return pa.Table.from_pylist(rows, schema=STUB)


def table(store: Store, name: str, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of all rows of a table, sorted."""
    rows = [tuple(row[c] for c in columns) for piece in store.scan(name, columns) for row in piece.to_pylist()]
    return sorted(rows, key=repr)


__all__ = ["Batch", "concepts", "edges", "nodes", "stubs", "table"]

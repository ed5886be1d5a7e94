"""graph: merges the nodes of each record into one row.

The values come from the main node of the record (`Identities.node`). Values that the main node lacks come from the
other nodes of the record.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import Kind
from graph.snapshot.identities import Identities
from graph.store import places


def records(nodes: pa.Table, same: Identities) -> pa.Table:
    """Returns one row for each record, sorted by id."""
    table = nodes.take(pa.array(same.node)).set_column(0, "id", same.ids).combine_chunks()
    also = np.setdiff1d(np.flatnonzero(np.asarray(pc.is_valid(nodes.column(1)))), same.node)
    if not len(also):
        return table
    rows: dict[int, dict[str, Any]] = {}
    for node in also.tolist():
        number = int(same.number[node])
        row = rows.setdefault(number, table.slice(number, 1).to_pylist()[0])
        _fill(row, nodes.slice(node, 1).to_pylist()[0])
    mask = np.zeros(table.num_rows, bool)
    mask[[*rows]] = True
    filled = [rows[number] for number in sorted(rows)]
    columns = [
        pc.replace_with_mask(
            column.combine_chunks(), pa.array(mask), pa.array([row[name] for row in filled], column.type)
        )
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(columns, schema=table.schema)


def _fill(row: dict[str, Any], other: dict[str, Any]) -> None:
    texts = orjson.loads(other.get("texts") or "{}") | orjson.loads(row.get("texts") or "{}")
    row |= {name: other[name] for name, value in row.items() if value is None}
    if texts:
        row["texts"] = orjson.dumps(texts, option=orjson.OPT_SORT_KEYS).decode()


def abouts(rows: pa.Table, nodes: pa.Table, table: pa.Table, same: Identities, kind: Kind) -> pa.Table:
    """Returns the annotations without duplicates. In the column `source`, the id of a node becomes the
    number of its record.

    If the text of an annotation comes from a node other than the main node, and is not a text of the record, the
    annotation has no span.
    """
    node = places(rows["source"], nodes["id"])
    rows = rows.set_column(0, "source", pa.array(same.number[node]))
    also = same.node[same.number[node]] != node
    if not also.any():
        return rows
    lost = np.zeros(len(node), bool)
    for row in np.flatnonzero(also & np.asarray(pc.is_valid(rows["start"]))).tolist():
        field = rows["field"][row].as_py()
        both = (nodes, node[row]), (table, same.number[node[row]])
        texts = (text_of(own, number, field, kind) for own, number in both)
        lost[row] = len({*texts}) > 1
    for name in ("start", "end"):
        place = rows.column_names.index(name)
        rows = rows.set_column(place, name, pc.if_else(pa.array(lost), None, rows[name]))
    return rows.group_by(rows.column_names).aggregate([])


def text_of(rows: pa.Table, row: int, field: str, kind: Kind) -> str | None:
    """Returns the text in the field `field` of the record at `row`, or None if the record has no such text."""
    column = kind.grounded[field].column if field in kind.grounded else field
    if column in rows.column_names:
        return rows[column][int(row)].as_py()  # type: ignore[no-any-return]
    texts = orjson.loads(rows["texts"][int(row)].as_py() or "{}") if "texts" in rows.column_names else {}
    return texts.get(field)

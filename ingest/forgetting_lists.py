"""ingest: takes the pseudonym of a removed patient out of saved cohorts: all versions, and the names in their runs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from cohorts.canonical import definition_hash
from cohorts.encoding import decode
from graph.store import NODES, Store

_REMOVED = "a removed patient"


def without_patient(store: Store, id: str) -> dict[str, pa.Table]:
    """The rows of saved cohorts and runs that have this pseudonym, without it.

    A definition that lists the patient keeps its version and gets another hash.
    """
    found = {
        table: [_changed(row, column, id) for row in _having(store, table, column, id)]
        for table, column in (("Cohort", "definition"), ("CohortRun", "steps"))
    }
    return {table: pa.Table.from_pylist(rows, schema=NODES[table].arrow) for table, rows in found.items() if rows}


def _having(store: Store, table: str, column: str, id: str) -> list[dict[str, Any]]:
    pieces = store.scan(table, NODES[table].arrow.names)
    return [row for piece in pieces for row in piece.filter(pc.match_substring(piece[column], id)).to_pylist()]


def _changed(row: dict[str, Any], column: str, id: str) -> dict[str, Any]:
    text = msgspec.json.encode(_without(msgspec.json.decode(row[column]), id)).decode()
    hash_ = {}
    if column == "definition":
        # A definition of another release cannot be read; its hash stays.
        with suppress(msgspec.DecodeError):
            hash_ = {"hash": definition_hash(decode(text))}
    return row | {column: text} | hash_


def _without(value: Any, id: str) -> Any:
    """The same JSON without the pseudonym: left out of lists, and replaced in names and descriptions."""
    if isinstance(value, dict):
        return {name: _without(one, id) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, id) for one in value if one != id]
    return value.replace(id, _REMOVED) if isinstance(value, str) else value

"""ingest: removes from saved cohorts and their runs the pseudonyms of patients who were removed or who object."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from cohorts.canonical import definition_hash
from cohorts.encoding import decode
from graph.store import NODES, Store

_PATIENT = re.compile(r"patient:[0-9a-f]+")
_REMOVED = "a removed patient"
_SAVED = (("Cohort", "definition"), ("CohortRun", "steps"))
Out = Callable[[str], bool]
"""A function that returns True for the pseudonym of a patient who was removed, or who objects to research."""


def without_patients(store: Store, out: Out) -> dict[str, pa.Table]:
    """Returns, by table, the rows of saved cohorts and runs that contain a pseudonym for which `out` returns True. In
    the returned rows, these pseudonyms are removed.

    A changed definition keeps its version and gets another hash.
    """
    found = {
        table: [_changed(row, column, out) for row in _having(store, table, column, out)] for table, column in _SAVED
    }
    return {table: pa.Table.from_pylist(rows, schema=NODES[table].arrow) for table, rows in found.items() if rows}


def _having(store: Store, table: str, column: str, out: Out) -> list[dict[str, Any]]:
    pieces = store.scan(table, NODES[table].arrow.names)
    rows = [row for piece in pieces for row in piece.filter(pc.match_substring(piece[column], "patient:")).to_pylist()]
    return [row for row in rows if any(map(out, _PATIENT.findall(row[column])))]


def _changed(row: dict[str, Any], column: str, out: Out) -> dict[str, Any]:
    text = msgspec.json.encode(_without(msgspec.json.decode(row[column]), out)).decode()
    hash_ = {}
    if column == "definition":
        # If another release of Tricuspid saved the definition, it may be unreadable. Then its hash does not change.
        with suppress(msgspec.DecodeError):
            hash_ = {"hash": definition_hash(decode(text))}
    return row | {column: text} | hash_


def _without(value: Any, out: Out) -> Any:
    """Returns the JSON value `value` without the pseudonyms for which `out` returns True.

    They are left out of lists, and replaced in names and descriptions.
    """
    if isinstance(value, dict):
        return {name: _without(one, out) for name, one in value.items()}
    if isinstance(value, list):
        return [_without(one, out) for one in value if not (isinstance(one, str) and _is_out(one, out))]
    if not isinstance(value, str):
        return value
    return _PATIENT.sub(lambda found: _REMOVED if out(found[0]) else found[0], value)


def _is_out(text: str, out: Out) -> bool:
    return _PATIENT.fullmatch(text) is not None and out(text)

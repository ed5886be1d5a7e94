"""ingest: finds everything in a store, or in a batch, that belongs to certain patients, so that it can be erased."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import Batch, Store

# The tables of a batch whose rows belong to a patient, with the columns that name the patient.
_NODES = {"Patient": ("id",), "Resource": ("owner",)}
_EDGES = {"EVENT": ("source",), "SAME_PERSON": ("source", "target")}


class Erasure(NamedTuple):
    """What must be erased if certain patients are removed from a store.

    `nodes` has the table and the id of each node to erase. `concepts` are the concepts of the patients' events.
    `joined` are other patients in the store who are the same people.
    """

    nodes: list[tuple[str, str]]
    concepts: list[str]
    joined: list[str]


def erasure(store: Store, patients: set[str]) -> Erasure:
    """Finds what must be erased to remove `patients`, a set of pseudonyms, from a store.

    The nodes are the patients, their records, and the keyed identifiers that no other patient has.
    """
    joined, identifiers = _joined(store, patients)
    records = [("Resource", id) for id in _records(store, patients)]
    events = store.edges("EVENT", pa.array(sorted(patients), pa.string()), ["target"])
    nodes = [("Patient", id) for id in sorted(patients | identifiers)]
    return Erasure([*nodes, *records], pc.unique(events["target"]).to_pylist(), sorted(joined))


def _records(store: Store, patients: set[str]) -> Iterable[str]:
    among = pa.array(sorted(patients), pa.string())
    for rows in store.scan("Resource", ["id", "owner"]):
        yield from rows.filter(pc.is_in(rows["owner"], value_set=among))["id"].to_pylist()


def _joined(store: Store, patients: set[str]) -> tuple[set[str], set[str]]:
    """Returns the other patients who are the same people as `patients`, and the keyed identifiers that only `patients`
    have. Two patients are the same person if an edge SAME_PERSON joins them, or if they have the same identifier.
    """
    pairs = [
        (row["source"], row["target"])
        for rows in store.scan("SAME_PERSON", ["source", "target"])
        for row in rows.to_pylist()
    ]
    others = {end for pair in pairs if patients & {*pair} for end in pair} - patients
    identifiers = {other for other in others if other.startswith("person:")}
    shared = {(source, target) for source, target in pairs if target in identifiers and source not in patients}
    return (others - identifiers) | {source for source, _ in shared}, identifiers - {target for _, target in shared}


def patients_in(batch: Batch) -> set[str]:
    """Returns the pseudonyms of all patients who have rows in a batch."""
    found: set[str] = set(batch.placeholders.get("Patient", pa.array([], pa.string())).to_pylist())
    for tables, columns in ((batch.nodes, _NODES), (batch.edges, _EDGES), (batch.retracted, _EDGES)):
        for table, names in columns.items():
            if table in tables:
                found.update(*(tables[table][name].to_pylist() for name in _there(tables[table], names)))
    return found - {None}


def take_out(batch: Batch, patients: set[str]) -> list[str]:
    """Removes all rows of `patients` from a batch. Returns the concepts of the removed events."""
    among = pa.array(sorted(patients), pa.string())
    concepts: list[str] = []
    for tables, columns in ((batch.nodes, _NODES), (batch.edges, _EDGES), (batch.retracted, _EDGES)):
        for table, names in columns.items():
            for name in _there(tables[table], names) if table in tables else ():
                its = pc.fill_null(pc.is_in(tables[table][name], value_set=among), False)
                if table == "EVENT" and "target" in tables[table].column_names:
                    concepts += pc.unique(tables[table].filter(its)["target"]).to_pylist()
                tables[table] = tables[table].filter(pc.invert(its))
    if (known := batch.placeholders.get("Patient")) is not None:
        batch.placeholders["Patient"] = known.filter(pc.invert(pc.is_in(known, value_set=among)))
    return concepts


def _there(rows: pa.Table, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in rows.column_names]

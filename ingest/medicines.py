"""ingest: counts the unmapped events that refer to Medication resources. The resources may be read after the events."""

from __future__ import annotations

from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import are_medicines, medicine
from graph.store import Batch, Store
from ingest.pseudonym import OPAQUE

UNKNOWN = "medication or device is not known"
NO_CODE = "medication or device has no code"
UNDECLARED = "code of an undeclared system, or not a code of its system"
UNDEFINED = "no loaded terminology defines this code"
"""The codes themselves can be read from the snapshot, by callers who may see codes (graph/snapshot/unmapped.py)."""


def defined(store: Store, codes: pa.ChunkedArray) -> frozenset[str]:
    """Returns those of `codes`, which are concept ids, that a loaded terminology defines."""
    stored = store.nodes("Concept", pc.unique(codes), ["stub"])
    return frozenset(stored.filter(pc.invert(stored["stub"]))["id"].to_pylist())


def undefined(codes: pa.ChunkedArray, known: frozenset[str]) -> Counter[str]:
    """Counts the codes that are not in `known`, the result of `defined`, by the reason why they are unmapped.

    A code that occurs several times is counted several times.
    """
    lost: Counter[str] = Counter()
    for counted in pc.value_counts(codes).to_pylist():
        if (code := counted["values"]) not in known:
            lost[UNDECLARED if code.startswith(f"{OPAQUE}:") else UNDEFINED] += counted["counts"]
    return lost


class Waiting:
    """Counts how many events of a job refer to each Medicine. A Medicine without events has the count 0."""

    def __init__(self) -> None:
        self._events: Counter[str] = Counter()

    def see(self, batch: Batch) -> pa.ChunkedArray:
        """Counts the events of a batch. Returns the codes of those events that do not refer to a Medicine."""
        if (medicines := batch.edges.get("STANDS_FOR")) is not None:
            self._events.update(dict.fromkeys(medicines["source"].to_pylist(), 0))
        events = batch.edges.get("EVENT")
        if events is None:
            return pa.chunked_array([], pa.string())
        referred = are_medicines(events["target"])
        self._events.update(events["target"].filter(referred).to_pylist())
        return events["target"].filter(pc.invert(referred))

    def reasons(self, store: Store, batch: Batch) -> Counter[str]:
        """Counts the unmapped events that refer to a Medicine, by reason. A Medicine without events counts once.

        `batch` is the last batch of the job.
        """
        codes = _codes(store, batch, pa.array([*self._events], pa.string()))
        found: list[str] = []
        for one, code in codes:
            found += [code] * max(1, self._events[one])
        coded_with = pa.chunked_array([found], pa.string())
        lost = undefined(coded_with, defined(store, coded_with))
        coded = {one for one, _ in codes}
        uncoded = {one: count for one, count in self._events.items() if one not in coded and count}
        read = _read(store, batch, [*uncoded])
        for one, count in uncoded.items():
            lost[NO_CODE if one in read else UNKNOWN] += count
        return lost


def _codes(store: Store, batch: Batch, medicines: pa.Array) -> list[tuple[str, str]]:
    """Returns each of `medicines` with each of its codes, as they will be in the store after the batch is written."""
    rows = store.edges("STANDS_FOR", medicines, ["source", "target"])
    if (restated := batch.retracted.get("STANDS_FOR")) is not None:
        rows = rows.filter(pc.invert(pc.is_in(rows["source"], value_set=restated["source"])))
    if (added := batch.edges.get("STANDS_FOR")) is not None:
        rows = pa.concat_tables([rows.select(["source", "target"]), added.select(["source", "target"])])
    return [*zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)]


def _read(store: Store, batch: Batch, medicines: list[str]) -> set[str]:
    """Returns those of `medicines` whose resource was read and is not deleted."""
    records = {one.partition(" ")[2]: one for one in medicines}
    rows = store.nodes("Resource", pa.array([*records], pa.string()), ["deleted"]).to_pylist()
    if (added := batch.nodes.get("Resource")) is not None:
        rows += added.filter(pc.is_in(added["id"], value_set=pa.array([*records], pa.string()))).to_pylist()
    last = {row["id"]: row["deleted"] for row in rows}
    return {medicine(record) for record, deleted in last.items() if deleted is None}

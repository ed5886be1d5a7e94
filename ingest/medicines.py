"""ingest: counts events on medicines that a resource of their own tells of, which may be read before or after them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import are_medicines, medicine
from graph.store import Batch, Store
from ingest.pseudonym import OPAQUE

UNKNOWN = "medication is not known"
NO_CODE = "medication has no code"
UNDECLARED = "code of a system that nobody declared, or that is no code of its system"
UNDEFINED = "no loaded terminology defines this code"
"""Which they are, the snapshot tells to those who may know it (graph/snapshot/unmapped.py)."""


def defined(store: Store, codes: pa.ChunkedArray) -> frozenset[str]:
    """Those of the codes that a loaded terminology defines."""
    there = store.nodes("Concept", pc.unique(codes), ["stub"])
    return frozenset(there.filter(pc.invert(there["stub"]))["id"].to_pylist())


def undefined(codes: pa.ChunkedArray, known: frozenset[str]) -> Iterator[str]:
    """For each code that is not known the reason, as often as the code is there."""
    for code in codes.to_pylist():
        if code not in known:
            yield UNDECLARED if code.startswith(f"{OPAQUE}:") else UNDEFINED


class Waiting:
    """The medicines that a job read, and those that its events are on, with the number of these."""

    def __init__(self) -> None:
        self._events: Counter[str] = Counter()

    def see(self, batch: Batch) -> pa.ChunkedArray:
        """Takes note of a batch; gives the codes of its events that are on no medicine."""
        if (said := batch.edges.get("STANDS_FOR")) is not None:
            self._events.update(dict.fromkeys(said["source"].to_pylist(), 0))
        events = batch.edges.get("EVENT")
        if events is None:
            return pa.chunked_array([], pa.string())
        referred = are_medicines(events["target"])
        self._events.update(events["target"].filter(referred).to_pylist())
        return events["target"].filter(pc.invert(referred))

    def reasons(self, store: Store, batch: Batch) -> Counter[str]:
        """Why events on medicines reach no concept, the last batch being this; a medicine without events is one."""
        codes = _codes(store, batch, pa.array([*self._events], pa.string()))
        found: list[str] = []
        for one, code in codes:
            found += [code] * max(1, self._events[one])
        coded_with = pa.chunked_array([found], pa.string())
        lost = Counter(undefined(coded_with, defined(store, coded_with)))
        coded = {one for one, _ in codes}
        bare = {one: count for one, count in self._events.items() if one not in coded and count}
        read = _read(store, batch, [*bare])
        for one, count in bare.items():
            lost[NO_CODE if one in read else UNKNOWN] += count
        return lost


def _codes(store: Store, batch: Batch, medicines: pa.Array) -> list[tuple[str, str]]:
    """Each of the medicines with each of its codes, as it is when the batch is written."""
    rows = store.edges("STANDS_FOR", medicines, ["source", "target"])
    if (restated := batch.retracted.get("STANDS_FOR")) is not None:
        rows = rows.filter(pc.invert(pc.is_in(rows["source"], value_set=restated["source"])))
    if (said := batch.edges.get("STANDS_FOR")) is not None:
        rows = pa.concat_tables([rows.select(["source", "target"]), said.select(["source", "target"])])
    return [*zip(rows["source"].to_pylist(), rows["target"].to_pylist(), strict=True)]


def _read(store: Store, batch: Batch, medicines: list[str]) -> set[str]:
    """Those of the medicines that were read, and are not deleted."""
    records = {one.partition(" ")[2]: one for one in medicines}
    rows = store.nodes("Resource", pa.array([*records], pa.string()), ["deleted"]).to_pylist()
    if (said := batch.nodes.get("Resource")) is not None:
        rows += said.filter(pc.is_in(said["id"], value_set=pa.array([*records], pa.string()))).to_pylist()
    last = {row["id"]: row["deleted"] for row in rows}
    return {medicine(record) for record, deleted in last.items() if deleted is None}

"""graph: reads the pseudonyms and the stored events of patients from the store, because snapshots do not contain them.

A snapshot has a hash of each pseudonym (`Patients.keys`). This hash connects a patient number with the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, closing
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import GraphError
from graph.events import KINDS, Part, interval
from graph.snapshot.keys import patient_keys
from graph.snapshot.persons import deleted_patients, read_persons
from graph.snapshot.snapshot import Snapshot
from graph.store import Address, Store, open_store, reading, rows_of

_COLUMNS = ("target", "kind", "start", "end", "value", "record", "row")


class StoredEvent(NamedTuple):
    """An event of the store. `concepts` has the CURIEs for which the event counts. `row` is its row in the source."""

    concepts: tuple[str, ...]
    kind: str
    start: str | None
    end: str | None
    value: float | None
    record: str
    row: str | None

    @property
    def place(self) -> str:
        """Where the source states the event: `measurement 285`."""
        return self.row or f"record {self.record}"


class _Known(NamedTuple):
    """All pseudonyms of a store, sorted, and the person of each pseudonym, or -1 if the patient was deleted.

    For each person, `chosen` has the index of the pseudonym that is shown, and `keys` has the key of this pseudonym.
    `order` sorts the keys.
    """

    ids: pa.ChunkedArray
    person: npt.NDArray[np.int32]
    chosen: npt.NDArray[np.int32]
    keys: npt.NDArray[np.uint64]
    order: npt.NDArray[np.int64]


class PatientRecords:
    """Reads data of single patients from a store. The store is opened for each call, and writers wait until it is
    closed.

    The pseudonyms of the epoch that was read last are cached.
    """

    def __init__(self, opened: Callable[[], AbstractContextManager[Store]]) -> None:
        self._opened, self._alone = opened, Lock()
        self._held: tuple[Snapshot, _Known] | None = None

    def pseudonyms(self, snapshot: Snapshot, numbers: Iterable[int]) -> list[str]:
        """Returns the pseudonyms of the patients with these numbers. Raises GraphError if the store has other patients
        than the snapshot, and StoreBusy if another process is writing.
        """
        known, some = self._known(snapshot), np.fromiter(numbers, np.int64)
        keys, order = snapshot.patients.keys[some], known.order
        place = np.searchsorted(known.keys, keys, sorter=order)
        if (place == len(order)).any() or (known.keys[order[place]] != keys).any():
            raise GraphError(
                "patients were removed from the store after this epoch: ask again when the next epoch is read"
            )
        return list(known.ids.take(pa.array(known.chosen[order[place]])).to_pylist())

    def number(self, snapshot: Snapshot, pseudonym: str) -> int | None:
        """Returns the number of the patient with this pseudonym, or None. A patient may have several pseudonyms."""
        known = self._known(snapshot)
        row = pc.index(known.ids, pseudonym).as_py()
        if row < 0 or known.person[row] < 0:
            return None
        found = np.flatnonzero(snapshot.patients.keys == known.keys[known.person[row]])
        return int(found[-1]) if len(found) else None

    def events(self, snapshot: Snapshot, number: int) -> list[StoredEvent]:
        """Returns the events of the patient with this number. Raises the same errors as `pseudonyms`."""
        known = self._known(snapshot)
        person = np.flatnonzero(known.keys == snapshot.patients.keys[number])
        ids = known.ids.filter(pa.array(np.isin(known.person, person))).combine_chunks()
        with self._alone, self._opened() as store:
            rows = store.edges("EVENT", ids, _COLUMNS).to_pylist()
            targets = pa.array(sorted({row["target"] for row in rows}), pa.string())
            codes = store.edges("STANDS_FOR", targets, ["source", "target"])
        stands_for: dict[str, list[str]] = {}
        for code in codes.to_pylist():
            stands_for.setdefault(code["source"], []).append(code["target"])
        return [_event(row, stands_for) for row in rows]

    def _known(self, snapshot: Snapshot) -> _Known:
        with self._alone:
            if self._held is None or self._held[0] is not snapshot:
                with self._opened() as store:
                    self._held = snapshot, _read(store)
            return self._held[1]


def patient_records(address: str) -> PatientRecords:
    """Returns an object that reads the patients of the store at an address."""
    if Address(address).is_server:
        return PatientRecords(lambda: closing(open_store(address)))
    return PatientRecords(lambda: reading(address))


def _read(store: Store) -> _Known:
    with store.read_transaction():
        deleted = deleted_patients(rows_of(store, "Resource", ["kind", "owner", "deleted"]))
        table, person, chosen = read_persons(store, (), deleted)
    ids = table["id"]
    keys = patient_keys(ids.take(pa.array(chosen)))
    return _Known(ids, person, chosen, keys, np.argsort(keys))


def stated_by(snapshot: Snapshot, part: Part, row: int, stored: Iterable[StoredEvent]) -> list[StoredEvent]:
    """Returns the stored events from which a row of `part` comes, a part of the index of events. These events have the
    concept, kind, value and start of the row.

    If no stored event has the same start, because ages were converted to dates, the start is not compared.
    """
    concept = snapshot.ids[int(np.searchsorted(part.offsets, row, side="right")) - 1]
    kind, value = KINDS[part.whole("kind")[row]], part.at("value", np.array([row]))[0]
    same = [
        one
        for one in stored
        if concept in one.concepts
        and one.kind == kind
        and (np.isnan(value) if one.value is None else one.value == value)
    ]
    days = part.whole("day")[row], part.whole("day_to")[row]
    return [one for one in same if interval(one.start)[:2] == days] or same


def _event(row: dict[str, Any], stands_for: dict[str, list[str]]) -> StoredEvent:
    target = row.pop("target")
    return StoredEvent(tuple(stands_for.get(target, [target])), **row)

"""ingest: leaves out patients who object to research in a Consent, and patients who were removed.

The store has a keyed hash of each of these patients (table Forgotten). While an objection is active, the records of the
patient are not read. At the end of a job, all data of such patients is erased from the store, whether it was read
before or after the Consent. If a Consent no longer denies, the records of the patient are read from the next job on. So
a job that is killed and resumed leaves out the same patients as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from graph.store import NODES, Batch, Store
from ingest.erasing import erasure, patients_in, take_out
from ingest.forgetting_lists import without_patients
from ingest.jobs import Report
from ingest.records import NotRead, Objection, Patients, Refused, SamePerson, Seen, Version
from ingest.secret import Keyed

CHANGED = "saved cohort or run contained a patient who is left out: the patient was removed from it"
LEFT_OUT = "patient objects to research, or was removed: left out"
ALWAYS = "0001-01-01"
"""The start of an objection that states no start."""
_COLUMNS = ("id", *NODES["Forgotten"].columns)
Row = Mapping[str, Any]


def hashed(patient: str, keyed: Keyed) -> str:
    """Returns the keyed hash of the pseudonym `patient`, with which the table Forgotten identifies the patient."""
    return keyed(f"forgotten patient {patient}")


class Absent:
    """The patients who are left out of a job. `erased` is true if the store had data of one of them, or a saved cohort
    named one of them."""

    def __init__(self, store: Store, keyed: Keyed) -> None:
        self._store, self._keyed = store, keyed
        self._today = datetime.now(UTC).date().isoformat()
        self._rows: dict[str, Row] = {
            row["id"]: row for rows in store.scan("Forgotten", _COLUMNS) for row in rows.to_pylist()
        }
        self._changed: dict[str, Row] = {}
        self._out = self._standing(self._rows.values())
        self._hashes: dict[str, str] = {}
        self._met: set[str] = set()
        self._skipping = False
        self.erased = False

    def skips(self, item: object) -> bool:
        """True for an item that must not be written to the graph: an Objection, or an item of a patient left out."""
        if isinstance(item, Objection):
            self._take(item)
            return True
        if not self._out:
            return False
        was = self._skipping
        if isinstance(item, Version):
            was = self._skipping = self._is_out(item.owner)
        elif isinstance(item, Seen | Refused | NotRead):
            self._skipping = False
            return was and isinstance(item, Seen)
        return was or (isinstance(item, SamePerson) and self._is_out(item.other))

    def without(self, item: Patients) -> Patients:
        """Returns the Patients item without the patients who are left out."""
        kept = [not self._is_out(owner) for owner in item.patients["id"].to_pylist()] if self._out else []
        return item if all(kept) else item.some(kept)

    def _take(self, item: Objection) -> None:
        id = self._keyed(f"objection {item.record}")
        before = self._changed.get(id) or self._rows.get(id)
        if before and before["updated"] and item.updated and item.updated < before["updated"]:
            return
        patient = hashed(item.patient, self._keyed) if item.patient else (before or {"patient": ""})["patient"]
        since = (item.since or ALWAYS) if item.denies else None
        self._changed[id] = dict(zip(_COLUMNS, (id, since, item.until, patient, item.updated), strict=True))
        self._out |= self._standing([self._changed[id]])

    def _standing(self, rows: Iterable[Row]) -> set[str]:
        """Returns the keyed hashes of those patients in `rows`, from the table Forgotten, who are left out today."""
        return {row["patient"] if row["patient"] is not None else row["id"] for row in rows if self._stands(row)}

    def _stands(self, row: Row) -> bool:
        """True if the patient in a row of the table Forgotten was removed or objects today.

        A date without a day or month stands for all its days.
        """
        if row["patient"] is None:
            return True
        since, until = row["since"], row["until"]
        return since is not None and since <= self._today and (not until or self._today[: len(until)] <= until)

    def _is_out(self, patient: str | None) -> bool:
        if not patient or not self._out:
            return False
        found = self._hash(patient)
        if found in self._out:
            self._met.add(found)
        return found in self._out

    def _hash(self, patient: str) -> str:
        found = self._hashes.get(patient)
        if found is None:
            found = self._hashes[patient] = hashed(patient, self._keyed)
        return found

    def leave_out(self, batch: Batch, report: Report) -> None:
        """Adds to the last batch of a job that all data of the patients who are left out is erased. Also removes these
        patients from saved cohorts, and stores the objections that the job read.
        """
        if self._out:
            here = {id for id in patients_in(batch) if self._is_out(id)}
            stored = (id for rows in self._store.scan("Patient", ["id"]) for id in rows["id"].to_pylist())
            there = {id for id in stored if self._is_out(id)}
            found = erasure(self._store, there) if there else None
            batch.unused = [*batch.unused, *take_out(batch, here | there), *(found.concepts if found else ())]
            batch.erased = [*batch.erased, *(found.nodes if found else ())]
            saved = without_patients(self._store, lambda patient: self._hash(patient) in self._out)
            batch.nodes |= saved
            report.reasons.update({CHANGED: sum(rows.num_rows for rows in saved.values())} if saved else {})
            self.erased = bool(there or saved)
        if self._changed:
            rows = [*self._changed.values()]
            batch.nodes["Forgotten"] = pa.Table.from_pylist(rows, schema=NODES["Forgotten"].arrow)
        if self._met:
            report.reasons[LEFT_OUT] += len(self._met)

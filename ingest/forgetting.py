"""ingest: removes a person or a patient. A keyed hash of the id is stored, so that later jobs leave out the same id."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.secret import site_secret
from graph.snapshot import LINKS, forget_others, fresh_snapshot
from graph.store import NODES, Batch, Store
from ingest import objections
from ingest.erasing import erasure
from ingest.errors import UnknownPatient, UnknownPerson
from ingest.forgetting_lists import without_patients
from ingest.people import hashed
from ingest.pseudonym import Pseudonym
from ingest.secret import keyed_in
from ontologies import identifiers


class Removal(NamedTuple):
    """The result of the removal of a person or patient. `records` has the number of removed records by kind.

    If the person or patient was already removed, `since` has the date of the removal. The files of the store are then
    cleaned again, because the earlier removal may have been interrupted. `joined` lists other patients that are the
    same person; these patients are not removed. `rewritten` is false if the files of a server may still contain deleted
    rows.
    """

    id: str
    records: dict[str, int]
    since: str | None = None
    joined: Sequence[str] = ()
    rewritten: bool = True


def forget(store: Store, folder: Path, given: str) -> Removal:
    """Removes a person in one transaction, and deletes older snapshots.

    `given` is an ORCID in any form, or the id of a person (`person:…`). If the person is unknown, raises UnknownPerson
    and changes nothing.
    """
    id = identifiers.orcid(given) or given.strip()
    hash = hashed(id, keyed_in(folder))
    if not store.nodes("Person", pa.array([id]), []).num_rows:
        if since := _since(store, hash):
            return Removal(id, {}, since, rewritten=cleaned(store, folder))
        raise UnknownPerson(given)
    records = _records(store, id)
    store.write(Batch({"Forgotten": _row(hash)}, erased=[("Person", id)]))
    return Removal(id, records, rewritten=cleaned(store, folder))


def forget_patient(store: Store, folder: Path, given: str, source: str) -> Removal:
    """Removes a patient with all records and events in one transaction, and deletes older snapshots.

    `given` is a pseudonym (`patient:…`), or the identifier of the patient in this source: the logical id of a FHIR
    Patient, or `PHENOPACKET/INDIVIDUAL`. If the patient is unknown, raises UnknownPatient and changes nothing.
    """
    id = given.strip()
    if not id.startswith("patient:"):
        id = Pseudonym(site_secret(folder)).patient(id, source)
    hash, saved = objections.hashed(id, keyed_in(folder)), without_patients(store, id.__eq__)
    definitions = {"definitions": saved["Cohort"].num_rows} if "Cohort" in saved else {}
    if not store.nodes("Patient", pa.array([id]), []).num_rows:
        if since := _since(store, hash):
            if saved:
                store.write(Batch(saved))
            return Removal(id, definitions, since, rewritten=cleaned(store, folder))
        raise UnknownPatient()
    events = store.edges("EVENT", pa.array([id]), ["kind"])
    found = erasure(store, {id})
    store.write(Batch({"Forgotten": _row(hash), **saved}, erased=found.nodes, unused=found.concepts))
    records = Counter(table for table, _ in found.nodes)["Resource"]
    counted = {"records": records, "events": events.num_rows, **definitions}
    return Removal(id, counted, None, found.joined, cleaned(store, folder))


def _since(store: Store, hash: str) -> str | None:
    """Returns the date on which the person or patient with the keyed hash `hash` was removed; None if not removed."""
    before = store.nodes("Forgotten", pa.array([hash]), ["since"]).to_pylist()
    return before[0]["since"] if before else None


def _row(hash: str) -> pa.Table:
    row = {"id": hash, "since": datetime.now(UTC).date().isoformat()}
    return pa.Table.from_pylist([row], schema=NODES["Forgotten"].arrow)


def cleaned(store: Store, folder: Path) -> bool:
    """Deletes older snapshots, and rewrites the files of the store. Returns False if the files belong to a server."""
    snapshot = fresh_snapshot(store, folder)
    forget_others(snapshot.folder.parent, snapshot.folder, keep_last=False)
    return store.compact()


def _records(store: Store, id: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for table, (kind, end) in LINKS.items():
        if end == "Person":
            found[kind] += sum(
                row == id for rows in store.scan(table, ["target"]) for row in rows["target"].to_pylist()
            )
    return {kind: number for kind, number in found.items() if number}

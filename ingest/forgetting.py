"""ingest: removes a person. Only a keyed hash of the id is kept, so that later jobs leave the person out."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from graph.snapshot import LINKS, forget_others, fresh_snapshot
from graph.store import Batch, Store
from ingest.errors import UnknownPerson
from ingest.people import hashed
from ingest.secret import keyed_in
from ontologies import identifiers


class Removal(NamedTuple):
    """The removed person, and how many records of each kind were linked to the person.

    If the removal was earlier, `since` has its date.
    """

    id: str
    records: dict[str, int]
    since: str | None = None


def forget(store: Store, folder: Path, given: str) -> Removal:
    """Removes a person, by ORCID in any form or by id (`person:…`), in one transaction. Deletes older snapshots.

    If the person is unknown, raises UnknownPerson and changes nothing.
    """
    id = identifiers.orcid(given) or given.strip()
    hash = hashed(id, keyed_in(folder))
    if not store.nodes("Person", pa.array([id]), []).num_rows:
        before = store.nodes("Forgotten", pa.array([hash]), ["since"]).to_pylist()
        if not before:
            raise UnknownPerson(given)
        return Removal(id, {}, before[0]["since"])
    records = _records(store, id)
    row = {"id": [hash], "since": [datetime.now(UTC).date().isoformat()]}
    store.write(Batch({"Forgotten": pa.table(row)}, erased=[("Person", id)]))
    snapshot = fresh_snapshot(store, folder)
    forget_others(snapshot.folder.parent, snapshot.folder, keep_last=False)
    return Removal(id, records)


def _records(store: Store, id: str) -> dict[str, int]:
    found: Counter[str] = Counter()
    for table, (kind, end) in LINKS.items():
        if end == "Person":
            found[kind] += sum(
                row == id for rows in store.scan(table, ["target"]) for row in rows["target"].to_pylist()
            )
    return {kind: number for kind, number in found.items() if number}

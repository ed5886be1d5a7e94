"""graph: saves patients and their events in a snapshot.

Events are reused from the last snapshot, so only the events of new and changed patients are read from the store
(graph/snapshot/carried.py).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import DamagedFile, save_table
from graph.events import Index, save_index
from graph.hierarchy import Hierarchy
from graph.snapshot.build_events import EventRows, all_events
from graph.snapshot.carried import Made, NotCarried, carried, done_of, save_for_later, used_of
from graph.snapshot.having import save_having
from graph.snapshot.keys import patient_keys
from graph.snapshot.medicines import Medicines
from graph.snapshot.numbering import Members, People
from graph.snapshot.persons import deleted_patients, read_persons
from graph.snapshot.unmapped import save_unmapped
from graph.store import CountedStore, Scanned, places

logger = logging.getLogger("tricuspid.snapshot")
Ints = npt.NDArray[np.int32]
_OF_PATIENT = ["sex", "race", "ethnicity", "care_site"]
_OWNED = pa.schema({"owner": pa.string(), "source": pa.string()})


def save_patients(store: CountedStore, concepts: pa.Table, tree: Hierarchy, folder: Path, before: Path | None) -> None:
    """Saves the patients, their events, and, for each concept, the patients with an event that counts
    (graph/snapshot/standing.py). Also saves the kinds of events in which each concept is used.

    A person is counted once, even if several patient records belong to this person. Deleted patients are left out.
    `before` is the last snapshot.
    """
    deleted, owners = _owners(store)
    table, person, chosen = read_persons(store, _OF_PATIENT, deleted)
    born = np.asarray(table["birth_year"].fill_null(0), dtype=np.int32)[chosen]
    people = People(patient_keys(table["id"]), person, chosen, born)
    medicines = Medicines(store, concepts["id"])
    made = _events(store, concepts, tree, medicines, table["id"], people, folder, before)
    own = np.where(person >= 0, np.append(made.number, np.int32(-1))[person], np.int32(-1))
    _save(table, people, made, folder)
    save_table(_sources(owners, table["id"], own), folder, "patient_source")
    save_unmapped(made.unmapped, folder)
    save_table(used_of(made.kinds), folder, "used")
    save_having(Index(folder), concepts.num_rows, folder)
    members = Members.of(
        np.concatenate([people.keys[own >= 0], made.members.key]),
        np.concatenate([own[own >= 0], made.members.number]),
    )
    save_for_later(members, made, medicines, store.lineage(), folder)


def _events(
    store: CountedStore,
    concepts: pa.Table,
    tree: Hierarchy,
    medicines: Medicines,
    ids: pa.ChunkedArray,
    people: People,
    folder: Path,
    before: Path | None,
) -> Made:
    """Saves the index of events. Reuses the index of the last snapshot if possible."""
    if before is not None:
        try:
            return carried(store, concepts, tree, medicines, ids, people, folder, before)
        except (NotCarried, DamagedFile, FileNotFoundError) as why:
            level = logging.INFO if isinstance(why, NotCarried) else logging.WARNING
            if str(why):
                logger.log(level, "%s: reading all events from the store", why)
        # A link must be removed before the file is written, because writing would change the last snapshot.
        for left in folder.glob("event_*"):
            left.unlink()
    rows = EventRows(concepts, medicines, ids, people.person)
    all_events(store, rows)
    done, size = done_of(concepts, rows.kinds, rows.absent, tree), len(people.chosen)
    texts, words = rows.texts()
    saved = rows.rows(done, people.born, (texts, words))
    save_index(folder, size, concepts.num_rows, saved.columns, texts, words, saved.aged)
    number, nobody = np.arange(size, dtype=np.int32), Members.of(np.empty(0, np.uint64), np.empty(0, np.int32))
    return Made(number, size, nobody, rows.kinds, rows.absent, done, rows.unmapped, rows.uses.pairs())


def _save(table: pa.Table, people: People, made: Made, folder: Path) -> None:
    """Saves the data of each patient number. A number that is gone has no data."""
    chosen = np.full(made.total, -1, np.int32)
    chosen[made.number] = people.chosen
    there = chosen >= 0
    save_table(table.select(_OF_PATIENT).take(pa.array(chosen, mask=~there)), folder, "patient")
    born, key = np.zeros(made.total, np.int32), np.zeros(made.total, np.uint64)
    born[made.number], key[there] = people.born, people.keys[chosen[there]]
    np.save(folder / "patient.born.npy", born)
    np.save(folder / "patient.key.npy", key)
    np.save(folder / "patient.gone.npy", np.flatnonzero(~there).astype(np.int32))


def _owners(store: Scanned) -> tuple[pa.ChunkedArray, Sequence[pa.Table]]:
    """Returns the patients who were deleted in their source, and pairs of a patient and a source with records of the
    patient.
    """
    deleted, pairs = [pa.array([], pa.string())], [_OWNED.empty_table()]
    for rows in store.scan("Resource", ["kind", "owner", "source", "deleted"]):
        deleted += deleted_patients(rows).chunks
        live = rows.filter(pc.and_(pc.is_valid(rows["owner"]), pc.is_null(rows["deleted"])))
        pairs.append(live.group_by(["owner", "source"]).aggregate([]).select(_OWNED.names).cast(_OWNED))
    return pa.chunked_array(deleted, pa.string()), pairs


def _sources(owners: Sequence[pa.Table], ids: pa.ChunkedArray, number: Ints) -> pa.Table:
    """Returns sorted pairs of a patient and the keyed hash of a source with records of the patient.

    The hash of the unnamed source is empty.
    """
    rows = pa.concat_tables(owners).group_by(_OWNED.names).aggregate([])
    place = places(rows["owner"], ids)
    whose = np.append(number, np.int32(-1))[place]
    named = rows["source"].fill_null("")
    pairs = pa.table({"patient": whose, "source": named}).filter(pa.array(whose >= 0))
    found = pairs.group_by(["patient", "source"]).aggregate([])
    return found.sort_by([("source", "ascending"), ("patient", "ascending")]).combine_chunks()

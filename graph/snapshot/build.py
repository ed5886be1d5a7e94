"""graph: builds the snapshot of the current epoch of a store, in a temporary folder that is renamed at the end."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, DamagedFile, digest, link_or_copy, save_table, sums_of, taken_over, write_sums
from graph.dutch import of_site, with_dutch
from graph.errors import raising_store_full
from graph.hierarchy import Hierarchy
from graph.kinds import RECORDS
from graph.lexical import KINDS, Names, Ngrams
from graph.locks import lock
from graph.snapshot.build_groups import of_either_end, save_groups, save_hierarchy, save_mappings, save_use
from graph.snapshot.build_patients import save_patients
from graph.snapshot.build_records import save_links, save_record_index, save_records
from graph.snapshot.files import forget_others, newest, snapshot_name
from graph.snapshot.medicines import are_medicines
from graph.snapshot.not_counted import save_not_counted
from graph.snapshot.private import save_private
from graph.snapshot.records import ANSWERED, Records
from graph.snapshot.site_names import moved, save_site_names
from graph.snapshot.snapshot import SAVED, TABLES, Snapshot
from graph.store import CountedStore, Scanned, Store, ends, places, rows_of, sorted_rows
from ontologies.curies import aliases

logger = logging.getLogger("tricuspid.snapshot")


def fresh_snapshot(store: Store, folder: Path) -> Snapshot:
    """Returns the snapshot of the current epoch of a store. If the folder does not have this snapshot, builds it."""
    folder = folder / store.identity
    there = newest(folder)
    if there and there.name == snapshot_name(store.epoch()):
        with suppress(DamagedFile, FileNotFoundError):
            return Snapshot(there)
    with _locked(folder), store.read_transaction() as epoch, raising_store_full(folder / snapshot_name(epoch)):
        return _existing(folder, epoch) or Snapshot(build_snapshot(store, folder, epoch))


def _existing(folder: Path, epoch: int) -> Snapshot | None:
    """The snapshot of this epoch, or None. A damaged snapshot is deleted, so the folder must be locked."""
    place = folder / snapshot_name(epoch)
    if not place.is_dir():
        return None
    try:
        return Snapshot(place)
    except DamagedFile as wrong:
        logger.warning("%s: rebuilding the snapshot from the store", wrong)
        shutil.rmtree(place)
        return None


def carried_snapshot(store: Store, folder: Path, before: Snapshot, written: int) -> Snapshot:
    """Returns the snapshot after a job has written `written` batches. `before` is the snapshot before the job.

    The batches must have only rows of the tables of releases, jobs, refusals, value sets and cohorts, and edges that
    `before` already contains. So only these tables are read again. The snapshot is rebuilt if another process also
    wrote to the store, or deleted the files of `before`.
    """
    folder = folder / store.identity
    with _locked(folder), store.read_transaction() as epoch, raising_store_full(folder / snapshot_name(epoch)):
        done = None
        if epoch == before.epoch + written and before.folder.is_dir():
            try:
                done = _carried(store, folder, before, epoch)
            except DamagedFile as wrong:
                logger.warning("%s: rebuilding the snapshot from the store", wrong)
        return Snapshot(done or build_snapshot(store, folder, epoch))


def _carried(store: Store, folder: Path, before: Snapshot, epoch: int) -> Path:
    unfinished = Path(tempfile.mkdtemp(prefix="building-", dir=folder))
    with _deleted_on_error(unfinished):
        for name in sums_of(before.folder):
            if Path(name).stem not in (*TABLES, "counts"):
                link_or_copy(before.folder / name, unfinished)
        _tables(CountedStore(store), unfinished)
        write_sums(unfinished, before.folder)
        done = _put(unfinished, folder / snapshot_name(epoch))
    forget_others(folder, done)
    return done


@contextmanager
def _deleted_on_error(unfinished: Path) -> Iterator[None]:
    """Deletes an unfinished snapshot if an exception is raised."""
    try:
        yield
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Locks the folder. Other processes that need the same snapshot wait until it is built."""
    folder.mkdir(parents=True, exist_ok=True)
    opened = os.open(folder, os.O_RDONLY)
    try:
        lock(opened)
        yield
    finally:
        os.close(opened)


def build_snapshot(store: Store, folder: Path, epoch: int) -> Path:
    """Builds the snapshot of a store, and deletes older snapshots in the folder. Needs an open read transaction."""
    folder.mkdir(parents=True, exist_ok=True)
    _forget_abandoned(folder)
    unfinished = Path(tempfile.mkdtemp(prefix="building-", dir=folder))
    with _deleted_on_error(unfinished):
        # The snapshots of a Neo4j store are one folder below the files of the site.
        words, before = of_site(folder.parent if store.identity else folder), newest(folder)
        _build(CountedStore(store), words, unfinished, before)
        write_sums(unfinished, before)
        done = _put(unfinished, folder / snapshot_name(epoch))
    forget_others(folder, done)
    return done


def _build(store: CountedStore, words: pa.Table, folder: Path, before: Path | None) -> None:
    concepts = _concepts(store, folder)
    ids = concepts["id"]
    names = _index_names(_labels(store, concepts, folder), concepts, words, folder, before)
    # Only this thread reads the store. Sorting and counting release the interpreter lock.
    with ThreadPoolExecutor(1) as beside:
        indexed = beside.submit(_index_ngrams, names, folder, before)
        tree = save_hierarchy(store, ids, folder, before)
        save_patients(store, concepts, tree, folder, before)
        for kind in ANSWERED:
            save_records(store, kind, concepts, folder)
        mappings = save_mappings(store, ids, folder)
        save_groups(concepts, names.table, mappings, tree, folder, before)
        reach, records = Hierarchy.load(folder), {kind: Records(folder, kind) for kind in ANSWERED}
        public = {kind: records[kind] for kind in RECORDS}
        _relations(store, ids, concepts.num_rows, folder)
        _neighbours(store, ids, folder)
        save_record_index(public, folder, before)
        save_private(concepts, tree, public.values(), folder)
        save_links(store, records, folder)
        save_use(reach, [*public.values()], folder)
        save_not_counted(concepts, names, mappings, reach, RECORDS, folder)
        _tables(store, folder)
        indexed.result()


def _tables(store: CountedStore, folder: Path) -> None:
    save_table(sorted_rows(store, "Release"), folder, "Release")
    save_table(_in_sequence(sorted_rows(store, "Job")), folder, "Job")
    save_table(_in_order(sorted_rows(store, "Refusal")), folder, "Refusal")
    for table in SAVED:
        save_table(sorted_rows(store, table), folder, table)
    rows = dict(sorted(store.counts.items()))
    save_table(pa.table({"table": [*rows], "rows": [*rows.values()]}), folder, "counts")


def _in_order(refusals: pa.Table) -> pa.Table:
    """Sorts the refusals by job and number. A number is stored as a text, so a longer text is a higher number."""
    sized = refusals.append_column("size", pc.utf8_length(refusals["id"]))
    order = [(name, "ascending") for name in ("job", "size", "id")]
    return sized.sort_by(order).drop_columns(["size"]).combine_chunks()


def _in_sequence(jobs: pa.Table) -> pa.Table:
    """Sorts the jobs by number, not by time. Jobs of earlier versions of Tricuspid have no number and come first."""
    number = pc.fill_null(jobs["sequence"], 0)
    jobs = jobs.set_column(jobs.column_names.index("sequence"), "sequence", number)
    return jobs.sort_by([(name, "ascending") for name in ("sequence", "started", "id")])


def _forget_abandoned(folder: Path) -> None:
    """Deletes folders of killed builds. No build takes an hour, so older folders are abandoned."""
    for left in folder.glob("building-*"):
        if left.stat().st_mtime < time.time() - 3600:
            shutil.rmtree(left, ignore_errors=True)


def _put(unfinished: Path, place: Path) -> Path:
    """Renames the folder of a finished snapshot to `place`. If `place` exists already, it is kept."""
    try:
        return unfinished.rename(place)
    except OSError:
        if not place.is_dir():
            raise
        shutil.rmtree(unfinished)
        return place


def _all(text: str, rows: int) -> pa.Array:
    return pa.array([text] * rows, pa.string())


def _concepts(store: Scanned, folder: Path) -> pa.Table:
    table = sorted_rows(store, "Concept")
    medicines = are_medicines(table["id"])
    if pc.any(medicines).as_py():
        table = table.filter(pc.invert(medicines)).combine_chunks()
    save_table(table, folder, "concept")
    local = pc.utf8_lower(pc.replace_substring_regex(table["id"], "^[^:]*:", ""))
    place = pa.array(np.arange(table.num_rows, dtype=np.int32))
    save_table(pa.table({"id": local, "concept": place}).sort_by("id"), folder, "local")
    prefixes = [p for p in pc.unique(table["ontology"]).to_pylist() if p]
    known = aliases(prefixes)
    save_table(pa.table({"alias": [*known], "prefix": [*known.values()]}), folder, "alias")
    return table


def _labels(store: CountedStore, concepts: pa.Table, folder: Path) -> pa.Table:
    """Returns all names: the labels of concepts, and the rows of the table Label whose kind is in KINDS."""
    ends = rows_of(store, "HAS_LABEL", ["source", "target"])
    labels = rows_of(store, "Label", ["id", "text", "kind", "language", "count"])
    rows = labels.join(ends, "id", "target", join_type="inner")
    rows = moved(rows.append_column("concept", pa.array(places(rows["source"], concepts["id"]))), concepts)
    save_site_names(store, rows, folder)
    rows = rows.select(["concept", "text", "kind", "language", "count"])
    rows = rows.sort_by([(name, "ascending") for name in rows.column_names]).combine_chunks()
    save_table(rows.drop_columns(["count"]), folder, "label")
    Csr.of_pairs(concepts.num_rows, rows["concept"], np.arange(rows.num_rows)).save(folder, "labels")
    own = pa.table({"concept": np.arange(concepts.num_rows, dtype=np.int32), "text": concepts["label"]})
    own = own.append_column("kind", _all("label", own.num_rows))
    own = own.append_column("language", _all("en", own.num_rows))
    own = own.append_column("count", pa.nulls(own.num_rows, pa.int64()))
    names = pa.concat_tables([own.cast(rows.schema), rows.filter(pc.is_in(rows["kind"], pa.array(KINDS)))])
    names = names.set_column(4, "count", names["count"].fill_null(0))
    return names.filter(pc.is_valid(names["text"]))


def _index_names(names: pa.Table, concepts: pa.Table, words: pa.Table, folder: Path, before: Path | None) -> Names:
    flags = pa.table({name: concepts[name].fill_null(False) for name in ("deprecated", "stub")})
    if taken_over("names", digest(names, flags, words), before, folder):
        built = Names.load(folder)
    else:
        every = with_dutch(names, words, concepts)
        built = Names.build(every, *(np.asarray(flag) for flag in flags.columns))
        built.save(folder)
    return built


def _index_ngrams(names: Names, folder: Path, before: Path | None) -> None:
    texts = names.texts()
    if not taken_over("ngrams", digest(pa.table({"text": texts})), before, folder):
        Ngrams.build(texts.to_pylist()).save(folder, "ngrams")


def _relations(store: Scanned, ids: pa.ChunkedArray, size: int, folder: Path) -> None:
    part = rows_of(store, "PART_OF", ["source", "target"])
    part = part.append_column("predicate", _all("BFO:0000050", part.num_rows))
    rows = pa.concat_tables([part, rows_of(store, "RELATES", ["source", "target", "predicate"])])
    rows = rows.sort_by([(name, "ascending") for name in rows.column_names])
    source, target = ends(rows, ids)
    save_table(pa.table({"source": source, "target": target, "predicate": rows["predicate"]}), folder, "relation")
    of_either_end(size, source, target).save(folder, "relations")


def _neighbours(store: Scanned, ids: pa.ChunkedArray, folder: Path) -> None:
    """Saves the neighbours, highest score first. Each pair is stored once, with the lower number as source."""
    found = rows_of(store, "NEIGHBOUR", ["source", "target", "score", "model", "through"])
    found = found.sort_by([("score", "descending"), ("source", "ascending"), ("target", "ascending")])
    source, target = ends(found, ids)
    found = found.set_column(0, "source", pa.array(source)).set_column(1, "target", pa.array(target))
    save_table(found, folder, "neighbour")
    of_either_end(len(ids), source, target).save(folder, "neighbours")

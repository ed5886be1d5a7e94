"""ingest: the jobs `load`, which reads terminologies, and `ingest`, which reads records and grounds their texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from graph.errors import GraphError
from graph.secret import site_secret
from graph.snapshot import fresh_snapshot
from graph.store import Batch, Rehearsal, Store
from ingest import vocabularies
from ingest.fault import wordless
from ingest.forgetting import cleaned
from ingest.inputs import Database, Input, Inputs, NotRecognised, find_inputs, private_name
from ingest.jobs import Job, Progress, Report
from ingest.loading import Loading
from ingest.meanings import write_meanings
from ingest.medicines import Waiting, defined, undefined
from ingest.objections import Absent
from ingest.people import LeftOut
from ingest.pseudonym import UNNAMED, Identity
from ingest.recording import Recording
from ingest.records import NotRead, Patients, Refused, Seen
from ingest.releases import check_name, items_of
from ingest.remarks import remark
from ingest.rows import add_labels
from ingest.said import add_late
from ingest.secret import Keyed, keyed_in
from ingest.settling import kinds_in, leave_unchanged, missing, settle
from ingest.site_names import Noted, checked
from ingest.source import Source
from ingest.sources import SOURCES
from ingest.sources import recognise as recognise_source
from ingest.systems import Systems, joined, of_store, spelled_out
from ingest.value_sets import FORMATS, Settled, settled
from ingest.versions import known_before, outcomes
from ingest.workers import default_workers, reading
from ontologies import formats
from ontologies.format import Format
from ontologies.formats import site_names
from ontologies.model import Item as Statement
from ontologies.model import Remark


def load(
    store: Store,
    folder: Path,
    paths: Sequence[Path | Database],
    progress: Progress,
    name: str | None = None,
    systems: Systems = UNNAMED.systems,
) -> tuple[Report, list[Path]]:
    """Loads terminologies, mapping sets and translations. Each release replaces its earlier version.

    If `name` is given, the paths must contain only one release, and `name` becomes the id of the release. `systems` are
    the code systems of TRICUSPID_CODE_SYSTEMS.

    Returns the report and the list of files whose format is not supported. Updates the snapshot in `folder`.
    """
    done = _load(store, folder, paths, progress, name, systems)
    write_meanings(store, folder, progress)
    return done


def rehearse(
    store: Store,
    folder: Path,
    paths: Sequence[Path | Database],
    progress: Progress,
    name: str | None = None,
    systems: Systems = UNNAMED.systems,
) -> tuple[Report, list[Path]]:
    """Returns what `load` would return, and writes nothing to the store."""
    return _load(Rehearsal(store), folder, paths, progress, name, systems)


def _load(
    store: Store, folder: Path, paths: Sequence[Path | Database], progress: Progress, name: str | None, systems: Systems
) -> tuple[Report, list[Path]]:
    found = terminologies(paths, name)
    # "by IRI": jobs of an earlier layout wrote other ids, so a killed job of that layout must not be resumed.
    how = ["by IRI", *filter(None, (name, spelled_out(systems)))]
    if any(file.database for file in found.files):
        how.append(uuid4().hex)  # the content may have changed, and what another job stated is removed
    job = Job(store, "load", found, progress, keyed_in(folder), *how)

    def read(file: Input[Format]) -> Iterator[Statement | Noted | Settled]:
        items = items_of(file)
        if file.format in FORMATS:
            return settled(store, items, joined(systems, of_store(store)), job.report.id)
        return checked(store, items) if file.format is site_names.FORMAT else items

    return job.run(Loading(store, name, systems, site_secret(folder)), read), found.strange


def terminologies(paths: Sequence[Path | Database], name: str | None) -> Inputs[Format]:
    """Returns the files and databases to load. Files with a site's own names or with value sets are last.

    Raises BadName if the files cannot be loaded as a release with the id `name`.
    """
    known = [form.name for form in formats.FORMATS]
    files = [path for path in paths if isinstance(path, Path)]
    bases = [path for path in paths if isinstance(path, Database)]
    databases = [Input(base.path, vocabularies.FORMAT, base.hash, base.path.name, base) for base in bases]
    try:
        found = find_inputs(files, vocabularies.recognise, known, lambda form, path: form.companions(path))
    except NotRecognised as unknown:
        unknown.add_note("for records and catalogues of data sets, use: tricuspid ingest PATH")
        raise
    found = found._replace(files=[*found.files, *databases])
    if name is not None:
        check_name(name, found.files)
    # A site's own names and value sets are checked against the concepts loaded before them.
    last = (site_names.FORMAT, *FORMATS)
    return found._replace(files=sorted(found.files, key=lambda file: file.format in last))


def ingest(
    store: Store,
    folder: Path,
    paths: Sequence[Path | Database],
    progress: Progress,
    workers: int | None = None,
    identity: Identity = UNNAMED,
    full: bool = False,
    people: bool = True,
) -> tuple[Report, list[Path]]:
    """Ingests records of care, research and education. Returns the same as `load`.

    `workers` is the number of processes that read files. With 0, this process reads the files; with None, the number
    depends on the size of the files. With `full`, the files are a complete export of their sources: stored records of
    the same kinds that are not in the files are deleted. Without `people`, no Person is created.
    """
    _refuse_sourceless(store)
    keyed = keyed_in(folder)
    with wordless():
        found = records(paths, keyed)
        identity = identity._replace(systems=joined(identity.systems, of_store(store)))
        options = [*identity[:2], *sorted(identity.identifiers), "full" if full else "", spelled_out(identity.systems)]
        options += [] if people else ["without people"]
        job = Job(store, "ingest", found, progress, keyed, *(options if any(options) else ()))
        if any(file.database for file in found.files):
            job.start_over()  # a database may have changed since a job was killed
        if workers is None:
            workers = default_workers(found.files)
        snapshot = fresh_snapshot(store, folder).folder
        with reading(found.files, site_secret(folder), snapshot, workers, identity) as read:
            removed = [id for rows in store.scan("Forgotten", ["id"]) for id in rows["id"].to_pylist()]
            left_out = LeftOut(keyed, frozenset(removed), not people)
            recording = Recording(job.rows, job.report.id, keyed, identity.source, left_out)
            taker = _Ingesting(store, recording, full, len(found.strange), Absent(store, keyed))
            report = job.run(taker, read, taker.complete if full else None)
        write_meanings(store, folder, progress)
        if taker.absent.erased:
            cleaned(store, folder)
    return report, found.strange


def records(paths: Sequence[Path | Database], keyed: Keyed) -> Inputs[Source]:
    """Returns the files and databases to ingest, each with its format and its name in the graph."""

    def named(source: Source | None, path: Path, hash: str) -> str:
        return path.name if source is not None and source.public else private_name(hash, keyed)

    known = list(dict.fromkeys(source.title for source in SOURCES))
    files = [path for path in paths if isinstance(path, Path)]
    bases = [path for path in paths if isinstance(path, Database)]
    (reader,) = (source for source in SOURCES if source.connect)
    databases = [Input(base.path, reader, base.hash, private_name(base.hash, keyed), base) for base in bases]
    try:
        found = find_inputs(files, recognise_source, known, lambda source, path: source.companions(path), named)
        return found._replace(files=[*found.files, *databases])
    except NotRecognised as unknown:
        unknown.add_note("for terminologies, mapping sets and translations, use: tricuspid load PATH")
        raise


def _refuse_sourceless(store: Store) -> None:
    """Raises GraphError for a store of an earlier layout, in which patients of two sources can share an id."""
    counts = store.counts()
    if counts["EVENT"] and not counts["Resource"]:
        raise GraphError(
            f"{store.address} contains care records of an earlier layout, without sources: ingest all files again "
            "into a new store, with tricuspid ingest --store NEW PATH"
        )


class _Ingesting:
    """Turns the items of sources into rows for an ingest job (`ingest.jobs.Taker`). A batch never ends in the middle of
    a record.
    """

    alone = False

    def __init__(self, store: Store, recording: Recording, full: bool, strange: int, absent: Absent) -> None:
        self._store, self._recording, self._full, self._strange = store, recording, full, strange
        self.absent = absent
        self._seen: set[tuple[str, str]] = set()
        self._skipped: set[str] = set()
        self._medicines = Waiting()

    def begin(self, job: Job, file: Input[Source]) -> None:
        self._file = file
        self._recording.begin(file.format)

    def take(self, item: Any, report: Report) -> Refused | None:
        if isinstance(item, Remark):
            report.notes.append(remark(self._file, item))
            return None
        if self.absent.skips(item):
            if isinstance(item, Seen):
                report.counts.ended(item.what, "not_read")
            return None
        if isinstance(item, Patients):
            every, item = item, self.absent.without(item)
            report.counts.ended("Patient", "not_read", len(every.records) - len(item.records))
        before = len(self._recording.attempts)
        refused = self._recording.add(item)
        if isinstance(item, NotRead):
            report.counts.ended(item.what, "not_read", item.number)
        elif isinstance(item, Seen) and len(self._recording.attempts) == before:
            report.counts.ended(item.what, "written")  # other records refer to this record, but it has no row
        return refused

    def whole(self, item: Any) -> bool:
        return isinstance(item, Seen | Patients)

    def finish(self, batch: Batch, report: Report) -> None:
        """Removes records from the batch if the store has a newer version of these records.

        Also counts the events that have a code that no loaded terminology defines.
        """
        report.reasons = self._recording.unmapped
        stored = known_before(self._store, batch, self._full)
        for kind, outcome in outcomes(self._recording.attempts, stored):
            report.counts.ended(kind, outcome)
        self._skipped.update(settle(self._store, batch, stored, self._recording.within))
        if self._full:
            self._seen.update(kinds_in(batch))
        codes = self._medicines.see(batch)
        known = defined(self._store, codes)
        self._recording.labels.count(known)
        report.reasons.update(undefined(codes, known))
        leave_unchanged(batch, self._recording.columned.versions, stored)
        self._recording.written()
        if report.state == "done":
            report.reasons.update(self._medicines.reasons(self._store, batch))
            add_labels(batch, self._recording.labels.found(report.reasons))
            add_late(self._store, batch, self._recording.sayings.late(self._skipped, report.reasons))
            self.absent.leave_out(batch, report)

    def end(self) -> Sequence[str]:
        return ()

    def sweep(self, releases: Sequence[str], batch: Batch, report: Report) -> None:
        pass

    def complete(self, job: Job) -> None:
        """Deletes the records that a complete export lacks. Deletes nothing if a file or record could not be read."""
        report = job.report
        if self._strange:
            report.refusals.append(f"nothing was deleted: {self._strange} files are in no supported format")
            return
        if report.refused:
            report.refusals.append("nothing was deleted: records were refused, so the export may be incomplete")
            return
        for row in missing(self._store, report.id, self._seen, self._skipped):
            job.rows.node("Resource", *row.values())
            report.counts.add(row["kind"], "removed")

"""ingest: the two jobs; `load` reads terminologies, `ingest` reads records and grounds what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from graph.errors import GraphError
from graph.secret import site_secret
from graph.snapshot import fresh_snapshot
from graph.store import Batch, Rehearsal, Store
from ingest.fault import wordless
from ingest.inputs import Input, Inputs, NotRecognised, find_inputs, private_name
from ingest.jobs import Job, Progress, Report
from ingest.loading import Loading
from ingest.meanings import write_meanings
from ingest.medicines import Waiting, defined, undefined
from ingest.people import LeftOut
from ingest.pseudonym import UNNAMED, Identity
from ingest.recording import Recording
from ingest.records import NotRead, Refused, Seen
from ingest.releases import check_name
from ingest.rows import add_labels
from ingest.secret import Keyed, keyed_in
from ingest.settling import gone, kinds_in, settle
from ingest.site_names import Noted, checked
from ingest.source import Source
from ingest.sources import SOURCES
from ingest.sources import recognise as recognise_source
from ingest.systems import Systems, joined, of_store, told
from ingest.versions import known_before, outcomes
from ingest.workers import reading, worth
from ontologies import formats
from ontologies.format import Format
from ontologies.formats import site_names
from ontologies.model import Item as Statement


def load(
    store: Store,
    folder: Path,
    paths: Sequence[Path],
    progress: Progress,
    name: str | None = None,
    systems: Systems = UNNAMED.systems,
) -> tuple[Report, list[Path]]:
    """Loads terminologies, mapping sets and translations; each takes the place of its earlier release.

    `name` is what the only release in the paths is known by; `systems` are code systems with prefixes of a setting.
    Gives the report, and the files in the paths that are no terminology. The snapshot in `folder` is made fresh.
    """
    done = _load(store, folder, paths, progress, name, systems)
    write_meanings(store, folder, progress)
    return done


def rehearse(
    store: Store,
    folder: Path,
    paths: Sequence[Path],
    progress: Progress,
    name: str | None = None,
    systems: Systems = UNNAMED.systems,
) -> tuple[Report, list[Path]]:
    """What `load` would give; nothing is written to the store."""
    return _load(Rehearsal(store), folder, paths, progress, name, systems)


def _load(
    store: Store, folder: Path, paths: Sequence[Path], progress: Progress, name: str | None, systems: Systems
) -> tuple[Report, list[Path]]:
    found = terminologies(paths, name)
    # Jobs of an earlier layout wrote other ids: one that was killed begins anew.
    job = Job(store, "load", found, progress, keyed_in(folder), "by IRI", *filter(None, (name, told(systems))))

    def read(file: Input[Format]) -> Iterator[Statement | Noted]:
        items = file.format.read(file.path)
        return checked(store, items) if file.format is site_names.FORMAT else items

    return job.run(Loading(store, name, systems, site_secret(folder)), read), found.strange


def terminologies(paths: Sequence[Path], name: str | None) -> Inputs[Format]:
    """The files to load, a site's own names last. Raises BadName where they cannot have the name."""
    known = [form.name for form in formats.FORMATS]
    try:
        found = find_inputs(paths, formats.recognise, known, lambda form, path: form.companions(path))
    except NotRecognised as unknown:
        unknown.add_note("records, and catalogues of data sets, are read by: tricuspid ingest PATH")
        raise
    if name is not None:
        check_name(name, found.files)
    # Names are checked against the concepts that are there by then.
    return found._replace(files=sorted(found.files, key=lambda file: file.format is site_names.FORMAT))


def ingest(
    store: Store,
    folder: Path,
    paths: Sequence[Path],
    progress: Progress,
    workers: int | None = None,
    identity: Identity = UNNAMED,
    full: bool = False,
    people: bool = True,
) -> tuple[Report, list[Path]]:
    """Ingests records of care, research and education; see `load` for what it gives.

    `workers` processes read for it, 0: none but this one; None: as many as the files are worth. `full`: the files are
    all that their sources have of the kinds of records in them; what the store has besides was deleted. Without
    `people` nobody becomes a Person.
    """
    _refuse_sourceless(store)
    keyed = keyed_in(folder)
    with wordless():
        found = records(paths, keyed)
        identity = identity._replace(systems=joined(identity.systems, of_store(store)))
        options = [*identity[:2], *sorted(identity.identifiers), "full" if full else "", told(identity.systems)]
        options += [] if people else ["without people"]
        job = Job(store, "ingest", found, progress, keyed, *(options if any(options) else ()))
        if workers is None:
            workers = worth(found.files)
        snapshot = fresh_snapshot(store, folder).folder
        with reading(found.files, site_secret(folder), snapshot, workers, identity) as read:
            removed = [id for rows in store.scan("Forgotten", ["id"]) for id in rows["id"].to_pylist()]
            left_out = LeftOut(keyed, frozenset(removed), not people)
            recording = Recording(job.rows, job.report.id, keyed, identity.source, left_out)
            taker = _Ingesting(store, recording, full, len(found.strange))
            report = job.run(taker, read, taker.complete if full else None)
        write_meanings(store, folder, progress)
    return report, found.strange


def records(paths: Sequence[Path], keyed: Keyed) -> Inputs[Source]:
    """The files to ingest."""

    def named(source: Source | None, path: Path, hash: str) -> str:
        return path.name if source is not None and source.public else private_name(hash, keyed)

    known = list(dict.fromkeys(source.title for source in SOURCES))
    try:
        return find_inputs(paths, recognise_source, known, named=named)
    except NotRecognised as unknown:
        unknown.add_note("a terminology, a mapping set or a translation is read by: tricuspid load PATH")
        raise


def _refuse_sourceless(store: Store) -> None:
    """A patient of a store of before cannot be told from that of another source who has the same id."""
    counts = store.counts()
    if counts["EVENT"] and not counts["Resource"]:
        raise GraphError(
            f"{store.address} holds care records without their sources, as they were kept before: ingest all files "
            "again into a new store, with tricuspid ingest --store NEW PATH"
        )


class _Ingesting:
    """The taker of ingest jobs: a batch ends between two records."""

    alone = False

    def __init__(self, store: Store, recording: Recording, full: bool, strange: int) -> None:
        self._store, self._recording, self._full, self._strange = store, recording, full, strange
        self._seen: set[tuple[str, str]] = set()
        self._passed: set[str] = set()
        self._medicines = Waiting()

    def begin(self, job: Job, file: Input[Source]) -> None:
        self._recording.begin(file.format)

    def take(self, item: Any, report: Report) -> Refused | None:
        before = len(self._recording.attempts)
        refused = self._recording.add(item)
        if isinstance(item, NotRead):
            report.counts.ended(item.what, "not_read")
        elif isinstance(item, Seen) and len(self._recording.attempts) == before:
            report.counts.ended(item.what, "written")  # it is only there for others to refer to
        return refused

    def whole(self, item: Any) -> bool:
        return isinstance(item, Seen)

    def finish(self, batch: Batch, report: Report) -> None:
        """Passes over what is older than the store's; counts events whose code no loaded terminology defines."""
        report.reasons = self._recording.unmapped
        there = known_before(self._store, batch, self._full)
        for kind, outcome in outcomes(self._recording.attempts, there):
            report.counts.ended(kind, outcome)
        self._passed.update(settle(self._store, batch, there, self._recording.within))
        self._recording.written()
        if self._full:
            self._seen.update(kinds_in(batch))
        codes = self._medicines.see(batch)
        known = defined(self._store, codes)
        self._recording.labels.count(known)
        report.reasons.update(undefined(codes, known))
        if report.state == "done":
            report.reasons.update(self._medicines.reasons(self._store, batch))
            add_labels(batch, self._recording.labels.found(report.reasons))

    def end(self) -> Sequence[str]:
        return ()

    def sweep(self, releases: Sequence[str], batch: Batch, report: Report) -> None:
        pass

    def complete(self, job: Job) -> None:
        """Deletes what a complete export has no more; nothing where any of its files or records could not be read."""
        report = job.report
        if self._strange:
            told = f"nothing was deleted: {self._strange} files of the export are of no format that is read"
            report.refusals.append(told)
            return
        if report.refused:
            report.refusals.append("nothing was deleted: an export with refused records is not known to be complete")
            return
        for row in gone(self._store, report.id, self._seen, self._passed):
            job.rows.node("Resource", *row.values())
            report.counts.add(row["kind"], "removed")

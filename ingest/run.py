"""ingest: the two jobs; `load` reads terminologies, `ingest` reads records and grounds what they say."""

from __future__ import annotations

import contextlib
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from graph.errors import telling_full
from graph.snapshot_build import fresh_snapshot
from graph.store import Batch, Store
from ingest.inputs import Input, Inputs, NotRecognised, find_inputs
from ingest.jobs import Job, Progress, Report
from ingest.loading import Loading
from ingest.meanings import write_meanings
from ingest.recording import Recording
from ingest.records import Refused, Seen
from ingest.releases import check_name
from ingest.sources import SOURCES
from ingest.sources import recognise as recognise_source
from ingest.workers import reading, worth
from ontologies import formats
from ontologies.format import Format
from ontologies.model import Item as Statement


def load(
    store: Store, folder: Path, paths: Sequence[Path], progress: Progress, name: str | None = None
) -> tuple[Report, list[Path]]:
    """Loads terminologies, mapping sets and translations; each takes the place of its earlier release.

    `name` is what the only release in the paths is known by. Gives the report, and the files in the paths that are no
    terminology. The snapshot in `folder` is made fresh.
    """
    found = terminologies(paths, name)
    # Jobs of an earlier layout wrote other ids: one that was killed begins anew.
    job = Job(store, "load", found, progress, "by IRI", *([] if name is None else [name]))

    def read(file: Input[Format]) -> Iterator[Statement]:
        return file.format.read(file.path)

    report = job.run(Loading(store, name), read)
    write_meanings(store, folder, progress)
    return report, found.strange


def terminologies(paths: Sequence[Path], name: str | None) -> Inputs[Format]:
    """The files to load. Raises ValueError where they cannot have the name."""
    known = [form.name for form in formats.FORMATS]
    try:
        found = find_inputs(paths, formats.recognise, known, lambda form, path: form.companions(path))
    except NotRecognised as unknown:
        unknown.add_note("records, and catalogues of data sets, are read by: tricuspid ingest PATH")
        raise
    if name is not None:
        check_name(name, found.files)
    return found


def ingest(
    store: Store, folder: Path, paths: Sequence[Path], progress: Progress, workers: int | None = None
) -> tuple[Report, list[Path]]:
    """Ingests records of care, research and education; see `load` for what it gives.

    `workers` processes read for it, 0: none but this one; None: as many as the files are worth.
    """
    known = [source.name for source in SOURCES]
    try:
        found = find_inputs(paths, recognise_source, known, public=lambda source: source is not None and source.public)
    except NotRecognised as unknown:
        unknown.add_note("a terminology, a mapping set or a translation is read by: tricuspid load PATH")
        raise
    job = Job(store, "ingest", found, progress)
    if workers is None:
        workers = worth(found.files)
    snapshot = fresh_snapshot(store, folder).folder
    with reading(found.files, site_secret(folder), snapshot, workers) as read:
        report = job.run(_Ingesting(store, Recording(job.rows, job.report.id)), read)
    write_meanings(store, folder, progress)
    return report, found.strange


def site_secret(folder: Path) -> bytes:
    """The key of the pseudonyms: TRICUSPID_SECRET, or else a random one that is kept beside the store."""
    if given := os.environ.get("TRICUSPID_SECRET"):
        return given.encode()
    kept = folder / "secret"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with telling_full(kept), tempfile.NamedTemporaryFile(dir=folder, prefix="secret-") as whole:
            whole.write(secrets.token_bytes(32))
            whole.flush()
            # Linked when it is whole: one that was killed in between must not leave an empty key.
            with contextlib.suppress(FileExistsError):
                kept.hardlink_to(whole.name)
    return kept.read_bytes()


class _Ingesting:
    """The taker of ingest jobs: a batch ends between two records."""

    alone = False

    def __init__(self, store: Store, recording: Recording) -> None:
        self._store, self._recording = store, recording

    def begin(self, job: Job, file: Input[Any]) -> None:
        pass

    def take(self, item: Any, report: Report) -> Refused | None:
        refused = self._recording.add(item)
        seen = isinstance(item, Seen)
        report.read += seen or refused is not None
        report.written += seen
        return refused

    def whole(self, item: Any) -> bool:
        return isinstance(item, Seen)

    def finish(self, batch: Batch, report: Report) -> None:
        """Counts events whose code no loaded terminology defines; they are written all the same."""
        self._recording.written()
        report.reasons = self._recording.unmapped
        if (events := batch.edges.get("EVENT")) is None:
            return
        concepts = events["target"]
        there = self._store.nodes("Concept", pc.unique(concepts), ["stub"])
        defined = there.filter(pc.invert(there["stub"]))["id"]
        for code in concepts.filter(pc.invert(pc.is_in(concepts, value_set=defined))).to_pylist():
            report.reasons[f"no loaded terminology defines this code: {code.partition(':')[0]}"] += 1

    def end(self) -> Sequence[str]:
        return ()

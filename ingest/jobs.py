"""ingest: a job is one run of load, ingest or link. A job reads files and writes the graph in batches.

The id of a job is a keyed hash of its inputs and options. So two runs with the same files and options are the same job,
and the id reveals nothing about the content of the files. How the items are divided into batches depends only on the
items. If a job is killed, the next run builds the same batches again, and does not write the batches that the
checkpoint already counts. The resulting graph is the same as without the kill.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import orjson
import pyarrow as pa

from graph.store import NODES, Batch, Store
from ingest.counts import OUTCOMES, Counts
from ingest.inputs import Input, Inputs
from ingest.records import size
from ingest.rows import Rows
from ingest.secret import Keyed
from ontologies.errors import OntologyError

BATCH_ITEMS = 40_000
"""The number of items per transaction. An item that holds rows in columns counts as several items
(`ingest.records.size`).

On both engines, larger batches of single items are not faster. After a job is killed, at most one batch is
repeated.
"""

_LONGEST_REASON = 300
_SHOWN = 5

Progress = Callable[[str, int], None]
"""A function that is called with the current file and the number of items read so far, after every batch and before
every new file.
"""


class Loaded(NamedTuple):
    """A release that a job loads from `file`, and the id and version of each release that it replaces.

    `unnamed` is true if the release states no id, so that its id is made from its content. `beside` has releases that
    may be earlier versions of this release but are not replaced by it.
    """

    file: str
    id: str
    version: str
    replaces: list[tuple[str, str]]
    unnamed: bool
    beside: list[str]


@dataclass
class Report:
    """The result of a job.

    `counts` has the number of records for each kind and outcome. The properties are totals of these counts. `reasons`
    counts unmapped values and notes by reason. `refusals` lists the first few refused records. `notes` lists the
    first few remarks on records that were read. `releases` lists the releases that a load reads.
    """

    id: str
    kind: str
    state: str = "running"
    counts: Counts = field(default_factory=Counts)
    reasons: Counter[str] = field(default_factory=Counter)
    refusals: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    releases: list[Loaded] = field(default_factory=list)
    started: str = ""
    finished: str | None = None
    resumed_at: int = 0

    def note(self, file: str, position: str, reason: str) -> None:
        self.reasons[reason] += 1
        if len(self.notes) < _SHOWN:
            self.notes.append(f"{file}, {position}: {reason}")

    @property
    def read(self) -> int:
        return self.counts.total("read")

    @property
    def written(self) -> int:
        return self.counts.total("written")

    @property
    def unchanged(self) -> int:
        return self.counts.total("unchanged")

    @property
    def superseded(self) -> int:
        return self.counts.total("superseded")

    @property
    def deleted(self) -> int:
        return self.counts.total("deleted")

    @property
    def refused(self) -> int:
        return self.counts.total("refused")

    @property
    def not_read(self) -> int:
        return self.counts.total("not_read")


class Refusal(Protocol):
    @property
    def position(self) -> str: ...
    @property
    def reason(self) -> str: ...


class Taker(Protocol):
    """Turns items into rows for a job, one file after another.

    If `alone` is true, every file ends a batch. `whole` returns True if a batch may end after the item. `finish` is
    called with each batch before the batch is written. `end` returns the releases of the file that may have an earlier
    version in the store, or None if the file ended with an error before it named its releases. `sweep` is called before
    the last batch is written. After that, everything in the given releases that the job did not state is removed.
    """

    alone: bool

    def begin(self, job: Job, file: Input[Any]) -> None: ...
    def take(self, item: Any, report: Report) -> Refusal | None: ...
    def whole(self, item: Any) -> bool: ...
    def finish(self, batch: Batch, report: Report) -> None: ...
    def end(self) -> Sequence[str] | None: ...
    def sweep(self, releases: Sequence[str], batch: Batch, report: Report) -> None: ...


class Job:
    """Reads files with a taker and writes their content to a store.

    `writes` is the number of batches that this run wrote.
    """

    def __init__(
        self, store: Store, kind: str, found: Inputs[Any], progress: Progress, keyed: Keyed, *how: str
    ) -> None:
        """`how` lists the options of the job. A run with the same files but other options is a different job."""
        self._store, self._found, self._progress = store, found, progress
        self._inputs = [{"file": file.name, "hash": keyed(file.hash)} for file in found.files]
        known_by = _json([kind, BATCH_ITEMS, sorted(file.hash for file in found.files), *how])
        self.report = Report(keyed(known_by)[:16], kind, started=_now())
        self.rows = Rows()
        self._batches = self._items = self._pending = 0
        self.writes = 0
        self._counted: tuple[str, str] | None = None
        self._done = self._checkpoint()

    def _checkpoint(self) -> int:
        """Returns how many batches the last run of the same job wrote, if that run was killed; otherwise 0."""
        with self._store.read_transaction():  # Neo4j may still be committing a batch of a job that was killed
            rows = self._store.nodes("Job", pa.array([self.report.id]), NODES["Job"].arrow.names)
            numbers = [
                row["sequence"] or 0 for piece in self._store.scan("Job", ["sequence"]) for row in piece.to_pylist()
            ]
        self._sequence = 1 + max(numbers, default=0)
        before = next(iter(rows.to_pylist()), None)
        if not before or before["state"] != "running":
            return 0
        self._sequence = before["sequence"] or self._sequence
        self.report.started = before["started"]
        self.report.resumed_at = int(before["checkpoint"])
        if before["counts"]:
            self._counted = before["counts"], before["reasons"]
        return self.report.resumed_at

    def start_over(self) -> None:
        """Makes `run` write all batches, including those that an earlier run wrote."""
        self._done = self.report.resumed_at = 0

    def run(
        self,
        taker: Taker,
        read: Callable[[Input[Any]], Iterator[Any]],
        complete: Callable[[Job], None] | None = None,
    ) -> Report:
        """Runs the job: `read` yields the items of a file, and `taker` turns each item into rows.

        If a file is truncated, its unread part is refused and the next file is read. `complete` is called after
        everything that was read is written, and may add rows.
        """
        for broken in self._found.broken:
            self._refuse_rest(broken.error.path, broken.name, broken.error)
        swept: dict[str, bool] = {}
        unknown = bool(self._found.broken)
        with _without_garbage_collection():
            for number, file in enumerate(self._found.files, 1):
                self._progress(file.path.name, self._items)
                taker.begin(self, file)
                whole = self._read(taker, file, read)
                # If one file of a release is truncated, nothing of the earlier version is removed.
                stated = taker.end()
                unknown |= stated is None
                swept |= {release: whole and swept.get(release, True) for release in stated or ()}
                if taker.alone and number < len(self._found.files):
                    self._write(taker)
            if complete:
                self._write(taker)
                complete(self)
            self.report.state, self.report.finished = "done", _now()
            self._write(taker, [release for release, whole in swept.items() if whole and not unknown])
        return self.report

    def _read(self, taker: Taker, file: Input[Any], read: Callable[[Input[Any]], Iterator[Any]]) -> bool:
        try:
            for item in read(file):
                if refused := taker.take(item, self.report):
                    self.refuse(file.path, file.name, refused.position, refused.reason)
                self._items += size(item)
                self._pending += size(item)
                if self._pending >= BATCH_ITEMS and taker.whole(item):
                    self._write(taker)
                    self._progress(file.path.name, self._items)
        except OntologyError as broken:
            self._refuse_rest(file.path, file.name, broken)
            return False
        return True

    def _refuse_rest(self, path: Path, name: str, broken: OntologyError) -> None:
        remedy = getattr(broken, "remedy", str(broken)).replace(str(path), name)
        self.refuse(path, name, getattr(broken, "place", ""), remedy)

    def refuse(self, path: Path, name: str, position: str, reason: str) -> None:
        """Stores a refusal: file, position and reason, never the content.

        The report has the real name of the file, because the owner of the file reads the report. The graph has `name`
        instead.
        """
        report, reason = self.report, reason[:_LONGEST_REASON]
        report.counts.ended("", "refused")
        if len(report.refusals) < _SHOWN:
            report.refusals.append(f"{path.name}, {position or 'the whole file'}: {reason}")
        self.rows.node("Refusal", f"{report.id}/{report.refused}", report.id, name, position, reason)

    def _write(self, taker: Taker, swept: Sequence[str] = ()) -> None:
        """Writes `rows` as the next batch, unless an earlier run of this job wrote that batch.

        With the last batch, `swept` lists the releases of which everything that the job did not state is removed.
        """
        self._batches += 1
        self._pending = 0
        batch = self.rows.batch()
        taker.finish(batch, self.report)
        if self._batches <= self._done and self.report.state != "done":
            if self._batches == self._done:
                self._restore_counts()
            return
        if swept:
            taker.sweep(swept, batch, self.report)
        batch.swept = [(release, self.report.id) for release in swept]
        batch.nodes["Job"] = pa.table({name: [value] for name, value in self._row().items()})
        self._store.write(batch)
        self.writes += 1

    def _restore_counts(self) -> None:
        """Restores the counts of an earlier run of this job that was killed.

        If the items were counted again, all would count as unchanged, because the earlier run wrote them.
        """
        if self._counted:
            counts, reasons = map(orjson.loads, self._counted)
            self.report.counts.restore(counts)
            self.report.reasons.clear()
            self.report.reasons.update(reasons)

    def _row(self) -> dict[str, Any]:
        r = self.report
        counts = {name: r.counts.total(name) for name in ("read", *OUTCOMES)} | {"unmapped": r.reasons.total()}
        texts = {"inputs": _json(self._inputs), "reasons": _json(dict(r.reasons.most_common()))}
        texts["counts"] = _json(r.counts.rows())
        times = {"started": r.started, "finished": r.finished, "sequence": self._sequence}
        return {"id": r.id, "kind": r.kind, "state": r.state, "checkpoint": self._batches, **counts, **texts, **times}


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Switches off the garbage collector, because with the collector a job takes twice as long.

    The collector is not needed: the items are tuples, which are freed by reference counting.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()

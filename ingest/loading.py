"""ingest: the taker of load jobs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from graph.store import Batch, Store
from ingest.declared import Declared
from ingest.inputs import Input
from ingest.jobs import Job, Report
from ingest.releases import Known
from ingest.systems import Systems
from ingest.terminology import Terminology, leave_to_owner
from ontologies.errors import UnreadableFile
from ontologies.format import Format
from ontologies.model import Item, Mapping, NotRead, Refused, Release


class Loading:
    """Takes the items of terminologies; a file may be cut anywhere.

    Several files of one job may be one release, such as an ontology and its synonyms, if they are of one version.
    """

    alone = True

    def __init__(self, store: Store, name: str | None, systems: Systems, secret: bytes) -> None:
        self._store, self._name = store, name
        self._systems, self._secret = systems, secret
        self._known: Known | None = None
        self._versions: dict[str, tuple[str, str]] = {}

    def begin(self, job: Job, file: Input[Format]) -> None:
        loaded = datetime.now(UTC).isoformat(timespec="seconds")
        self._terminology = Terminology(job.rows, job.report.id, loaded)
        self._declared = Declared(self._store, self._systems, self._secret)
        self._file = file
        self._again = job.report.resumed_at > 0
        self._fresh = not self._again

    def take(self, item: Item, report: Report) -> Refused | None:
        if isinstance(item, Release):
            self._known = self._known or Known(self._store)
            item = self._known.named(item, self._file, self._name)
            if item.id in self._terminology.prefixes:
                self._terminology.add(item)
                return None
            self._begin(item, self._known, report)
            item = self._declared.begin(item)
        if isinstance(item, Mapping):
            item = self._declared.spelled(item)
        if isinstance(item, NotRead):
            report.reasons[item.reason] += 1
            return None
        refused = self._terminology.add(item)
        report.read += 1
        report.written += refused is None
        return refused

    def _begin(self, release: Release, known: Known, report: Report) -> None:
        path = self._file.path
        version, before = self._versions.setdefault(release.id, (release.version, path.name))
        if version != release.version:
            told = f"it is another version of {release.id} than {before}, which is loaded: load one of them"
            raise UnreadableFile(path, "", told)
        report.releases.append(known.loaded(release, self._file))
        known.bring_over(self._store, release, self._file)
        there = self._store.nodes("Release", pa.array([release.id]), []).num_rows
        self._fresh = self._fresh and not there

    def whole(self, item: Item) -> bool:
        return True

    def finish(self, batch: Batch, report: Report) -> None:
        batch.fresh = self._fresh
        self._declared.move(batch)
        if "Concept" in batch.nodes:
            batch.nodes["Concept"] = leave_to_owner(self._store, batch.nodes["Concept"], self._terminology.prefixes)

    def end(self) -> Sequence[str]:
        """The releases, where an earlier one may have said what one of these does not."""
        return [] if self._fresh else list(self._terminology.prefixes)

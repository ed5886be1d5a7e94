"""ingest: the taker of load jobs, which turns statements of terminologies into rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pyarrow as pa

from graph.store import Batch, Store
from ingest.changes import MAPPINGS, NAMES, RELATIONS, TERMS, Changes
from ingest.declared import Declared
from ingest.inputs import Input
from ingest.jobs import Job, Report
from ingest.releases import Known
from ingest.remarks import remark
from ingest.site_names import Noted
from ingest.systems import Systems
from ingest.terminology import Terminology, leave_to_owner
from ingest.value_sets import FORMATS, VALUE_SETS, Settled, add
from ontologies.errors import UnreadableFile
from ontologies.format import Format
from ontologies.model import (
    Concept,
    Item,
    Mapping,
    NotRead,
    Refused,
    Relation,
    Release,
    Remark,
    SiteName,
    Synonym,
    Translation,
)

_KINDS: dict[type, str] = {
    Concept: TERMS,
    Synonym: NAMES,
    SiteName: NAMES,
    Translation: NAMES,
    Relation: RELATIONS,
    Mapping: MAPPINGS,
}


class Loading:
    """Turns the items of terminologies into rows for a load job (`ingest.jobs.Taker`). A batch may end after any item.

    Several files of a job, such as an ontology and its synonyms, may form one release if they have the same version.
    """

    alone = True

    def __init__(self, store: Store, name: str | None, systems: Systems, secret: bytes) -> None:
        self._store, self._name = store, name
        self._systems, self._secret = systems, secret
        self._known: Known | None = None
        self._changes: Changes | None = None
        self._versions: dict[str, tuple[str, str]] = {}

    def begin(self, job: Job, file: Input[Format]) -> None:
        loaded = datetime.now(UTC).isoformat(timespec="seconds")
        self._terminology = Terminology(job.rows, job.report.id, loaded)
        self._declared = Declared(self._store, self._systems, self._secret)
        self._file = file
        self._changes = self._changes or Changes(self._store, job.report.id, job.report.counts)
        self._again = job.report.resumed_at > 0
        self._fresh = not self._again
        self._rows = job.rows

    def take(self, item: Item | Noted | Settled, report: Report) -> Refused | None:
        if isinstance(item, Noted):
            report.note(self._file.path.name, item.position, item.reason)
            if item.added:
                report.counts.ended(NAMES, "unchanged")
            return None
        if isinstance(item, Remark):
            report.notes.append(remark(self._file, item))
            return None
        if isinstance(item, Settled):
            self._take_value_set(item, report)
            return None
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
            report.counts.ended(item.kind, "not_read")
            return None
        refused = self._terminology.add(item)
        if not refused and (kind := _KINDS.get(type(item))):
            report.counts.add(kind, "read")
            if self._terminology.repeated:
                report.counts.add(kind, "unchanged")
        return refused

    def _take_value_set(self, item: Settled, report: Report) -> None:
        add(self._rows, item)
        report.counts.add(VALUE_SETS, "read")
        report.counts.add(VALUE_SETS, item.how)
        if item.rows:
            report.counts.add(VALUE_SETS, "written")

    def _begin(self, release: Release, known: Known, report: Report) -> None:
        path = self._file.path
        version, before = self._versions.setdefault(release.id, (release.version, path.name))
        if version != release.version:
            remedy = f"another version of {release.id} than in {before}, which is already loaded: load only one of them"
            raise UnreadableFile(path, "", remedy)
        report.releases.append(known.loaded(release, self._file))
        known.bring_over(self._store, release, self._file)
        stored = self._store.nodes("Release", pa.array([release.id]), []).num_rows
        self._fresh = self._fresh and not stored

    def whole(self, item: Item | Noted | Settled) -> bool:
        return True

    def finish(self, batch: Batch, report: Report) -> None:
        batch.fresh = self._fresh
        self._declared.move(batch)
        if (concepts := batch.nodes.get("Concept")) is not None:
            own = leave_to_owner(self._store, concepts, self._terminology.prefixes)
            report.counts.add(TERMS, "superseded", concepts.num_rows - own.num_rows)
            batch.nodes["Concept"] = own
        if self._changes:
            self._changes.of(batch, self._fresh)

    def end(self) -> Sequence[str] | None:
        """Returns the ids of the releases in the file. None if the file named no release.

        Empty if the store has no earlier version of any release, because then nothing has to be removed.
        """
        if not self._terminology.prefixes:
            return [] if self._file.format in FORMATS else None
        return [] if self._fresh else list(self._terminology.prefixes)

    def sweep(self, releases: Sequence[str], batch: Batch, report: Report) -> None:
        if self._changes:
            self._changes.sweep(releases)

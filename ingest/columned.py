"""ingest: turns patients in columns into rows of the graph."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import NODES
from ingest.labels import Labels
from ingest.records import Patients, Version
from ingest.rows import Rows, framed
from ingest.secret import Keyed
from ingest.versions import Attempt, older


class Columned:
    """Turns Patients, which are patients with their events in columns, into rows of a batch.

    Adds the rows to `rows`, an Attempt for each patient to `attempts`, and the names of codes to `labels`. `versions`
    has the version of each record of the batch, by the id of the record.
    """

    def __init__(self, rows: Rows, job: str, keyed: Keyed, labels: Labels, attempts: list[Attempt]) -> None:
        self._rows, self._job, self._keyed = rows, job, keyed
        self._labels, self._attempts = labels, attempts
        self.versions: dict[str, Version] = {}

    def add(self, p: Patients) -> None:
        """Adds the rows of the patients `p`. A patient is left out if the batch already has a newer version."""
        attempts = [
            Attempt(Version(record, "Patient", p.source, owner, p.updated, None), self._keyed(content)[:16])
            for record, owner, content in zip(p.records, p.patients["id"].to_pylist(), p.content, strict=True)
        ]
        self._attempts += attempts
        kept = [not self._is_late(one.version) for one in attempts]
        if not all(kept):
            p, attempts = p.some(kept), [one for one, keep in zip(attempts, kept, strict=True) if keep]
        self.versions |= {one.version.record: one.version for one in attempts}
        self._add(p, framed(NODES["Resource"].arrow, [(*one.version, one.said, self._job) for one in attempts]))

    def _is_late(self, version: Version) -> bool:
        before = self.versions.get(version.record)
        return before is not None and older(version, before)

    def _add(self, p: Patients, resources: pa.Table) -> None:
        job = pa.array([self._job] * p.events.num_rows, pa.string())
        self._rows.patients(p.patients, resources, p.events.append_column("job", job))
        for concept in pc.unique(p.events["target"]).to_pylist():
            self._rows.stub(concept, None)
        said = pa.table({"concept": p.events["target"], "name": p.display, "patient": p.events["source"]})
        self._labels.say_all(p.source, said.filter(pc.is_valid(p.display)))

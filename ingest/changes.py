"""ingest: counts what a load changes, by comparing each statement with the store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import EDGES, Batch, Store
from ingest.counts import Counts

TERMS, NAMES, RELATIONS, MAPPINGS = "terms", "names", "relations", "mappings"
_TABLES = {
    "HAS_LABEL": NAMES,
    "IS_A": RELATIONS,
    "PART_OF": RELATIONS,
    "RELATES": RELATIONS,
    "MAPS_TO": MAPPINGS,
}
_COMPARED = ("label", "definition", "deprecated", "replaced_by", "kind", "omop")


class Changes:
    """Counts in `counts` which terms, names, relations and mappings a load job adds, changes and removes. `job` is its
    id.

    Each of these statements may occur only once in the batches of the job. A name, relation or mapping has no id. If
    the content of such a statement changes, it counts as a new statement.
    """

    def __init__(self, store: Store, job: str, counts: Counts) -> None:
        self._store, self._job, self._counts = store, job, counts
        # How many statements of earlier jobs the last batch repeats, for each kind and release.
        self._repeated: Counter[tuple[str, str]] = Counter()

    def of(self, batch: Batch, fresh: bool) -> None:
        """Counts the statements of a batch. Call this before the batch is written.

        `fresh` is true if the store has none of the releases in the batch.
        """
        self._repeated.clear()
        if (concepts := batch.nodes.get("Concept")) is not None:
            stored = {} if fresh else self._defined(concepts["id"].combine_chunks())
            for row in concepts.select(["id", *_COMPARED, "release"]).to_pylist():
                before = stored.get(row["id"])
                self._count(TERMS, row["release"], _change(row, before), before)
        for table, kind in _TABLES.items():
            for release, job in self._edges(batch, table, fresh):
                before = {"release": release, "job": job} if job else None
                self._count(kind, release, "unchanged" if before else "added", before)

    def _defined(self, ids: pa.Array) -> dict[str, dict[str, Any]]:
        rows = self._store.nodes("Concept", ids, [*_COMPARED, "stub", "release", "job"])
        return {row["id"]: row for row in rows.filter(pc.invert(rows["stub"])).to_pylist()}

    def _count(self, kind: str, release: str, what: str, before: dict[str, Any] | None) -> None:
        self._counts.add(kind, what)
        if what != "unchanged":
            self._counts.add(kind, "written")
        if before and before["release"] == release and before["job"] != self._job:
            self._repeated[kind, release] += 1

    def _edges(self, batch: Batch, table: str, fresh: bool) -> Iterator[tuple[str, str | None]]:
        """Yields the release of each edge of `table` in the batch, and the job that stated the edge before, or None."""
        if (edges := batch.edges.get(table)) is None or not edges.num_rows:
            return
        keys = list(dict.fromkeys((*EDGES[table].replaces, "target", "release")))
        jobs: dict[tuple[Any, ...], str] = {}
        if not fresh:
            rows = self._store.edges(table, pc.unique(edges["source"]), [*keys, "job"])
            jobs = dict(zip(_tuples(rows, keys), rows["job"].to_pylist(), strict=True))
        for key in _tuples(edges, keys):
            yield key[keys.index("release")], jobs.get(key)

    def sweep(self, releases: Sequence[str]) -> None:
        """Counts the statements that the store will remove when the last batch of the job is written.

        These are the statements of `releases` that an earlier job made and that this job did not make again.
        """
        for release in releases:
            stale = self._store.stale(release, self._job)
            for table, kind in (("Concept", TERMS), *_TABLES.items()):
                self._counts.add(kind, "removed", stale[table])
            for kind in (TERMS, NAMES, RELATIONS, MAPPINGS):
                self._counts.add(kind, "removed", -self._repeated[kind, release])


def _tuples(rows: pa.Table, names: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    return zip(*(rows[name].to_pylist() for name in names), strict=True)


def _change(row: dict[str, Any], before: dict[str, Any] | None) -> str:
    if before is None or before["release"] != row["release"]:
        return "added"
    if row["deprecated"] and not before["deprecated"]:
        return "obsoleted"
    return "changed" if any(row[name] != before[name] for name in _COMPARED) else "unchanged"

"""ingest: writes the groups of one meaning into the graph, so that Cypher gives the answer that the API gives.

The snapshot computes the groups; this writes the pairs that join them, in both directions, and the narrower pairs that
no hierarchy has. Nothing is written where the graph has them already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from graph.groups import RELEASE
from graph.snapshot import Snapshot, carried_snapshot, fresh_snapshot
from graph.store import Store
from ingest import jobs
from ingest.derived import Edge, Found, job_of, write
from ingest.jobs import Progress


def write_meanings(store: Store, folder: Path, progress: Progress) -> Snapshot:
    """Makes the snapshot of the store in `folder`, its state folder, and writes its groups where they are new."""
    snapshot = fresh_snapshot(store, folder)
    found = Found(RELEASE, RELEASE, [*_edges(snapshot)])
    job = job_of(store, "meaning", [found], progress)
    there, begun = _stored(store), job.report.resumed_at
    own = there[job.report.id]
    if own == there.total() == len(found.edges) and not begun:
        return snapshot
    whole = own == min(begun * jobs.BATCH_ITEMS, len(found.edges))
    if not whole:
        # Another job came in between, and may have deleted what an earlier run of this one wrote.
        job.start_over()
    write(job, fresh=whole)
    return carried_snapshot(store, folder, snapshot, job.writes)


def _stored(store: Store) -> Counter[str]:
    """How many of the stored edges of groups each job wrote."""
    found = Counter[str]()
    for table in ("SAME_AS", "NARROWER"):
        for piece in store.scan(table, ["job"]):
            found.update({row["values"]: row["counts"] for row in piece["job"].value_counts().to_pylist()})
    return found


def _edges(snapshot: Snapshot) -> Iterator[Edge]:
    for one, other, *why in _rows(snapshot, snapshot.same.table):
        yield Edge("SAME_AS", (one, other, *why))
        yield Edge("SAME_AS", (other, one, *why))
    for row in _rows(snapshot, snapshot.narrower.table):
        yield Edge("NARROWER", row)


def _rows(snapshot: Snapshot, table: pa.Table) -> Iterator[tuple[str, ...]]:
    ends = (snapshot.concepts["id"].take(table[end]).to_pylist() for end in ("one", "other"))
    rest = (table[name].to_pylist() for name in ("probability", "level", "evidence"))
    return zip(*ends, *rest, strict=True)

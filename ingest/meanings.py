"""ingest: writes the groups of concepts to the graph, so that a Cypher query and the API give the same answer.

The snapshot computes the groups. This job writes the pairs of concepts that form the groups, in both directions, and
the narrower pairs that are in no hierarchy. If the graph already has the same pairs, nothing is written.
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
    """Updates the snapshot in the store's state folder `folder`. If the groups of concepts in the snapshot changed,
    writes them to the store. Returns the current snapshot.
    """
    snapshot = fresh_snapshot(store, folder)
    found = Found(RELEASE, RELEASE, [*_edges(snapshot)])
    job = job_of(store, "meaning", [found], progress)
    stored, begun = _stored(store), job.report.resumed_at
    own = stored[job.report.id]
    if own == stored.total() == len(found.edges) and not begun:
        return snapshot
    whole = own == min(begun * jobs.BATCH_ITEMS, len(found.edges))
    if not whole:
        # Another job ran in between, and may have deleted edges that an earlier run of this job wrote.
        job.start_over()
    write(job, fresh=whole)
    return carried_snapshot(store, folder, snapshot, job.writes)


def _stored(store: Store) -> Counter[str]:
    """Returns how many edges SAME_AS and NARROWER of each job are stored."""
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

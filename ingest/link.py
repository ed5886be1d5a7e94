"""ingest: the link job; embeds the names of a store and writes what follows from their meaning.

It reads the graph and a model, and writes neighbours and candidate mappings. It is known by what it found, so that a
job on a graph that did not change is the same job; what an earlier one found and this one did not goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from graph.errors import NothingLoaded
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, Store
from ingest.derived import Edge, Found, job_of, write
from ingest.jobs import Progress, Report
from ingest.meanings import write_meanings
from linking.encoding import Meaning, VectorCache, names_in_turn, wanted
from linking.encoding import Progress as Encoded
from linking.neighbours import Concepts, Spelling, concept_vectors, nearest, neighbours
from linking.neighbours import candidates as proposals
from linking.search import texts


def link(
    store: Store, folder: Path, cache: VectorCache, progress: Progress, vectors_into_neo4j: bool = False
) -> Report:
    """Links what the store holds; the snapshot in `folder`, the store's state folder, is made fresh.

    Raises NothingLoaded for an empty store, GraphError where the engine cannot take the vectors and was told to.
    """
    snapshot = _snapshot(store, folder, cache, vectors_into_neo4j)
    meaning = Meaning(snapshot, cache, told(progress, "names"))
    for kind in snapshot.records:
        meaning.kept(texts(snapshot, kind), told(progress, f"texts of {kind}"))
    concepts = concept_vectors(meaning)
    if vectors_into_neo4j:
        store.fill_vectors([snapshot.ids[number] for number in concepts.numbers.tolist()], concepts.vectors)
    found = list(_links(meaning, concepts, progress))
    report = write(job_of(store, "link", found, progress))
    write_meanings(store, folder, progress)
    return report


def unencoded(store: Store, folder: Path, cache: VectorCache, vectors_into_neo4j: bool = False) -> dict[str, list[str]]:
    """What `link` would encode first, in its order, by kind: empty where all of it has a vector.

    Raises the same as `link`.
    """
    snapshot = _snapshot(store, folder, cache, vectors_into_neo4j)
    texts_of = {"names": names_in_turn(snapshot, wanted(snapshot))}
    texts_of |= {f"texts of {kind}": texts(snapshot, kind) for kind in snapshot.records}
    return {what: every for what, every in texts_of.items() if (cache.known(every) < 0).any()}


def _snapshot(store: Store, folder: Path, cache: VectorCache, vectors_into_neo4j: bool) -> Snapshot:
    snapshot = fresh_snapshot(store, folder)
    if not snapshot.epoch:
        raise NothingLoaded(store.address)
    if vectors_into_neo4j:
        # An engine without an index says so now, not when all is encoded.
        store.fill_vectors([], np.empty((0, cache.encoder.width), np.float32))
    return snapshot


def _links(meaning: Meaning, concepts: Concepts, progress: Progress) -> Iterator[Found]:
    snapshot, spelling = meaning.snapshot, Spelling(concepts.labels)
    near = nearest(concepts, neighbours.SEEN, told(progress, "concepts"))
    candidates, _ = proposals.proposals(meaning, concepts, near[1], spelling)
    edges = neighbours.neighbours(meaning, concepts, near, proposals.keys_of(concepts, candidates))
    yield _named(snapshot, "NEIGHBOUR", neighbours.RELEASE, meaning.model, edges)
    rows = candidates.num_rows
    given = dict.fromkeys(("author", "reviewer", "date", "comment")) | {
        "state": "proposed",
        "tool": "tricuspid",
        "statement": proposals.RELEASE,
    }
    for name, said in given.items():
        candidates = candidates.append_column(name, pa.array([said] * rows, pa.string()))
    candidates = candidates.select(EDGES["MAPS_TO"].arrow.names[:-2])
    yield _named(snapshot, "MAPS_TO", proposals.RELEASE, proposals.RELEASE, candidates)


def _named(snapshot: Snapshot, table: str, release: str, name: str, rows: pa.Table) -> Found:
    """Rows with CURIEs in the place of numbers."""
    ends = [snapshot.concepts["id"].take(rows[end]).to_pylist() for end in ("source", "target")]
    columns = [*ends, *(rows[name].to_pylist() for name in rows.column_names[2:])]
    return Found(release, name, [Edge(table, values) for values in zip(*columns, strict=True)])


def told(progress: Progress, what: str) -> Encoded:
    """What tells how many of these are done."""
    return lambda done, _all: progress(what, done)

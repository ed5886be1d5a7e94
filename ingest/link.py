"""ingest: the link job, which encodes the names of a store and writes neighbours and candidate mappings.

The id of the job depends on its results, so a second run on an unchanged graph is the same job. The results replace
those of earlier link jobs.
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
    """Links a store, and updates the snapshot in the state folder `folder`.

    Raises NothingLoaded for an empty store, and GraphError if `vectors_into_neo4j` is set for an engine without a
    vector index.
    """
    snapshot = _snapshot(store, folder, cache, vectors_into_neo4j)
    meaning = Meaning(snapshot, cache, counting(progress, "names"))
    for kind in snapshot.records:
        meaning.kept(texts(snapshot, kind), counting(progress, f"texts of {kind}"))
    concepts = concept_vectors(meaning)
    if vectors_into_neo4j:
        store.fill_vectors([snapshot.ids[number] for number in concepts.numbers.tolist()], concepts.vectors)
    found = list(_links(meaning, concepts, progress))
    report = write(job_of(store, "link", found, progress))
    write_meanings(store, folder, progress)
    return report


def unencoded(store: Store, folder: Path, cache: VectorCache, vectors_into_neo4j: bool = False) -> dict[str, list[str]]:
    """Returns the texts that `link` would encode, such as `names`, by kind and in the order of `link`.

    Kinds whose texts all have vectors are left out. Raises the same errors as `link`.
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
        # An engine without a vector index fails here, before the encoding.
        store.fill_vectors([], np.empty((0, cache.encoder.width), np.float32))
    return snapshot


def _links(meaning: Meaning, concepts: Concepts, progress: Progress) -> Iterator[Found]:
    snapshot, spelling = meaning.snapshot, Spelling(concepts.labels)
    near = nearest(concepts, neighbours.SEEN, counting(progress, "concepts"))
    candidates, _ = proposals.proposals(meaning, concepts, near[1], spelling)
    edges = neighbours.neighbours(meaning, concepts, near, proposals.keys_of(concepts, candidates))
    yield _named(snapshot, "NEIGHBOUR", neighbours.RELEASE, meaning.model, edges)
    rows = candidates.num_rows
    given = dict.fromkeys(("author", "reviewer", "date", "comment")) | {
        "state": "proposed",
        "tool": "tricuspid",
        "statement": proposals.RELEASE,
    }
    for name, value in given.items():
        candidates = candidates.append_column(name, pa.array([value] * rows, pa.string()))
    candidates = candidates.select(EDGES["MAPS_TO"].arrow.names[:-2])
    yield _named(snapshot, "MAPS_TO", proposals.RELEASE, proposals.RELEASE, candidates)


def _named(snapshot: Snapshot, table: str, release: str, name: str, rows: pa.Table) -> Found:
    """Returns `rows` as edges of `table`, with CURIEs instead of the concept numbers of the snapshot."""
    ends = [snapshot.concepts["id"].take(rows[end]).to_pylist() for end in ("source", "target")]
    columns = [*ends, *(rows[name].to_pylist() for name in rows.column_names[2:])]
    return Found(release, name, [Edge(table, values) for values in zip(*columns, strict=True)])


def counting(progress: Progress, what: str) -> Encoded:
    """Returns a progress function for the encoder that reports the number of `what`."""
    return lambda done, _all: progress(what, done)

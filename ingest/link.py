"""ingest: the link job; embeds the names of a store and writes what follows from their meaning.

It reads the graph and a model, and writes neighbours and candidate mappings. It is known by what it found, so that a
job on a graph that did not change is the same job; what an earlier one found and this one did not goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa

from graph.errors import NothingLoaded
from graph.meaning import neighbours, proposals
from graph.meaning.encoder import Progress as Encoded
from graph.meaning.likest import Concepts, concept_vectors, likest
from graph.meaning.meaning import Meaning
from graph.meaning.related import texts
from graph.meaning.spelling import Spelling
from graph.meaning.vectors import VectorCache
from graph.schema import EDGES
from graph.snapshot import Snapshot
from graph.snapshot_build import fresh_snapshot
from graph.store import Batch, Store
from ingest.inputs import Input, Inputs
from ingest.jobs import Job, Progress, Report
from ontologies.model import Refused


class Edge(NamedTuple):
    """A row for one of the tables that the job writes, but for the release and the job."""

    table: str
    values: tuple[Any, ...]


class Found(NamedTuple):
    """What is written under one release."""

    release: str
    edges: list[Edge]


def link(
    store: Store, folder: Path, cache: VectorCache, progress: Progress, vectors_into_neo4j: bool = False
) -> Report:
    """Links what the store holds; the snapshot in `folder`, the store's state folder, is made fresh.

    Raises NothingLoaded for an empty store, GraphError where the engine cannot take the vectors and was told to.
    """
    snapshot = fresh_snapshot(store, folder)
    if not snapshot.epoch:
        raise NothingLoaded(store.address)
    if vectors_into_neo4j:
        # An engine without an index says so now, not when all is encoded.
        store.fill_vectors([], np.empty((0, cache.encoder.width), np.float32))
    meaning = Meaning(snapshot, cache, _told(progress, "names"))
    for kind in snapshot.records:
        meaning.kept(texts(snapshot, kind), _told(progress, f"texts of {kind}"))
    concepts = concept_vectors(meaning)
    if vectors_into_neo4j:
        store.fill_vectors([snapshot.ids[number] for number in concepts.numbers.tolist()], concepts.vectors)
    found = _links(meaning, concepts, progress)
    inputs = [_input(name, some) for name, some in zip((meaning.model, proposals.RELEASE), found, strict=True)]
    linking = _Linking()
    report = Job(store, "link", Inputs(inputs, [], []), progress).run(linking, linking.edges)
    fresh_snapshot(store, folder)
    return report


def _links(meaning: Meaning, concepts: Concepts, progress: Progress) -> Iterator[Found]:
    snapshot, spelling = meaning.snapshot, Spelling(concepts.labels)
    near = likest(concepts, neighbours.SEEN, _told(progress, "concepts"))
    edges, _ = neighbours.neighbours(meaning, concepts, near, spelling)
    yield _named(snapshot, "NEIGHBOUR", neighbours.RELEASE, edges)
    candidates, _ = proposals.proposals(meaning, concepts, near[1], spelling)
    rows = candidates.num_rows
    given = {"state": "proposed", "author": None, "reviewer": None, "statement": proposals.RELEASE}
    for name, said in given.items():
        candidates = candidates.append_column(name, pa.array([said] * rows, pa.string()))
    candidates = candidates.select(EDGES["MAPS_TO"].arrow.names[:-2])
    yield _named(snapshot, "MAPS_TO", proposals.RELEASE, candidates)


def _named(snapshot: Snapshot, table: str, release: str, rows: pa.Table) -> Found:
    """Rows with CURIEs in the place of numbers."""
    ends = [snapshot.concepts["id"].take(rows[end]).to_pylist() for end in ("source", "target")]
    columns = [*ends, *(rows[name].to_pylist() for name in rows.column_names[2:])]
    return Found(release, [Edge(table, values) for values in zip(*columns, strict=True)])


def _input(name: str, found: Found) -> Input[Found]:
    digest = sha256(found.release.encode() + name.encode())
    for edge in found.edges:
        digest.update(orjson.dumps(edge.values))
    return Input(Path(found.release), found, digest.hexdigest(), name)


def _told(progress: Progress, what: str) -> Encoded:
    return lambda done, _all: progress(what, done)


class _Linking:
    """The taker of link jobs: what is found of a kind is a release of its own, which may be cut anywhere."""

    alone = True

    def begin(self, job: Job) -> None:
        self._rows = job.rows

    def edges(self, file: Input[Found]) -> Iterator[Edge]:
        self._release = file.format.release
        yield from file.format.edges

    def take(self, item: Edge, report: Report) -> Refused | None:
        self._rows.edge(item.table, *item.values, self._release, report.id)
        report.read += 1
        report.written += 1
        return None

    def whole(self, item: Edge) -> bool:
        return True

    def finish(self, batch: Batch, report: Report) -> None:
        """Nothing is left to be added."""

    def end(self) -> str | None:
        return self._release

"""ingest: derived jobs, which write edges computed from the graph.

The id of a derived job depends on its edges, so a second run on an unchanged graph is the same job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.store import Batch, Store
from ingest.inputs import Input, Inputs
from ingest.jobs import Job, Progress, Report
from ontologies.model import Refused

_KINDS = {"MAPS_TO": "mappings"}


class Edge(NamedTuple):
    """A row of an edge table, without the release and the job."""

    table: str
    values: tuple[Any, ...]


class Found(NamedTuple):
    """The edges of one release; `name` is the method or model that found the edges."""

    release: str
    name: str
    edges: Sequence[Edge]


def job_of(store: Store, kind: str, found: Sequence[Found], progress: Progress) -> Job:
    return Job(store, kind, Inputs([_input(some) for some in found], [], []), progress, _plain)


def _plain(known_by: str) -> str:
    """Returns the SHA-256 of `known_by`, from which the id of a derived job is made.

    The hash has no key, because a derived job reads no files, so the hash cannot reveal the content of a file.
    """
    return sha256(known_by.encode()).hexdigest()


def write(job: Job, fresh: bool = False) -> Report:
    """Runs a derived job, which writes its edges in place of the edges of earlier jobs of the same kind.

    `fresh` is true if the store has no edges of such earlier jobs.
    """
    taker = _Derived(fresh)
    return job.run(taker, taker.edges)


def _input(found: Found) -> Input[Found]:
    digest = sha256(found.release.encode() + found.name.encode())
    for edge in found.edges:
        digest.update(orjson.dumps([edge.table, edge.values]))
    return Input(Path(found.release), found, digest.hexdigest(), found.name)


class _Derived:
    """Turns the edges of a derived job into rows (`ingest.jobs.Taker`). Each Found is a release of its own.

    A batch may end after any edge.
    """

    alone = True

    def __init__(self, fresh: bool) -> None:
        self._fresh = fresh

    def begin(self, job: Job, file: Input[Found]) -> None:
        self._rows = job.rows

    def edges(self, file: Input[Found]) -> Iterator[Edge]:
        self._release = file.format.release
        yield from file.format.edges

    def take(self, item: Edge, report: Report) -> Refused | None:
        self._rows.edge(item.table, *item.values, self._release, report.id)
        report.counts.ended(_KINDS.get(item.table, "relations"), "written")
        return None

    def whole(self, item: Edge) -> bool:
        return True

    def finish(self, batch: Batch, report: Report) -> None:
        batch.fresh = self._fresh

    def end(self) -> Sequence[str]:
        return [self._release]

    def sweep(self, releases: Sequence[str], batch: Batch, report: Report) -> None:
        pass

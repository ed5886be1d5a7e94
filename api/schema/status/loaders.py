"""api: columns of releases and jobs. Each release or job has the number of its row in the table of the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow.compute as pc

from api.fields import Column, Context, Stored
from graph.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Input:
    file: str | None
    hash: str | None


@dataclass(frozen=True, slots=True)
class Reason:
    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class RecordCount:
    kind: str | None
    read: int
    written: int
    unchanged: int
    superseded: int
    deleted: int
    refused: int
    not_read: int
    added: int
    changed: int
    obsoleted: int
    removed: int


def newest_jobs(snapshot: Snapshot) -> list[int]:
    """Returns the row numbers of all jobs, the most recently started first."""
    return [*reversed(range(snapshot.tables["Job"].num_rows))]


def _concepts(context: Context, releases: Sequence[int]) -> list[int]:
    counted = pc.value_counts(context.snapshot.concepts["release"].combine_chunks())
    counts = dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
    return [counts.get(id_, 0) for id_ in context.snapshot.column(context.snapshot.tables["Release"], "id", releases)]


def _inputs(context: Context, jobs: Sequence[int]) -> list[list[Input]]:
    column = context.snapshot.column(context.snapshot.tables["Job"], "inputs", jobs)
    return [[Input(one.get("file"), one.get("hash")) for one in orjson.loads(text or "[]")] for text in column]


def _reasons(context: Context, jobs: Sequence[int]) -> list[list[Reason]]:
    column = context.snapshot.column(context.snapshot.tables["Job"], "reasons", jobs)
    counts = [orjson.loads(text or "{}").items() for text in column]
    return [[Reason(*pair) for pair in sorted(some, key=lambda pair: (-pair[1], pair[0]))] for some in counts]


def refused(snapshot: Snapshot, job: str, file: str | None, reason: str | None) -> list[int]:
    """Returns the rows of a job's refusals that are from this file and whose reason contains this text.

    A filter that is None has no effect.
    """
    rows, table = snapshot.refusals(job), snapshot.tables["Refusal"]
    columns = zip(rows, *(snapshot.column(table, name, rows) for name in ("file", "reason")), strict=True)
    wanted = (reason or "").lower()
    return [row for row, of, why in columns if file in (None, of) and wanted in (why or "").lower()]


def refusals(file: str | None, reason: str | None) -> Column:
    def read(context: Context, jobs: Sequence[int]) -> list[list[int]]:
        ids = context.snapshot.column(context.snapshot.tables["Job"], "id", jobs)
        return [refused(context.snapshot, job, file, reason) for job in ids]

    return read


def _counts(context: Context, jobs: Sequence[int]) -> list[list[RecordCount]]:
    column = context.snapshot.column(context.snapshot.tables["Job"], "counts", jobs)
    return [
        [RecordCount(**row | {"kind": row["kind"] or None}) for row in orjson.loads(text or "[]")] for text in column
    ]


def _fields(table: str, names: Sequence[str]) -> dict[str, Column]:
    return {name: Stored(lambda snapshot: snapshot.tables[table], name) for name in names}


REFUSAL: dict[str, Any] = _fields("Refusal", ("file", "position", "reason"))
_COUNTS = ("read", "written", "unchanged", "superseded", "deleted", "refused", "not_read", "unmapped")
ONTOLOGY: dict[str, Any] = _fields("Release", ("id", "prefix", "version", "iri", "licence", "title", "loaded"))
ONTOLOGY |= {"concepts": _concepts}
JOB: dict[str, Any] = _fields("Job", ("id", "kind", "state", "started", "finished", *_COUNTS))
JOB |= {"inputs": _inputs, "reasons": _reasons, "counts": _counts}

"""api: what is loaded, and which jobs loaded it."""

from __future__ import annotations

from collections.abc import Sequence

import strawberry

from api.fields import (
    FAILS,
    FIRST,
    After,
    Connection,
    Context,
    EncoderState,
    First,
    Node,
    Page,
    grouped,
    only_curators,
    pages,
    resolved,
    start_of,
)
from api.schema.status.loaders import JOB, ONTOLOGY, newest_jobs
from api.schema.status.types import Encoder, Job, Ontology


def _ontologies(info: strawberry.Info[Context]) -> Sequence[Node]:
    return grouped(info.context, ONTOLOGY, [range(info.context.snapshot.tables["Release"].num_rows)])[0]


def _jobs(info: strawberry.Info[Context], first: First = FIRST, after: After = None) -> Page:
    only_curators(info.context, "jobs are")
    return pages(
        info.context,
        JOB,
        [newest_jobs(info.context.snapshot)],
        first,
        start_of(info.context.snapshot.epoch, first, after),
    )[0]


def _encoder(info: strawberry.Info[Context]) -> Encoder:
    told = info.context.understanding.encoded(info.context.snapshot)
    state = EncoderState(told.state.partition(":")[0])
    return Encoder(state=state, detail=told.state, names=told.names, encoded=told.encoded)


@strawberry.type
class StatusQuery:
    ontologies: list[Ontology] = resolved(
        _ontologies, "All releases that are loaded, mapping sets and translations among them, by id."
    )
    encoder: Encoder = resolved(_encoder, "How far the encoder is with the names that `search` and `ground` go by.")
    jobs: Connection[Job] | None = resolved(
        _jobs, f"Runs of load and ingest, the last first. For the roles `steward` and `exact`. {FAILS}"
    )

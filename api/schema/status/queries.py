"""api: the queries for loaded releases, jobs and the encoder."""

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
    encoded = info.context.understanding.encoded(info.context.snapshot)
    state = EncoderState(encoded.state.partition(":")[0])
    return Encoder(state=state, detail=encoded.state, names=encoded.names, encoded=encoded.encoded)


@strawberry.type
class StatusQuery:
    ontologies: list[Ontology] = resolved(
        _ontologies, "All loaded releases, including mapping sets and translations, sorted by id."
    )
    encoder: Encoder = resolved(
        _encoder, "State of the encoder, and how many names are encoded for `search` and `ground`."
    )
    jobs: Connection[Job] | None = resolved(
        _jobs, f"All jobs, the most recently started first. For the roles `steward` and `exact`. {FAILS}"
    )

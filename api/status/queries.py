"""api: what is loaded, and which jobs loaded it."""

from __future__ import annotations

from typing import Any

import strawberry

from api.connection import FIRST, After, Connection, First, pages, start_of
from api.context import Context, grouped
from api.status.loaders import JOB, ONTOLOGY, newest_jobs
from api.status.types import Job, Ontology


@strawberry.type
class StatusQuery:
    @strawberry.field(description="All releases that are loaded, mapping sets and translations among them, by id.")
    def ontologies(self, info: strawberry.Info[Context]) -> list[Ontology]:
        releases = range(info.context.snapshot.tables["Release"].num_rows)
        found: Any = grouped(info.context, ONTOLOGY, [releases])[0]
        return found

    @strawberry.field(description="Runs of load and ingest, the last started first.")
    def jobs(
        self, info: strawberry.Info[Context], first: First = FIRST, after: After = None
    ) -> Connection[Job] | None:
        start = start_of(first, after)
        found: Any = pages(info.context, JOB, [newest_jobs(info.context.snapshot)], first, start)[0]
        return found

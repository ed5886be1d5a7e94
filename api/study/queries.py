"""api: studies by id and by what they are about."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.connection import FIRST, After, First, pages, start_of
from api.context import Context, Kind, Node, nodes, resolved
from api.errors import NotFound
from api.level import AtLevel, Certainty
from api.reached.loaders import ReachedPage, reached_pages
from api.reached.types import ReachedConnection
from api.role import DEFAULT, InRoles, chosen
from api.study.loaders import STUDY
from api.study.types import Study

About = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only records about this concept or anything in its reach: `MONDO:0005148`."),
]
StudyId = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="CURIE, number or web page of the trial: `clinicaltrials:NCT00000620`, `NCT00000620`."
    ),
]


def one_record(context: Context, kind: str, fields: Kind, id_: str) -> Node | None:
    return nodes(context, fields, [context.snapshot.record(kind, id_)])[0]


def listed_records(kind: str, fields: Kind, description: str) -> Any:
    """The field whose value is a page of all records of a kind, or of those about a concept's reach."""

    def resolve(
        info: strawberry.Info[Context],
        about: About = None,
        level: AtLevel = Certainty.LIKELY,
        roles: InRoles = DEFAULT,
        first: First = FIRST,
        after: After = None,
    ) -> ReachedPage:
        context = info.context
        start, named = start_of(context.snapshot.epoch, first, after), chosen(roles)
        if about is None:
            every = range(len(context.snapshot.records[kind].ids))
            return ReachedPage(pages(context, fields, [every], first, start)[0])
        concept = context.concept(about)
        if concept is None:
            raise NotFound("concept", about)
        return reached_pages(context, [concept], kind, fields, level.level, named, first, start)[0]

    return resolved(resolve, description)


def _study(info: strawberry.Info[Context], id: StudyId) -> Node | None:
    return one_record(info.context, "Study", STUDY, id)


@strawberry.type
class StudyQuery:
    study: Study | None = resolved(_study, "One study; null where nobody knows the id.")
    studies: ReachedConnection[Study] | None = listed_records("Study", STUDY, "Studies, by id.")

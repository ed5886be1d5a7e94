"""api: how many patients meet some criteria."""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import strawberry

from api.cohort.loaders import CRITERION, Named, members
from api.cohort.types import Cohort, CohortCriteria
from api.context import Context, Node, grouped
from api.disclosure import PatientNumber, disclosed


class Counted(NamedTuple):
    """What a Cohort is made from."""

    patients: PatientNumber
    criteria: list[Node]


@strawberry.type
class CohortQuery:
    @strawberry.field(description="The patients who meet all criteria; everyone where there are none.")
    def cohort(
        self,
        info: strawberry.Info[Context],
        criteria: Annotated[
            CohortCriteria,
            strawberry.argument(description='Who is meant: `{all: ["MONDO:0005148"], sex: female, bornTo: 1970}`.'),
        ],
    ) -> Cohort | None:
        context = info.context
        named = Named(context, criteria)
        count = disclosed(len(members(context.snapshot, named, criteria)), context.role)
        counted: Any = Counted(count, grouped(context, CRITERION, [named.concepts])[0])
        return counted

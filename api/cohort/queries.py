"""api: how many patients meet some criteria."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import strawberry

from api.cohort.loaders import CRITERION, Named, members
from api.cohort.types import Cohort, CohortCriteria
from api.context import Context, Node, grouped, resolved, told
from api.disclosure import PatientNumber


class Counted(NamedTuple):
    """What a Cohort is made from."""

    patients: PatientNumber
    criteria: Sequence[Node]


Criteria = Annotated[
    CohortCriteria,
    strawberry.argument(description='Who is meant: `{all: ["MONDO:0005148"], sex: female, bornTo: 1970}`.'),
]


def _cohort(info: strawberry.Info[Context], criteria: Criteria) -> Counted:
    context = info.context
    named = Named(context, criteria)
    count = told(context, named.read(criteria), [len(members(context.snapshot, named, criteria))])[0]
    return Counted(count, grouped(context, CRITERION, [named.concepts])[0])


@strawberry.type
class CohortQuery:
    cohort: Cohort | None = resolved(_cohort, "The patients who meet all criteria; everyone where there are none.")

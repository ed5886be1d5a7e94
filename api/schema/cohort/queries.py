"""api: the query for the number of patients who meet criteria."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, NamedTuple

import strawberry

from api.disclosure import UNCHANGED, PatientNumber
from api.errors import Forbidden
from api.fields import FAILS, AtLevel, Certainty, Context, Node, disclosed_counts, grouped, resolved
from api.schema.cohort.criteria import Criteria, criteria_of
from api.schema.cohort.loaders import CRITERION, NOT_EXACT, OTHER, Named, group, question
from api.schema.cohort.types import Cohort, CohortCriteria
from api.schema.uncounted.notice import note_left_out


class Counted(NamedTuple):
    """The data of a Cohort."""

    patients: PatientNumber
    criteria: Sequence[Node]


_Criteria = Annotated[
    CohortCriteria,
    strawberry.argument(description='The criteria: `{all: ["MONDO:0005148"], sex: FEMALE, bornTo: 1970}`.'),
]


def _cohort(info: strawberry.Info[Context], criteria: _Criteria, level: AtLevel = Certainty.LIKELY) -> Counted:
    return counted(info.context, criteria_of(criteria), level)


def counted(context: Context, criteria: Criteria, level: Certainty) -> Counted:
    """Returns the number of patients who meet the criteria, after disclosure control."""
    if criteria.uncertain and context.role not in UNCHANGED:
        raise Forbidden("uncertain events are counted", UNCHANGED)
    named = Named(context, criteria)
    context.spend(question(context.snapshot, named, criteria, level.level))

    note_left_out(context, [one.concept for one in (*named.all, *named.any)], level.level, patients=True)
    note_left_out(context, [one.concept for one in named.none], OTHER[level.level], patients=True)
    shown = group(context.snapshot, named, criteria, level.level, context.role)
    patients = disclosed_counts(context, named.read(criteria), level.level, [shown])[0]
    if context.role not in UNCHANGED and not patients.withheld:
        context.notes["disclosure"] = NOT_EXACT
    return Counted(patients, grouped(context, CRITERION, [named.criteria(level.level)])[0])


@strawberry.type
class CohortQuery:
    cohort: Cohort | None = resolved(
        _cohort,
        "The patients who meet all criteria; all patients if there are no criteria. At LIKELY, `all` and `any` use the "
        "reach at LIKELY and `none` uses the reach at CERTAIN. At CERTAIN, the levels are swapped. So every patient of "
        "the cohort at CERTAIN is also in the cohort at LIKELY. For roles below `exact`, criteria that change the "
        "number by fewer than about ten are not applied, and bounds of birth years move to nearby round years. If the "
        "counts of the two levels differ by fewer than about ten, both levels return the count at LIKELY. Without "
        f"these rules, the difference between two counts could identify a patient. {FAILS}",
    )

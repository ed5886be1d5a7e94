"""api: the arguments of results about the patients of a cohort."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from api.schema.cohort.inputs import CohortDefinition, EventsInput


@strawberry.enum(description="A property by which the patients of a cohort are divided.")
class BreakdownBy(Enum):
    SEX = strawberry.enum_value("sex", description="Administrative gender.")
    AGE = strawberry.enum_value(
        "age", description="Age at the start of the time in the cohort: the lowest age of a band of ten years."
    )
    BIRTH = strawberry.enum_value("birth", description="First year of the decade of birth.")
    YEAR = strawberry.enum_value("year", description="Calendar year in which the time in the cohort starts.")
    CARE_SITE = strawberry.enum_value("care_site", description="Care site that treats the patient.")


@strawberry.input(description="Events with a name, as a step of a path.")
class NamedEvents:
    name: str = strawberry.field(description="The name of the step: `metformin`.")
    events: EventsInput = strawberry.field(description="The events: `{kinds: [MEDICATION]}`.")


By = Annotated[
    list[BreakdownBy],
    strawberry.argument(description="The properties by which the patients are divided, at most two: `[SEX, AGE]`."),
]
OutcomeEvents = Annotated[
    EventsInput, strawberry.argument(description="The events that are the outcome: `{kinds: [DEATH]}`.")
]
BranchesOf = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Also divides the patients by the narrower concepts of this concept: `MONDO:0005015`."
    ),
]
ValueSetIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description='Also divides the patients by these value sets or concepts: `["valueset:liver"]`.'),
]
SourceNames = Annotated[
    list[str] | None, strawberry.argument(description='Also divides the patients by source of records: `["west"]`.')
]
Off = Annotated[list[str], strawberry.argument(description='Names of the rules to switch off: `["no insulin"]`.')]
Days = Annotated[
    int | None,
    strawberry.argument(
        description="Lowest (`since`) or highest (`until`) number of days from the start in the cohort to an event: "
        "`-365`."
    ),
]
Other = Annotated[
    CohortDefinition, strawberry.argument(description="Definition of the other cohort: `{entry: [{kinds: [VISIT]}]}`.")
]
Steps = Annotated[
    list[NamedEvents],
    strawberry.argument(description='The possible steps of a path: `[{name: "death", events: {kinds: [DEATH]}}]`.'),
]
Within = Annotated[
    int,
    strawberry.argument(
        description="Events at most this many days after the first event of a step belong to the same step: `30`."
    ),
]
Every = Annotated[int, strawberry.argument(description="Number of days in each row of the table: `30`.")]

"""api: the type Cohort and the criteria that define a cohort."""

from __future__ import annotations

from enum import Enum
from typing import Annotated, Any

import strawberry

from api.fields import Certainty, resolved
from api.schema.cohort.loaders import reached
from api.schema.concept.types import PatientCount


@strawberry.enum(description="Administrative gender (https://hl7.org/fhir/R4/valueset-administrative-gender.html).")
class Sex(Enum):
    FEMALE = strawberry.enum_value("female", description="Female.")
    MALE = strawberry.enum_value("male", description="Male.")
    OTHER = strawberry.enum_value("other", description="Other.")
    UNKNOWN = strawberry.enum_value(
        "unknown", description="Recorded as unknown. Patients without a recorded gender are not included."
    )


@strawberry.input(
    description="The criteria of a cohort. A patient must meet all criteria. A concept in the criteria includes all "
    "concepts in its reach. A criterion that is omitted, null or an empty list has no effect."
)
class CohortCriteria:
    all: list[strawberry.ID] | None = strawberry.field(
        default=None, description='The patient has an event on each of these concepts: `["MONDO:0005148"]`.'
    )
    any: list[strawberry.ID] | None = strawberry.field(
        default=None,
        description='The patient has an event on at least one of these concepts: `["MONDO:0005148", "DOID:9352"]`.',
    )
    none: list[strawberry.ID] | None = strawberry.field(
        default=None, description='The patient has no event on any of these concepts: `["MONDO:0005147"]`.'
    )
    sex: Sex | None = strawberry.field(
        default=None, description="Only patients of this administrative gender: `FEMALE`."
    )
    born_from: int | None = strawberry.field(
        default=None, description="Only patients born in this year or later, with a known year of birth: `1950`."
    )
    born_to: int | None = strawberry.field(
        default=None, description="Only patients born in this year or earlier, with a known year of birth: `1970`."
    )
    uncertain: bool | None = strawberry.field(
        default=False,
        description="True if uncertain events (`unconfirmed`, `provisional` or `differential`) also count for `all` "
        "and `any`: `true`. Only for the role `exact`, because only a few patients have uncertain events.",
    )


_Level = Annotated[
    Certainty | None, strawberry.argument(description="Level to use instead of the level of the criterion: `CERTAIN`.")
]


def _reached(root: strawberry.Parent[Any], level: _Level = None) -> Any:
    return root.once((reached, level), reached(level and level.level))


@strawberry.type(description="A concept of the criteria, and the level of the reach that was used for this concept.")
class Criterion:
    id: strawberry.ID = strawberry.field(description="CURIE in its standard spelling: `MONDO:0005148`.")
    label: str | None = strawberry.field(description="Label of the concept: `type 2 diabetes mellitus`.")
    level: Certainty = strawberry.field(
        description="The level of the reach: for `all` and `any` the level of the cohort, and for `none` the other "
        "level: `LIKELY`."
    )
    reached: int = resolved(_reached, "Number of concepts in the reach, including the concept itself: `3`.")


@strawberry.type(description="The number of patients who meet the criteria.")
class Cohort:
    patients: PatientCount = strawberry.field(description="The number of patients, after disclosure control.")
    criteria: list[Criterion] = strawberry.field(
        description="The concepts of the criteria, in the order `all`, `any`, `none`; each concept once per level."
    )

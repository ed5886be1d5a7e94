"""api: the type Cohort and the criteria that define one."""

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
    UNKNOWN = strawberry.enum_value("unknown", description="Recorded as unknown; not those without a record of it.")


@strawberry.input(
    description="Who is meant: everyone who meets all of these. A concept stands for everything in its reach; a "
    "criterion that is left out, null or an empty list excludes nobody."
)
class CohortCriteria:
    all: list[strawberry.ID] | None = strawberry.field(
        default=None, description='An event on each of these concepts: `["MONDO:0005148"]`.'
    )
    any: list[strawberry.ID] | None = strawberry.field(
        default=None, description='An event on at least one of these: `["MONDO:0005148", "MONDO:0005147"]`.'
    )
    none: list[strawberry.ID] | None = strawberry.field(
        default=None, description='No event on any of these: `["MONDO:0005147"]`.'
    )
    sex: Sex | None = strawberry.field(default=None, description="Only of this administrative gender: `FEMALE`.")
    born_from: int | None = strawberry.field(
        default=None, description="Only born in this year or later; who has no known year is left out: `1950`."
    )
    born_to: int | None = strawberry.field(
        default=None, description="Only born in this year or earlier; who has no known year is left out: `1970`."
    )
    uncertain: bool | None = strawberry.field(
        default=False,
        description="Whether `all` and `any` are also met by events that are `unconfirmed`, `provisional` or a "
        "`differential` diagnosis. Only for the role `exact`, as they often are of few patients: `true`.",
    )


_Level = Annotated[
    Certainty | None, strawberry.argument(description="The level, if another than the criterion's own: `CERTAIN`.")
]


def _reached(root: strawberry.Parent[Any], level: _Level = None) -> Any:
    return root.once((reached, level), reached(level and level.level))


@strawberry.type(description="A concept of the criteria, and the reach that was used for it.")
class Criterion:
    id: strawberry.ID = strawberry.field(description="CURIE in its one spelling: `MONDO:0005148`.")
    label: str | None = strawberry.field(description="Its name: `type 2 diabetes mellitus`.")
    level: Certainty = strawberry.field(
        description="The level of its reach: the cohort's for `all` and `any`, the other one for `none`: `LIKELY`."
    )
    reached: int = resolved(_reached, "How many concepts are in that reach, including itself: `3`.")


@strawberry.type(description="The patients who meet some criteria, as a number.")
class Cohort:
    patients: PatientCount = strawberry.field(description="How many they are, as far as the caller may know.")
    criteria: list[Criterion] = strawberry.field(
        description="The concepts of the criteria, in order of `all`, `any`, `none`; each once for each level."
    )

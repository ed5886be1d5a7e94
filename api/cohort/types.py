"""api: the type Cohort and the criteria that define one."""

from __future__ import annotations

from enum import Enum

import strawberry

from api.concept.types import PatientCount


@strawberry.enum(description="Administrative gender (https://hl7.org/fhir/R4/valueset-administrative-gender.html).")
class Sex(Enum):
    female = strawberry.enum_value("female", description="Female.")
    male = strawberry.enum_value("male", description="Male.")
    other = strawberry.enum_value("other", description="Other.")
    unknown = strawberry.enum_value("unknown", description="Recorded as unknown; not those without a record of it.")


@strawberry.input(
    description="Who is meant: everyone who meets all of these. A concept stands for its whole reach; a criterion "
    "that is left out, null or an empty list excludes nobody."
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
    sex: Sex | None = strawberry.field(default=None, description="Only of this administrative gender: `female`.")
    born_from: int | None = strawberry.field(
        default=None, description="Only born in this year or later; who has no known year is left out: `1950`."
    )
    born_to: int | None = strawberry.field(
        default=None, description="Only born in this year or earlier; who has no known year is left out: `1970`."
    )


@strawberry.type(description="A concept of the criteria, and what it stood for.")
class Criterion:
    id: strawberry.ID = strawberry.field(description="CURIE in its one spelling: `MONDO:0005148`.")
    label: str | None = strawberry.field(description="Its name: `type 2 diabetes mellitus`.")
    reached: int = strawberry.field(description="How many concepts it stood for, itself included: `3`.")


@strawberry.type(description="The patients who meet some criteria, as a number.")
class Cohort:
    patients: PatientCount = strawberry.field(description="How many they are, as far as the caller may know.")
    criteria: list[Criterion] = strawberry.field(
        description="The concepts asked with, in order of `all`, `any`, `none`, each once."
    )

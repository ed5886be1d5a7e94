"""api: the types of results about the patients of a cohort, and their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import strawberry

from api.disclosure import PatientNumber
from api.fields import Node
from api.schema.concept.types import Concept, PatientCount


@strawberry.type(description="One cell of a breakdown: the patients of a cohort who have the same values.")
class CohortCell:
    values: list[str | None] = strawberry.field(
        description="The values that these patients have, first for `by`, then for `branchesOf`, `valueSets` "
        "and `sources`: `female`. Null if a value is unknown."
    )
    patients: PatientCount = strawberry.field(description="The number of these patients.")


@strawberry.type(description="How often an outcome happens in a cohort.")
class IncidenceRate:
    values: list[str | None] = strawberry.field(
        description="The values that these patients have, in the order of `by`: `female`."
    )
    persons: PatientCount = strawberry.field(description="Patients who are at risk for at least a day.")
    outcomes: PatientCount = strawberry.field(description="Patients with the outcome.")
    person_years: float = strawberry.field(description="Total number of years at risk of all patients: `120.5`.")
    per_1000_person_years: float | None = strawberry.field(
        description="Outcomes per 1,000 person-years: `12.4`. Null if there is no time at risk."
    )


@strawberry.type(description="A row of a Kaplan-Meier table (https://doi.org/10.1080/01621459.1958.10501452).")
class SurvivalStep:
    since: int = strawberry.field(
        description="First day of the row, counted from the start of the patient's time in the cohort: `0`."
    )
    until: int = strawberry.field(description="Last day of the row: `29`.")
    at_risk: int = strawberry.field(description="Patients at risk on the first day: `82`.")
    events: int = strawberry.field(description="Patients with the outcome on a day of the row: `3`.")
    censored: int = strawberry.field(description="Patients whose time in the cohort ends on a day of the row: `1`.")
    survival: float = strawberry.field(
        description="Estimated share of patients without the outcome at the end of the row: `0.96`."
    )


@strawberry.type(description="A concept, and its share of the patients of a cohort and of another cohort.")
class FrequentConcept:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005300`.")
    patients: PatientCount = strawberry.field(description="Patients of the cohort with an event of the concept.")
    share: float = strawberry.field(description="Share of the patients of the cohort who have such an event: `0.3`.")
    other_patients: PatientCount = strawberry.field(
        description="Patients of the other cohort with an event of the concept."
    )
    other_share: float = strawberry.field(
        description="Share of the patients of the other cohort who have such an event: `0.1`."
    )
    difference: float | None = strawberry.field(
        description="Standardised difference of the two shares: `0.52`. Null if one share is 0 and the other 1."
    )


@strawberry.type(description="A sequence of events or a combination of rules, and the number of patients.")
class CohortPath:
    steps: list[str] = strawberry.field(
        description="Names of the events in order of time, or names of the rules: `metformin + insulin`."
    )
    patients: PatientCount = strawberry.field(description="Patients with this sequence or combination.")


@strawberry.type(
    description="A concept that occurs in events and is related to the concept sets of a definition, but is"
    " in none of them."
)
class OrphanConcept:
    concept: Concept = strawberry.field(description="The concept: `snomedct:46635009`.")
    patients: PatientCount = strawberry.field(description="Patients with an event of the concept.")
    near: list[str] = strawberry.field(
        description="How the concept is related to a concept set: `broader`, `sibling`, `below_broader`, "
        "`neighbour` or `words`."
    )


@strawberry.type(description="How many patients a cohort shares with another cohort.")
class CohortOverlap:
    both: PatientCount = strawberry.field(description="Patients in both cohorts.")
    only: PatientCount = strawberry.field(description="Patients in this cohort only.")
    other: PatientCount = strawberry.field(description="Patients in the other cohort only.")


class Cell(NamedTuple):
    """The data of a CohortCell."""

    values: list[str | None]
    patients: PatientNumber


class Rated(NamedTuple):
    """The data of an IncidenceRate."""

    values: list[str | None]
    persons: PatientNumber
    outcomes: PatientNumber
    person_years: float
    per_1000_person_years: float | None


class Beside(NamedTuple):
    """The data of a FrequentConcept."""

    concept: Node
    patients: PatientNumber
    share: float
    other_patients: PatientNumber
    other_share: float
    difference: float | None


class Way(NamedTuple):
    """The data of a CohortPath."""

    steps: Sequence[str]
    patients: PatientNumber


class Left(NamedTuple):
    """The data of an OrphanConcept."""

    concept: Node
    patients: PatientNumber
    near: Sequence[str]


class Both(NamedTuple):
    """The data of a CohortOverlap."""

    both: PatientNumber
    only: PatientNumber
    other: PatientNumber

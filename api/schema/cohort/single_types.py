"""api: the types of single patients of a cohort, for the role `records`, and their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import strawberry

from api.fields import Node
from api.schema.concept.types import Concept


@strawberry.type(description="A time of a patient in a cohort.")
class CohortMember:
    patient: strawberry.ID = strawberry.field(description="Pseudonym of the patient: `patient:0e5a0ef24ac419be`.")
    start: str | None = strawberry.field(
        description="First day in the cohort, or the age on it if only ages are known; null if it is unknown or the "
        "definition has no entry events: `2019-04-20`."
    )
    end: str | None = strawberry.field(description="Last day in the cohort: `2020-04-19`.")


@strawberry.type(description="An event of a patient that a definition counts.")
class ExplainedEvent:
    concept: Concept = strawberry.field(description="The concept: `loinc:4548-4`.")
    kind: str = strawberry.field(description="The kind of event: `observation`.")
    start: str | None = strawberry.field(
        description="First day, an interval if it is not known exactly, or an age; null if unknown: `2017-05-08`."
    )
    end: str | None = strawberry.field(description="Last day, written like `start`: `2017-05-08`.")
    value: float | None = strawberry.field(description="Measured value, in `unit`: `8.3`.")
    unit: str | None = strawberry.field(description="UCUM unit of the value: `%`.")
    rows: list[str] = strawberry.field(
        description="The places in the source that state the event; empty if none is found: `measurement 285`."
    )


@strawberry.type(description="A part of a definition, checked for one entry event or patient.")
class ExplainedCriterion:
    part: str = strawberry.field(description="The part of the definition: `rules[0].group.of[1]`.")
    text: str = strawberry.field(description="The part in the controlled language: `no drug [RxNorm:865098]`.")
    holds: bool = strawberry.field(description="True if it holds: `true`.")
    found: int | None = strawberry.field(
        description="Number of events that it counts, or of members of a group that hold; null for properties of the "
        "patient: `1`."
    )
    events: list[ExplainedEvent] = strawberry.field(description="The first 20 events that it counts, by day.")


@strawberry.type(
    description="An entry event of a patient; or the patient, if the definition has no entry events.",
)
class ExplainedEntry:
    event: ExplainedEvent | None = strawberry.field(description="The event: a first prescription of `RxNorm:6809`.")
    excluded_by: str | None = strawberry.field(
        description="The first part of the definition that excludes it, null if none does: `rules[1]`, `observation`."
    )
    why: str | None = strawberry.field(description='The same in words: `rule "no insulin"`.')
    criteria: list[ExplainedCriterion] = strawberry.field(description="All groups of the definition, with members.")


@strawberry.type(description="A time of a patient in a cohort, and what ends it.")
class ExplainedTime:
    start: str | None = strawberry.field(description="First day in the cohort, or an age: `2017-07-21`.")
    end: str | None = strawberry.field(description="Last day in the cohort, or an age: `2018-07-21`.")
    ended_by: str = strawberry.field(description="What ends it: `the exit of the definition`.")


@strawberry.type(description="Why a patient is in a cohort or not.")
class CohortExplanation:
    patient: strawberry.ID = strawberry.field(description="Pseudonym of the patient: `patient:0e5a0ef24ac419be`.")
    inside: bool = strawberry.field(description="True if the patient is in the cohort: `true`.")
    reason: str = strawberry.field(description="In one sentence: `the patient is in the cohort`.")
    entries: list[ExplainedEntry] = strawberry.field(description="Each entry event of the patient, by day.")
    times: list[ExplainedTime] = strawberry.field(description="The times of the patient in the cohort.")


class MemberData(NamedTuple):
    """The data of a CohortMember."""

    patient: str
    start: str | None
    end: str | None


class EventData(NamedTuple):
    """The data of an ExplainedEvent."""

    concept: Node
    kind: str
    start: str | None
    end: str | None
    value: float | None
    unit: str | None
    rows: Sequence[str]


class CriterionData(NamedTuple):
    """The data of an ExplainedCriterion."""

    part: str
    text: str
    holds: bool
    found: int | None
    events: Sequence[EventData]


class EntryData(NamedTuple):
    """The data of an ExplainedEntry."""

    event: EventData | None
    excluded_by: str | None
    why: str | None
    criteria: Sequence[CriterionData]


class TimeData(NamedTuple):
    """The data of an ExplainedTime."""

    start: str | None
    end: str | None
    ended_by: str


class ExplanationData(NamedTuple):
    """The data of a CohortExplanation."""

    patient: str
    inside: bool
    reason: str
    entries: Sequence[EntryData]
    times: Sequence[TimeData]

"""api: the types of single patients of a cohort, for the role `records`, and their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import strawberry

from api.fields import Node
from api.schema.concept.types import Concept


@strawberry.type(description="A period in which a patient is in a cohort.")
class CohortMember:
    patient: strawberry.ID = strawberry.field(description="Pseudonym of the patient: `patient:0e5a0ef24ac419be`.")
    start: str | None = strawberry.field(
        description="First day in the cohort, or the age on that day if only ages are known: `2019-04-20`. Null if "
        "unknown, or if the definition has no entry events."
    )
    end: str | None = strawberry.field(description="Last day in the cohort: `2020-04-19`.")


@strawberry.type(description="An event of a patient that matches a part of a definition.")
class ExplainedEvent:
    concept: Concept = strawberry.field(description="The concept: `loinc:4548-4`.")
    kind: str = strawberry.field(description="The kind of event: `observation`.")
    start: str | None = strawberry.field(
        description="First day: `2017-05-08`. An interval if the day is not known exactly, and an age if only ages "
        "are known. Null if unknown."
    )
    end: str | None = strawberry.field(description="Last day, written like `start`: `2017-05-08`.")
    value: float | None = strawberry.field(description="Measured value, in `unit`: `8.3`.")
    unit: str | None = strawberry.field(description="UCUM unit of the value: `%`.")
    rows: list[str] = strawberry.field(
        description="The rows or resources of the source that state the event: `measurement 285`. Empty if none is "
        "found."
    )


@strawberry.type(description="A part of a definition, and whether it holds for an entry event or a patient.")
class ExplainedCriterion:
    part: str = strawberry.field(description="The part of the definition: `rules[0].group.of[1]`.")
    text: str = strawberry.field(description="The part in the controlled language: `no drug [RxNorm:865098]`.")
    holds: bool = strawberry.field(description="True if the part holds: `true`.")
    found: int | None = strawberry.field(
        description="For a criterion on events, the number of events found: `1`. For a group, the number of members "
        "that hold. Null for properties of the patient."
    )
    events: list[ExplainedEvent] = strawberry.field(description="The first 20 events found, sorted by day.")


@strawberry.type(
    description="An entry event of a patient. If the definition has no entry events, the patient as a whole.",
)
class ExplainedEntry:
    event: ExplainedEvent | None = strawberry.field(
        description="The event, such as a first prescription of `RxNorm:6809`."
    )
    excluded_by: str | None = strawberry.field(
        description="The first part of the definition that excludes the event or patient: `rules[1]`, `observation`. "
        "Null if no part does."
    )
    why: str | None = strawberry.field(description='The part in `excludedBy`, in words: `rule "no insulin"`.')
    criteria: list[ExplainedCriterion] = strawberry.field(description="All groups of the definition and their members.")


@strawberry.type(description="A period in which a patient is in a cohort, and what ends the period.")
class ExplainedTime:
    start: str | None = strawberry.field(description="First day in the cohort, or an age: `2017-07-21`.")
    end: str | None = strawberry.field(description="Last day in the cohort, or an age: `2018-07-21`.")
    ended_by: str = strawberry.field(description="What ends the period: `the exit of the definition`.")


@strawberry.type(description="Why a patient is or is not in a cohort.")
class CohortExplanation:
    patient: strawberry.ID = strawberry.field(description="Pseudonym of the patient: `patient:0e5a0ef24ac419be`.")
    inside: bool = strawberry.field(description="True if the patient is in the cohort: `true`.")
    reason: str = strawberry.field(description="The reason in one sentence: `the patient is in the cohort`.")
    entries: list[ExplainedEntry] = strawberry.field(description="The entry events of the patient, sorted by day.")
    times: list[ExplainedTime] = strawberry.field(description="The periods in which the patient is in the cohort.")


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

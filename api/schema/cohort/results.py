"""api: results about the patients of a cohort. They have many small numbers, so they are for the role `exact` only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum
from functools import wraps
from typing import Annotated, Any, NamedTuple

import strawberry

from api.disclosure import PatientNumber
from api.errors import BadInput, NotFound
from api.fields import FIRST, First, Node, add, check_first, grouped, hidden, resolved
from api.schema.cohort.inputs import CohortDefinition, EventsInput, definition_of, events_of
from api.schema.concept.loaders import CONCEPT
from api.schema.concept.types import Concept, PatientCount
from cohorts.engine import answer
from cohorts.errors import NotAnswered
from cohorts.results import (
    Branches,
    Outcome,
    Sources,
    Span,
    ValueSets,
    attrition,
    beside,
    breakdown,
    check,
    frequent,
    incidence,
    orphans,
    overlap,
    pathways,
    time_to_event,
    with_rules,
)
from graph.value_sets import VALUE_SET, Concepts, Item


@strawberry.enum(description="A property by which the patients of a cohort are divided.")
class BreakdownBy(Enum):
    SEX = strawberry.enum_value("sex", description="Administrative gender.")
    AGE = strawberry.enum_value("age", description="Lowest age of a band of ten years, at the start of the cohort.")
    BIRTH = strawberry.enum_value("birth", description="First year of the decade of birth.")
    YEAR = strawberry.enum_value("year", description="Calendar year in which the time in the cohort starts.")
    CARE_SITE = strawberry.enum_value("care_site", description="Care site that treats the patient.")


@strawberry.type(description="Patients of a cohort who have the same values.")
class CohortCell:
    values: list[str | None] = strawberry.field(
        description="The values, in the order in which they were asked for; null if a value is unknown: `female`."
    )
    patients: PatientCount = strawberry.field(description="The number of these patients.")


@strawberry.type(description="How often an outcome happens in a cohort.")
class IncidenceRate:
    values: list[str | None] = strawberry.field(description="The values of the cell: `female`.")
    persons: PatientCount = strawberry.field(description="Patients who are at risk for at least a day.")
    outcomes: PatientCount = strawberry.field(description="Patients with the outcome.")
    person_years: float = strawberry.field(description="Years at risk of all patients together: `120.5`.")
    per_1000_person_years: float | None = strawberry.field(
        description="Outcomes in 1,000 person-years; null without time at risk: `12.4`."
    )


@strawberry.type(description="A row of a Kaplan-Meier table (https://doi.org/10.1080/01621459.1958.10501452).")
class SurvivalStep:
    since: int = strawberry.field(description="First day of the row, counted from the start of the cohort: `0`.")
    until: int = strawberry.field(description="Last day of the row: `29`.")
    at_risk: int = strawberry.field(description="Patients at risk on the first day: `82`.")
    events: int = strawberry.field(description="Patients with the outcome in these days: `3`.")
    censored: int = strawberry.field(description="Patients whose time in the cohort ends in these days: `1`.")
    survival: float = strawberry.field(description="Share of patients without the outcome after the row: `0.96`.")


@strawberry.type(description="A concept that patients of a cohort have around its start, beside another cohort.")
class FrequentConcept:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005300`.")
    patients: PatientCount = strawberry.field(description="Patients of the cohort with an event of the concept.")
    share: float = strawberry.field(description="Share of the patients of the cohort: `0.3`.")
    other_patients: PatientCount = strawberry.field(description="Patients of the other cohort with such an event.")
    other_share: float = strawberry.field(description="Share of the patients of the other cohort: `0.1`.")
    difference: float | None = strawberry.field(
        description="Standardised difference of the two shares; null if neither cohort varies: `0.52`."
    )


@strawberry.type(description="A sequence of events, and the patients who have it.")
class CohortPath:
    steps: list[str] = strawberry.field(description="Names of events in order of time: `metformin + insulin`.")
    patients: PatientCount = strawberry.field(description="Patients with this sequence.")


@strawberry.type(description="A concept in use that is near the concept sets of a definition, but in none of them.")
class OrphanConcept:
    concept: Concept = strawberry.field(description="The concept: `snomedct:46635009`.")
    patients: PatientCount = strawberry.field(description="Patients with an event of the concept.")
    near: list[str] = strawberry.field(
        description="How it is near: `broader`, `sibling`, `below_broader`, `neighbour` or `words`."
    )


@strawberry.type(description="A cohort beside another cohort.")
class CohortOverlap:
    both: PatientCount = strawberry.field(description="Patients in both cohorts.")
    only: PatientCount = strawberry.field(description="Patients in this cohort only.")
    other: PatientCount = strawberry.field(description="Patients in the other cohort only.")


@strawberry.input(description="Events with a name, as a step of a path.")
class NamedEvents:
    name: str = strawberry.field(description="The name of the step: `metformin`.")
    events: EventsInput = strawberry.field(description="The events: `{kinds: [MEDICATION]}`.")


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


_By = Annotated[list[BreakdownBy], strawberry.argument(description="The properties, at most two: `[SEX, AGE]`.")]
_Outcome = Annotated[EventsInput, strawberry.argument(description="The outcome: `{kinds: [DEATH]}`.")]
_Branches = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Divides by the narrower concepts of this concept too: `MONDO:0005015`."),
]
_Sets = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description='Divides by these value sets or concepts too: `["valueset:liver"]`.'),
]
_Names = Annotated[
    list[str] | None, strawberry.argument(description='Divides by these sources of records too: `["west"]`.')
]
_Off = Annotated[list[str], strawberry.argument(description='Names of the rules to switch off: `["no insulin"]`.')]
_Days = Annotated[int | None, strawberry.argument(description="Days from the start of the cohort: `-365`.")]
_Other = Annotated[
    CohortDefinition, strawberry.argument(description="Definition of the other cohort: `{entry: [{kinds: [VISIT]}]}`.")
]
_Steps = Annotated[
    list[NamedEvents],
    strawberry.argument(description='The events of paths: `[{name: "death", events: {kinds: [DEATH]}}]`.'),
]
_Within = Annotated[
    int, strawberry.argument(description="Events within so many days of each other are one step: `30`.")
]
_Every = Annotated[int, strawberry.argument(description="Days of a row: `30`.")]


def _cells(
    root: strawberry.Parent[Any],
    by: _By = (),  # type: ignore[assignment]
    branches_of: _Branches = None,
    value_sets: _Sets = None,
    sources: _Names = None,
) -> list[Cell]:
    for id_ in [branches_of, *(value_sets or ())]:
        if id_ and not id_.startswith(VALUE_SET) and root.context.concept(id_) is None:
            raise NotFound("concept", id_)
    dimensions = _dimensions(by, branches_of, value_sets, sources)
    found = breakdown(root.context.snapshot, root.answer, dimensions, hidden(root.context))
    numbers = root.numbers("breakdown", [*found.values()])
    return [Cell(_values(cell), number) for cell, number in zip(found, numbers, strict=True)]


def _dimensions(
    by: Sequence[Any],
    branches_of: str | None = None,
    value_sets: Sequence[str] | None = None,
    sources: Sequence[str] | None = None,
) -> list[Any]:
    dimensions: list[Any] = [one.value for one in by]
    dimensions += [Branches(branches_of)] if branches_of else []
    dimensions += [ValueSets({id_: Concepts((Item(id_),)) for id_ in value_sets})] if value_sets else []
    dimensions += [Sources(tuple(sources))] if sources else []
    if len(dimensions) > 2:
        raise BadInput("divide by at most two properties at once")
    return dimensions


def _values(cell: Sequence[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in cell]


def _combinations(root: strawberry.Parent[Any]) -> list[Way]:
    names = [rule.name for rule in root.definition.rules]
    root.answer  # noqa: B018 (refuses other roles)
    found = attrition(check(root.context.snapshot, root.definition, root.possible)).combinations
    numbers = root.numbers("combinations", [*found.values()])
    return [Way([names[rule] for rule in rules], number) for rules, number in zip(found, numbers, strict=True)]


def _without(root: strawberry.Parent[Any], rules: _Off) -> PatientNumber:
    names = [rule.name for rule in root.definition.rules]
    if unknown := set(rules) - set(names):
        raise BadInput(f"the definition has no rule {sorted(unknown)[0]!r}")
    root.answer  # noqa: B018 (refuses other roles)
    on = [number for number, name in enumerate(names) if name not in rules]
    found = with_rules(check(root.context.snapshot, root.definition, root.possible), on)
    number: PatientNumber = root.numbers("without", [found.patients])[0]
    return number


def _incidence(root: strawberry.Parent[Any], outcome: _Outcome, by: _By = ()) -> list[Rated]:  # type: ignore[assignment]
    wanted = Outcome(events_of(outcome))
    found = incidence(root.context.snapshot, root.answer, wanted, _dimensions(by), hidden(root.context)).rates
    persons = root.numbers("incidence.persons", [rate.persons for rate in found.values()])
    outcomes = root.numbers("incidence.outcomes", [rate.outcomes for rate in found.values()])
    rows = zip(found.items(), persons, outcomes, strict=True)
    return [Rated(_values(c), one, two, rate.days / 365.25, rate.per_1000_years) for (c, rate), one, two in rows]


def _survival(root: strawberry.Parent[Any], outcome: _Outcome, every: _Every = 30) -> list[Any]:
    if every < 1:
        raise BadInput("`every` must be at least 1 day")
    found = time_to_event(root.context.snapshot, root.answer, Outcome(events_of(outcome)))
    root.numbers("survival", [root.answer.patients])
    return found.table(every)


def _frequent(
    root: strawberry.Parent[Any], other: _Other, since: _Days = None, until: _Days = None, first: First = FIRST
) -> list[Beside]:
    check_first(first)
    snapshot, spans = root.context.snapshot, [Span(since, until)]
    one, two = (frequent(snapshot, some, spans)[0] for some in (root.answer, answer(snapshot, definition_of(other))))
    rows = beside(one, two, first, hidden(root.context))
    ours = root.numbers("frequent.patients", [row.one for row in rows])
    theirs = root.numbers("frequent.otherPatients", [row.other for row in rows])
    nodes = grouped(root.context, CONCEPT, [[row.concept for row in rows]])[0]
    every = zip(nodes, rows, ours, theirs, strict=True)
    return [Beside(node, n, row.share, m, row.other_share, row.difference) for node, row, n, m in every]


def _paths(root: strawberry.Parent[Any], events: _Steps, together_within: _Within = 0) -> list[Way]:
    named = {one.name: events_of(one.events) for one in events}
    found = pathways(root.context.snapshot, root.answer, named, together_within).paths
    return [Way(path, n) for path, n in zip(found, root.numbers("pathways", [*found.values()]), strict=True)]


def _orphans(root: strawberry.Parent[Any], first: First = FIRST) -> list[Left]:
    check_first(first)
    root.answer  # noqa: B018 (refuses other roles)
    found = orphans(root.context.snapshot, root.definition, hidden(root.context)).values()
    some = list({orphan.concept: orphan for one in found for orphan in one}.values())[:first]
    nodes = grouped(root.context, CONCEPT, [[orphan.concept for orphan in some]])[0]
    numbers = root.numbers("orphans", [orphan.patients for orphan in some])
    return [Left(node, n, orphan.near) for node, n, orphan in zip(nodes, numbers, some, strict=True)]


def _overlap(root: strawberry.Parent[Any], other: _Other) -> Both:
    snapshot = root.context.snapshot
    found = overlap(snapshot, {"own": root.answer, "other": answer(snapshot, definition_of(other))})
    sets = [found.inside(["own", "other"]), found.inside(["own"], ["other"]), found.inside(["other"], ["own"])]
    return Both(*root.numbers("overlap", sets))


_EXACT = "Only for the role `exact`."
_FIELDS: tuple[tuple[str, Any, Any, str], ...] = (
    ("breakdown", list[CohortCell], _cells, "The patients by properties."),
    ("combinations", list[CohortPath], _combinations, "The patients by the rules that hold, whatever the others say."),
    ("without", PatientCount, _without, "The number of patients with some rules switched off."),
    ("incidence", list[IncidenceRate], _incidence, "How often an outcome happens in the time in the cohort."),
    ("survival", list[SurvivalStep], _survival, "The time from the start to an outcome, as a Kaplan-Meier table."),
    ("frequent", list[FrequentConcept], _frequent, "The concepts whose share differs most from another cohort."),
    ("pathways", list[CohortPath], _paths, "Sequences of events in the time in the cohort, most frequent first."),
    ("orphans", list[OrphanConcept], _orphans, "Concepts in use, near the concept sets, but in none of them."),
    ("overlap", CohortOverlap, _overlap, "The patients in this cohort and another."),
)


def add_results(cohort: Any) -> None:
    """Adds the results to the type of a cohort."""
    for name, type_, resolver, description in _FIELDS:
        add(cohort, name, type_, resolved(_answered(resolver), f"{description} {_EXACT}"))


def _answered(resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the resolver, with BadInput in place of NotAnswered."""

    @wraps(resolver)
    def resolve(*given: Any, **named: Any) -> Any:
        try:
            return resolver(*given, **named)
        except NotAnswered as wrong:
            raise BadInput(str(wrong)) from None

    return resolve

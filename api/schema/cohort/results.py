"""api: results about the patients of a cohort. Roles below EXACT get only numbers of plain cohorts (cells.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import strawberry
from msgspec.structs import replace

from api.disclosure import DIFFERENCE, UNCHANGED, PatientNumber
from api.errors import BadInput, NotFound
from api.fields import FIRST, Certainty, First, add, check_first, grouped, hidden, resolved
from api.schema.cohort.cells import both, by_branches, by_concepts, by_property, by_sources, cells, plain_number
from api.schema.cohort.inputs import definition_of, events_of
from api.schema.cohort.plain import plain
from api.schema.cohort.results_arguments import (
    BranchesOf,
    By,
    Days,
    Every,
    Off,
    Other,
    OutcomeEvents,
    SourceNames,
    Steps,
    ValueSetIds,
    Within,
)
from api.schema.cohort.results_types import (
    Beside,
    Both,
    Cell,
    CohortCell,
    CohortOverlap,
    CohortPath,
    FrequentConcept,
    IncidenceRate,
    Left,
    OrphanConcept,
    Rated,
    SurvivalStep,
    Way,
)
from api.schema.concept.loaders import CONCEPT
from api.schema.concept.types import PatientCount
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


def _cells(
    root: strawberry.Parent[Any],
    by: By = (),  # type: ignore[assignment]
    branches_of: BranchesOf = None,
    value_sets: ValueSetIds = None,
    sources: SourceNames = None,
) -> list[Cell]:
    for id_ in [branches_of, *(value_sets or ())]:
        if id_ and not id_.startswith(VALUE_SET) and root.context.concept(id_) is None:
            raise NotFound("concept", id_)
    dimensions = _dimensions(by, branches_of, value_sets, sources)
    if root.context.role not in UNCHANGED:
        return [Cell(*cell) for cell in cells(root.context, root.definition, _values_of(root, dimensions))]
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


def _values_of(root: Any, dimensions: Sequence[Any]) -> list[Any]:
    """Returns the values of each dimension of a breakdown. These values do not depend on patients."""
    certain = plain(root.definition)[1] is Certainty.CERTAIN
    found = []
    for one in dimensions:
        match one:
            case Branches():
                found.append(by_branches(root.context, one.concept, certain))
            case ValueSets():
                found.append(by_concepts([*one.sets], certain))
            case Sources():
                found.append(by_sources(one.names))
            case _:
                found.append(by_property(one))
    return found


def _values(cell: Sequence[Any]) -> list[str | None]:
    return [None if value is None else str(value) for value in cell]


def _combinations(root: strawberry.Parent[Any]) -> list[Way]:
    names = [rule.name for rule in root.definition.rules]
    root.answer  # noqa: B018 (refuses other roles)
    found = attrition(check(root.context.snapshot, root.definition, root.possible)).combinations
    numbers = root.numbers("combinations", [*found.values()])
    return [Way([names[rule] for rule in rules], number) for rules, number in zip(found, numbers, strict=True)]


def _without(root: strawberry.Parent[Any], rules: Off) -> PatientNumber:
    names = [rule.name for rule in root.definition.rules]
    if unknown := set(rules) - set(names):
        raise BadInput(f"the definition has no rule {sorted(unknown)[0]!r}")
    if root.context.role not in UNCHANGED:
        left = tuple(rule for rule in root.definition.rules if rule.name not in rules)
        return plain_number(root.context, replace(root.definition, rules=left), "without")
    on = [number for number, name in enumerate(names) if name not in rules]
    found = with_rules(check(root.context.snapshot, root.definition, root.possible), on)
    number: PatientNumber = root.numbers("without", [found.patients])[0]
    return number


def _incidence(root: strawberry.Parent[Any], outcome: OutcomeEvents, by: By = ()) -> list[Rated]:  # type: ignore[assignment]
    wanted = Outcome(events_of(outcome))
    snapshot, dimensions = root.context.snapshot, _dimensions(by)
    found = incidence(snapshot, root.answer, wanted, dimensions, hidden(root.context), root.possible).rates
    persons = root.numbers("incidence.persons", [rate.persons for rate in found.values()])
    outcomes = root.numbers("incidence.outcomes", [rate.outcomes for rate in found.values()])
    rows = zip(found.items(), persons, outcomes, strict=True)
    return [Rated(_values(c), one, two, rate.days / 365.25, rate.per_1000_years) for (c, rate), one, two in rows]


def _survival(root: strawberry.Parent[Any], outcome: OutcomeEvents, every: Every = 30) -> list[Any]:
    if every < 1:
        raise BadInput("`every` must be at least 1 day")
    found = time_to_event(root.context.snapshot, root.answer, Outcome(events_of(outcome)), root.possible)
    root.numbers("survival", [root.answer.patients])
    return found.table(every)


def _frequent(
    root: strawberry.Parent[Any], other: Other, since: Days = None, until: Days = None, first: First = FIRST
) -> list[Beside]:
    check_first(first)
    snapshot, spans = root.context.snapshot, [Span(since, until)]
    answers = root.answer, answer(snapshot, definition_of(other), root.possible)
    one, two = (frequent(snapshot, some, spans, possible=root.possible)[0] for some in answers)
    rows = beside(one, two, first, hidden(root.context))
    ours = root.numbers("frequent.patients", [row.one for row in rows])
    theirs = root.numbers("frequent.otherPatients", [row.other for row in rows])
    nodes = grouped(root.context, CONCEPT, [[row.concept for row in rows]])[0]
    every = zip(nodes, rows, ours, theirs, strict=True)
    return [Beside(node, n, row.share, m, row.other_share, row.difference) for node, row, n, m in every]


def _paths(root: strawberry.Parent[Any], events: Steps, together_within: Within = 0) -> list[Way]:
    named = {one.name: events_of(one.events) for one in events}
    found = pathways(root.context.snapshot, root.answer, named, together_within, possible=root.possible).paths
    return [Way(path, n) for path, n in zip(found, root.numbers("pathways", [*found.values()]), strict=True)]


def _orphans(root: strawberry.Parent[Any], first: First = FIRST) -> list[Left]:
    check_first(first)
    root.answer  # noqa: B018 (refuses other roles)
    found = orphans(root.context.snapshot, root.definition, hidden(root.context)).values()
    some = list({orphan.concept: orphan for one in found for orphan in one}.values())[:first]
    nodes = grouped(root.context, CONCEPT, [[orphan.concept for orphan in some]])[0]
    numbers = root.numbers("orphans", [orphan.patients for orphan in some])
    return [Left(node, n, orphan.near) for node, n, orphan in zip(nodes, numbers, some, strict=True)]


def _overlap(root: strawberry.Parent[Any], other: Other) -> Both:
    snapshot = root.context.snapshot
    if root.context.role not in UNCHANGED:
        wanted = both(root.definition, definition_of(other))
        return Both(plain_number(root.context, wanted, "overlap"), DIFFERENCE, DIFFERENCE)
    found = overlap(snapshot, {"own": root.answer, "other": answer(snapshot, definition_of(other), root.possible)})
    sets = [found.inside(["own", "other"]), found.inside(["own"], ["other"]), found.inside(["other"], ["own"])]
    return Both(*root.numbers("overlap", sets))


_EXACT = "Only for the roles `exact` and `records`."
_PLAIN = (
    "Roles below `exact` get this field only for definitions for which they get `patients`. Each number then counts "
    "against the budget as one cohort."
)
_FOR_ALL = ("breakdown", "without", "overlap")
_FIELDS: tuple[tuple[str, Any, Any, str], ...] = (
    (
        "breakdown",
        list[CohortCell],
        _cells,
        "The number of patients for each combination of values of the chosen properties.",
    ),
    (
        "combinations",
        list[CohortPath],
        _combinations,
        "For each set of rules, the number of patients who meet exactly these rules.",
    ),
    ("without", PatientCount, _without, "The number of patients in the cohort without the rules in `rules`."),
    ("incidence", list[IncidenceRate], _incidence, "How often an outcome happens while patients are in the cohort."),
    (
        "survival",
        list[SurvivalStep],
        _survival,
        "The time from the start in the cohort to an outcome, as a Kaplan-Meier table.",
    ),
    (
        "frequent",
        list[FrequentConcept],
        _frequent,
        "The concepts whose shares of patients differ most between this cohort and another.",
    ),
    ("pathways", list[CohortPath], _paths, "Sequences of events of patients in the cohort, the most frequent first."),
    (
        "orphans",
        list[OrphanConcept],
        _orphans,
        "Concepts that occur in events and are related to the concept sets of the definition, but are in none of them.",
    ),
    (
        "overlap",
        CohortOverlap,
        _overlap,
        "The number of patients in both this cohort and another, and in only one of the two.",
    ),
)


def add_results(cohort: Any) -> None:
    """Adds a field for each result in _FIELDS to the GraphQL type of a cohort."""
    for name, type_, resolver, description in _FIELDS:
        add(
            cohort,
            name,
            type_,
            resolved(answered(resolver), f"{description} {_PLAIN if name in _FOR_ALL else _EXACT}"),
        )


def answered(resolver: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a resolver that does the same as `resolver`, but raises BadInput instead of NotAnswered."""

    @wraps(resolver)
    def resolve(*given: Any, **named: Any) -> Any:
        try:
            return resolver(*given, **named)
        except NotAnswered as wrong:
            raise BadInput(str(wrong)) from None

    return resolve

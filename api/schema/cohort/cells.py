"""api: computes results of a cohort for roles below EXACT, from numbers that the query `cohort` also gives.

Each number, such as a cell of a breakdown or a step of attrition, is the number of patients of another definition, with
more or fewer plain criteria (api/schema/cohort/plain.py). Each number passes the same disclosure control and counts
against the budget in the same way as a number from `cohort`. So a caller learns nothing that the caller could not ask
`cohort` for. Some cells cannot be defined by plain criteria, such as the patients with none of some concepts. Such a
cell is withheld, because together with the other cells it could disclose a difference of a few patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

from msgspec.structs import replace

from api.disclosure import DIFFERENCE, NOBODY, UNCHANGED, PatientNumber
from api.errors import BadInput, Forbidden, NotFound
from api.fields import Context, disclosed_counts, hidden
from api.schema.cohort.loaders import NOT_EXACT, Named, group, question, same_years
from api.schema.cohort.plain import plain
from api.schema.cohort.types import Sex
from cohorts.encoding import encode
from cohorts.model import Among, Definition, Events, Group, Member, Occurs, Person, Range, Rule
from cohorts.results import BAND, narrower
from graph.value_sets import VALUE_SET, Concepts, Item

_FIRST, _LAST = 1900, 2030
"""A breakdown by birth begins with the decade _FIRST and ends before the decade _LAST, whatever the patients."""
_MOST = 500
"""The maximum number of cells of a breakdown."""


class Value(NamedTuple):
    """The value of a cell in one dimension, and the criterion that selects its patients.

    `member` is None if no plain criterion selects these patients.
    """

    name: str | None
    member: Member | None


def plain_number(context: Context, definition: Definition, field: str, cell: bool = False) -> PatientNumber:
    """Returns the number of patients of a definition. Raises Forbidden if not all of its criteria are plain.

    If `cell` is True, the number is withheld if disclosure control moves the birth years of the definition.
    """
    criteria, certainty = plain(definition)
    read, level = {"field": f"definedCohort.{field}"}, certainty.level
    if criteria is None:
        return disclosed_counts(context, read | {"definition": encode(definition).decode()}, level, [NOBODY])[0]
    named = Named(context, criteria)
    context.spend(question(context.snapshot, named, criteria, level))
    shown = group(context.snapshot, named, criteria, level, context.role)
    moved = cell and not same_years(context.snapshot, (criteria.born_from, criteria.born_to), shown.born)
    number = disclosed_counts(context, named.read(criteria) | read, level, [shown], moved)[0]
    if not number.withheld:
        context.notes["disclosure"] = NOT_EXACT
    return number


def with_member(definition: Definition, *members: Member) -> Definition:
    """Returns `definition` with additional criteria. Patients must meet all of these."""
    return replace(definition, rules=(*definition.rules, Rule(name="", group=Group(of=members))))


def both(one: Definition, other: Definition) -> Definition:
    """Returns the definition of the patients who are in the cohorts of both definitions.

    Neither definition has entry events.
    """
    groups = [some.also for some in (one, other) if some.also]
    rules = tuple(Rule(name="", group=each) for each in groups)
    rest = replace(one, also=None, rules=()), replace(other, also=None, rules=())
    return replace(rest[0] if rest[0] != Definition() else rest[1], rules=(*rules, *one.rules, *other.rules))


def steps(definition: Definition) -> list[tuple[Definition, Definition]]:
    """Returns two definitions for each step of attrition: with all steps up to the step, and with the step alone.

    The steps are all patients, `also` and each rule. The definition with a rule alone includes `also`.
    """
    bare, rules = replace(definition, rules=()), definition.rules
    found = [(replace(bare, also=None),) * 2, *([(bare, bare)] if definition.also else [])]
    for number, rule in enumerate(rules, 1):
        found.append((replace(definition, rules=rules[:number]), replace(definition, rules=(rule,))))
    return found


def cells(context: Context, definition: Definition, dimensions: Sequence[Sequence[Value]]) -> Iterator[Any]:
    """Yields the values and the number of patients of each cell of a breakdown."""
    plain(definition)
    size = prod(map(len, dimensions))
    if size > _MOST:
        raise BadInput(f"the breakdown has {size:,} cells, and the limit is {_MOST}: divide by fewer values")
    for cell in product(*dimensions):
        members = [value.member for value in cell if value.member is not None]
        known = len(members) == len(cell)
        values = [value.name for value in cell]
        wanted = with_member(definition, *members)
        yield values, plain_number(context, wanted, "breakdown", cell=True) if known else DIFFERENCE


def by_property(name: str) -> list[Value]:
    """Returns the values of a property by which a breakdown divides patients, such as `sex`.

    Raises Forbidden for a property that only roles with exact numbers may divide by.
    """
    if name == "sex":
        sexes = [str(one.value) for one in Sex]
        return [*(Value(sex, Person(sex=(sex,))) for sex in sexes), Value(None, None)]
    if name in ("birth", "age"):
        decades = range(_FIRST, _LAST, BAND)
        born = [Value(str(first), Person(born=Range(low=first, high=first + BAND - 1))) for first in decades]
        return [*born, Value(None, None)]
    raise Forbidden(f"a breakdown by {name} is answered", UNCHANGED)


def by_branches(context: Context, id_: str, certain: bool) -> list[Value]:
    """Returns a Value for the concept with the id `id_`, and then a Value for each narrower concept."""
    concept, level = context.concept(id_), Concepts((), certain).level
    if concept is None:
        raise NotFound("concept", id_)
    found = narrower(context.snapshot, concept, level, hidden(context))
    return [Value(context.snapshot.ids[concept], None), *by_concepts(found, certain)]


def by_concepts(ids: Sequence[str], certain: bool) -> list[Value]:
    """Returns a Value for each concept, and a last Value for all other patients. Raises Forbidden for a value set."""
    if any(id_.startswith(VALUE_SET) for id_ in ids):
        raise Forbidden("a breakdown by value sets is answered", UNCHANGED)
    return [*(Value(id_, having(id_, certain)) for id_ in ids), Value(None, None)]


def by_sources(names: Sequence[str]) -> list[Value]:
    """Returns a Value for each source of records, and a last Value for all other patients."""
    return [*(Value(name, Among(sources=(name,))) for name in names), Value(None, None)]


def having(id_: str, certain: bool) -> Member:
    """Returns the criterion that the patient has an event in the reach of the concept with the id `id_`."""
    return Occurs(events=Events(concepts=Concepts((Item(id_),), certain)))

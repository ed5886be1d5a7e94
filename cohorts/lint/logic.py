"""cohorts: findings about groups and rules that are always or never true, that contradict each other, or that repeat
each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from functools import reduce

from cohorts.canonical import (
    EMPTY,
    FALSE,
    TRUE,
    all_of,
    intersection,
    is_date,
    simple_dates,
    simple_group,
    simple_member,
)
from cohorts.lint.finding import Remark, remark
from cohorts.model import Among, Definition, Group, Occurs, Person, Range
from cohorts.parts import Place


def of_logic(place: Place) -> Iterator[Remark]:
    """Findings about a place of the definition that is a criterion, a group of criteria, or the whole definition."""
    match place.part:
        case Group():
            yield from _group(place.path, place.part)
        case Occurs(at_least=least, at_most=int(most)) if least > most:
            yield remark("contradiction.events", place.path, least=least, most=most)
        case Occurs(at_least=least, at_most=None) if least <= 0:
            yield remark("always.events", place.path)
        case Person() if place.part == Person():
            yield remark("always.person", place.path)
        case Among() if place.part == Among():
            yield remark("empty_group.patients", place.path)
        case Definition():
            yield from _definition(place.part)


def _group(path: str, group: Group) -> Iterator[Remark]:
    simple = [simple_member(member) for member in group.of]
    whole = simple_group(group)
    if not group.of:
        yield remark("empty_group.always" if whole == TRUE else "empty_group.never", path)
    elif whole in (TRUE, FALSE) and TRUE not in simple and FALSE not in simple:
        yield remark("always.group" if whole == TRUE else "contradiction.group", path)
    for n in _repeated(simple):
        yield remark("repeated.member", f"{path}.of[{n}]")


def _repeated(some: Iterable[Hashable]) -> Iterator[int]:
    seen = set()
    for n, one in enumerate(some):
        if one in seen:
            yield n
        seen.add(one)


def _definition(definition: Definition) -> Iterator[Remark]:
    groups = [simple_group(rule.group) for rule in definition.rules]
    for n in _repeated(groups):
        yield remark("repeated.rule", f"rules[{n}]")
    also = [simple_group(definition.also)] if definition.also else []
    both = all_of([*also, *groups])
    if both == FALSE and FALSE not in [*also, *groups]:
        yield remark("contradiction.rules", "rules")
    yield from _persons([one for one in both.of if isinstance(one, Person)] if both.at_least is None else [])
    yield from _unused(definition)


def _persons(persons: list[Person]) -> Iterator[Remark]:
    """Findings about properties of the patient that contradict each other.

    Each of `persons` has one property, and all of them must hold.
    """
    born, age = (_within(persons, read) for read in (_born, _age))
    sexes = [set(person.sex) for person in persons if person.sex]
    if sexes and not set.intersection(*sexes):
        yield remark("contradiction.sexes", "")
    if EMPTY in (born, age):
        yield remark("contradiction.ages", "")
    elif _too_young(persons, born, age):
        yield remark("contradiction.too_young", "")
    elif _too_old(persons, born, age):
        yield remark("contradiction.too_old", "")


def _born(person: Person) -> Range | None:
    return person.born


def _age(person: Person) -> Range | None:
    return person.age


def _within(persons: Iterable[Person], read: Callable[[Person], Range | None]) -> Range:
    """The numbers that are in every range that `read` returns for `persons`. Ranges with `outside` are left out."""
    ranges = [range_ for person in persons if (range_ := read(person)) and not range_.outside]
    return reduce(intersection, ranges, Range())


def _index_years(persons: Iterable[Person]) -> tuple[int | None, int]:
    """The first and the last year in which the index event can be, by the dates in `persons`.

    The last year is at most the current year.
    """
    dates = [simple_dates(person.dates) for person in persons if person.dates and not person.dates.outside]
    first = max((int(one.since[:4]) for one in dates if one.since and is_date(one.since)), default=None)
    last = min((int(one.until[:4]) for one in dates if one.until and is_date(one.until)), default=date.today().year)
    return first, min(last, date.today().year)


def _too_young(persons: list[Person], born: Range, age: Range) -> bool:
    return born.low is not None and age.low is not None and _index_years(persons)[1] - born.low < age.low


def _too_old(persons: list[Person], born: Range, age: Range) -> bool:
    first, _ = _index_years(persons)
    return None not in (first, born.high, age.high) and first - born.high > age.high  # type: ignore[operator]


def _unused(definition: Definition) -> Iterator[Remark]:
    names = ("entry_limit", "also_limit", "limit")
    limits = [name for name in names if getattr(definition, name) != "all"]
    if definition.entry:
        if definition.also is None and definition.also_limit != "all":
            limits.remove("also_limit")
            yield remark("unused_part.also_limit", "also_limit")
        yield from (remark("unused_part.limit", name) for name in limits[1:])
        return
    others = [name for name in ("before", "after", "exit", "censor", "gap") if getattr(definition, name)]
    yield from (remark("unused_part.no_entry", name) for name in [*limits, *others])

"""cohorts: findings about groups and rules that are always or never true, that contradict each other, or that repeat
each other.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from datetime import date
from functools import reduce

from cohorts.canonical import EMPTY, FALSE, TRUE, all_of, intersection, simple_dates, simple_group, simple_member
from cohorts.lint.finding import Finding
from cohorts.model import Among, Definition, Group, Occurs, Person, Range
from cohorts.parts import Place

_EXCHANGE = "exchange or correct the limits"


def of_logic(place: Place) -> Iterator[Finding]:
    """Findings about a group, the number of events, or the definition as a whole."""
    match place.part:
        case Group():
            yield from _group(place.path, place.part)
        case Occurs(at_least=least, at_most=int(most)) if least > most:
            yield Finding("contradiction", place.path, f"at least {least} and at most {most} contradict", _EXCHANGE)
        case Occurs(at_least=least, at_most=None) if least <= 0:
            yield Finding("always", place.path, "any number of these events is allowed", "leave it out")
        case Person() if place.part == Person():
            yield Finding("always", place.path, "no property is stated, so every patient matches", "leave it out")
        case Among() if place.part == Among():
            yield Finding("empty_group", place.path, "no patient is listed, so no patient matches", "list some")
        case Definition():
            yield from _definition(place.part)


def _group(path: str, group: Group) -> Iterator[Finding]:
    simple = [simple_member(member) for member in group.of]
    whole = simple_group(group)
    if not group.of:
        holds = "always" if whole == TRUE else "never"
        yield Finding("empty_group", path, f"a group without members {holds} holds", "add members, or leave it out")
    elif whole in (TRUE, FALSE) and TRUE not in simple and FALSE not in simple:
        code, holds = ("always", "always") if whole == TRUE else ("contradiction", "never")
        yield Finding(code, path, f"this group {holds} holds", "correct its numbers or its members")
    for n in _repeated(simple):
        yield Finding("repeated", f"{path}.of[{n}]", "this says the same as a member before it", "leave it out")


def _repeated(some: Iterable[Hashable]) -> Iterator[int]:
    seen = set()
    for n, one in enumerate(some):
        if one in seen:
            yield n
        seen.add(one)


def _definition(definition: Definition) -> Iterator[Finding]:
    groups = [simple_group(rule.group) for rule in definition.rules]
    for n in _repeated(groups):
        yield Finding("repeated", f"rules[{n}]", "this rule says the same as a rule before it", "leave it out")
    also = [simple_group(definition.also)] if definition.also else []
    both = all_of([*also, *groups])
    if both == FALSE and FALSE not in [*also, *groups]:
        yield Finding("contradiction", "rules", "the rules contradict each other", "correct or leave out one of them")
    yield from _persons([one for one in both.of if isinstance(one, Person)] if both.at_least is None else [])
    yield from _unused(definition)


def _persons(persons: list[Person]) -> Iterator[Finding]:
    """Findings about properties of the patient that contradict each other.

    Each of these members has one property, and all of them must be true.
    """
    born, age = (_within(persons, read) for read in (_born, _age))
    sexes = [set(person.sex) for person in persons if person.sex]
    if sexes and not set.intersection(*sexes):
        yield _contradiction("no patient has all of these sexes")
    if EMPTY in (born, age):
        yield _contradiction("no patient has all of these ages or years of birth")
    elif _too_young(persons, born, age):
        yield _contradiction("nobody who was born in these years has reached this age at the index")
    elif _too_old(persons, born, age):
        yield _contradiction("everybody who was born in these years is older than this age at the index")


def _contradiction(message: str) -> Finding:
    return Finding("contradiction", "", message, "correct or leave out one of these conditions")


def _born(person: Person) -> Range | None:
    return person.born


def _age(person: Person) -> Range | None:
    return person.age


def _within(persons: Iterable[Person], read: Callable[[Person], Range | None]) -> Range:
    """The numbers that are in all of these ranges."""
    ranges = [range_ for person in persons if (range_ := read(person)) and not range_.outside]
    return reduce(intersection, ranges, Range())


def _index_years(persons: Iterable[Person]) -> tuple[int | None, int]:
    """The first and the last year in which the index can be. The last is at most the current year."""
    dates = [simple_dates(person.dates) for person in persons if person.dates and not person.dates.outside]
    first = max((int(one.since[:4]) for one in dates if one.since), default=None)
    last = min((int(one.until[:4]) for one in dates if one.until), default=date.today().year)
    return first, min(last, date.today().year)


def _too_young(persons: list[Person], born: Range, age: Range) -> bool:
    return born.low is not None and age.low is not None and _index_years(persons)[1] - born.low < age.low


def _too_old(persons: list[Person], born: Range, age: Range) -> bool:
    first, _ = _index_years(persons)
    return None not in (first, born.high, age.high) and first - born.high > age.high  # type: ignore[operator]


def _unused(definition: Definition) -> Iterator[Finding]:
    names = ("entry_limit", "also_limit", "limit")
    limits = [name for name in names if getattr(definition, name) != "all"]
    if definition.entry:
        if definition.also is None and definition.also_limit != "all":
            limits.remove("also_limit")
            yield Finding(
                "unused_part", "also_limit", "without a group in also, this says nothing", "use limit instead"
            )
        message = "after an earlier limit, a patient has at most one event"
        yield from (Finding("unused_part", name, message, "leave it out") for name in limits[1:])
        return
    others = [name for name in ("before", "after", "exit", "censor", "gap") if getattr(definition, name)]
    for name in [*limits, *others]:
        message = "without entry events, this says nothing"
        yield Finding("unused_part", name, message, "state entry events, or leave it out")

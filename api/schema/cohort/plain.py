"""api: recognises definitions that callers below EXACT may ask for. All criteria of such a definition must be plain.

Plain criteria are about concepts, kinds of events, sex, years of birth and sources. Disclosure control does not apply a
plain criterion that changes the number by only a few patients (api/schema/cohort/settled.py). There is no such rule for
times, values and counts of events, so definitions with such criteria are answered only for the roles with exact numbers
(docs/decisions/0022-only-exact-callers-ask-for-times-and-values.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from api.disclosure import UNCHANGED
from api.errors import Forbidden
from api.fields import Certainty
from api.schema.cohort.criteria import Criteria, Wanted
from api.schema.cohort.types import Sex
from cohorts.model import Among, Definition, Events, Group, Member, Occurs, Person, Range
from graph.kinds import NOT_OWN
from graph.value_sets import Concepts

_SEXES = {str(one.value) for one in Sex}


class _Other(Exception):
    """Raised if a criterion is not plain. The message describes the criterion."""


class _Listed(NamedTuple):
    """Concepts of which the patient has at least one. If `certain` is True, their reach is at CERTAIN."""

    wanted: tuple[Wanted, ...]
    certain: bool


class _Lists(NamedTuple):
    all: list[_Listed]
    any: list[_Listed]
    none: list[_Listed]
    sex: set[str]
    born: list[Range]
    sources: list[str]


def plain(definition: Definition) -> tuple[Criteria | None, Certainty]:
    """Returns the definition as criteria, and their level. The criteria are None if they contradict each other.

    Raises Forbidden if a criterion is not plain.
    """
    try:
        return _criteria(definition)
    except _Other as why:
        raise Forbidden(f"a definition with {why} is answered", UNCHANGED) from None


def _criteria(definition: Definition) -> tuple[Criteria | None, Certainty]:
    if definition != Definition(also=definition.also, rules=definition.rules):
        raise _Other("entry events or times")
    found = _Lists([], [], [], set(), [], [])
    for group in (definition.also, *(rule.group for rule in definition.rules)):
        for member in _members(group) if group else ():
            _add(found, member)
    if len({one.wanted for one in found.any}) > 1:
        raise _Other("several lists of concepts of which any is enough")
    certain = {one.certain for one in (*found.all, *found.any)} or {False}
    if len(certain) > 1 or any(one.certain in certain for one in found.none):
        raise _Other("excluded concepts at the same level as the other concepts (use the other level)")
    level = Certainty.CERTAIN if certain.pop() else Certainty.LIKELY
    first, last = _years(found.born)
    if len(found.sex) > 1 or (first is not None and last is not None and first > last):
        return None, level
    every, some, none = (tuple(one for listed in lists for one in listed.wanted) for lists in found[:3])
    sources = tuple(dict.fromkeys(found.sources))
    return Criteria(every, some, none, next(iter(found.sex), None), first, last, sources=sources), level


def _years(born: list[Range]) -> tuple[int | None, int | None]:
    """Returns the first and the last year of birth that are in all ranges; None for no limit."""
    lows = [one.low for one in born if one.low is not None]
    highs = [one.high for one in born if one.high is not None]
    return int(max(lows)) if lows else None, int(min(highs)) if highs else None


def _members(group: Group) -> Iterator[Member]:
    """Yields the members of a group and of its inner groups. Raises _Other unless all members must hold."""
    for member in group.of:
        if isinstance(member, Group) and member.at_least is None and member.at_most is None:
            yield from _members(member)
        else:
            yield member
    if group.at_least is not None or group.at_most is not None:
        raise _Other("groups of which only some members must hold")


def _add(found: _Lists, member: Member) -> None:
    match member:
        case Occurs(events=Events(concepts=Concepts() as concepts, kinds=kinds)) if _is_plain(member, concepts):
            some = found.none if member.at_most == 0 else found.any if len(concepts.items) > 1 else found.all
            kind = kinds[0] if kinds else ""
            some.append(_Listed(tuple(Wanted(item.id, kind) for item in concepts.items), concepts.certain))
        case Person(sex=sex, born=born) if member == Person(sex=sex, born=born) and len(sex) < 2:
            if not _SEXES.issuperset(sex):
                raise _Other("another sex than female, male, other and unknown")
            found.sex.update(sex)
            found.born.extend([born] if born else [])
            if born and (born.above or born.below or born.outside):
                raise _Other("years of birth that are not a range")
        case Among(sources=(source,)) if member == Among(sources=(source,)):
            found.sources.append(source)
        case _:
            raise _Other("times, values, counts, lists of patients or several kinds of events")


def _is_plain(member: Occurs, concepts: Concepts) -> bool:
    events = Events(concepts=concepts, kinds=member.events.kinds)
    bare = Occurs(events=events, at_least=member.at_least, at_most=member.at_most)
    limits = (min(member.at_least, 1), member.at_most) in ((1, None), (0, 0)) and member.at_least < 2
    items = not any(item.exact or item.excluded or item.is_value_set for item in concepts.items)
    return member == bare and limits and items and len(events.kinds) < 2 and not set(NOT_OWN) & set(events.kinds)

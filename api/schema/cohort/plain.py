"""api: definitions that callers below EXACT may ask: those that are criteria of concepts, sex and years of birth.

Disclosure control of such criteria leaves out any criterion that changes the number by only a few patients
(api/schema/cohort/settled.py). There is no such rule for times, values and counts of events, so a definition with them
is answered for the role EXACT only (docs/decisions/0022-only-exact-callers-ask-for-times-and-values.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from api.disclosure import Role
from api.errors import Forbidden
from api.fields import Certainty
from api.schema.cohort.types import CohortCriteria, Sex
from cohorts.model import Definition, Events, Group, Member, Occurs, Person, Range
from graph.value_sets import Concepts


class _Other(Exception):
    """The definition is more than plain criteria."""


class _Lists(NamedTuple):
    all: list[Concepts]
    any: list[Concepts]
    none: list[Concepts]
    sex: list[str]
    born: list[Range]


def plain(definition: Definition) -> tuple[CohortCriteria, Certainty]:
    """Returns the definition as criteria, and their level. Raises Forbidden if it is more than plain criteria."""
    try:
        return _criteria(definition)
    except _Other as why:
        raise Forbidden(f"a definition with {why} is answered", [Role.EXACT]) from None


def _criteria(definition: Definition) -> tuple[CohortCriteria, Certainty]:
    if definition != Definition(also=definition.also, rules=definition.rules):
        raise _Other("entry events or times")
    found = _Lists([], [], [], [], [])
    for group in (definition.also, *(rule.group for rule in definition.rules)):
        for member in _members(group) if group else ():
            _add(found, member)
    if len(found.any) > 1 or len(found.sex) > 1 or len(found.born) > 1:
        raise _Other("several alternatives of one kind")
    certain = {one.certain for one in (*found.all, *found.any)} or {False}
    if len(certain) > 1 or any(one.certain in certain for one in found.none):
        raise _Other("concepts that the patient must not have at the same level as the others (use the other level)")
    born = found.born[0] if found.born else Range()
    return CohortCriteria(
        all=[item.id for one in found.all for item in one.items],  # type: ignore[misc]
        any=[item.id for one in found.any for item in one.items],  # type: ignore[misc]
        none=[item.id for one in found.none for item in one.items],  # type: ignore[misc]
        sex=Sex(found.sex[0]) if found.sex else None,
        born_from=None if born.low is None else int(born.low),
        born_to=None if born.high is None else int(born.high),
    ), Certainty.CERTAIN if certain.pop() else Certainty.LIKELY


def _members(group: Group) -> Iterator[Member]:
    """Yields the members of groups of which all members must hold."""
    for member in group.of:
        if isinstance(member, Group) and member.at_least is None and member.at_most is None:
            yield from _members(member)
        else:
            yield member
    if group.at_least is not None or group.at_most is not None:
        raise _Other("groups of which only some members must hold")


def _add(found: _Lists, member: Member) -> None:
    match member:
        case Occurs(events=Events(concepts=Concepts() as concepts)) if _is_plain(member, concepts):
            some = found.none if member.at_most == 0 else found.any if len(concepts.items) > 1 else found.all
            some.append(concepts)
        case Person(sex=sex, born=born) if member == Person(sex=sex, born=born) and len(sex) < 2:
            found.sex.extend(sex)
            found.born.extend([born] if born else [])
            if born and (born.above or born.below or born.outside):
                raise _Other("years of birth that are not a range")
        case _:
            raise _Other("kinds, times, values or counts of events")


def _is_plain(member: Occurs, concepts: Concepts) -> bool:
    bare = Occurs(events=Events(concepts=concepts), at_least=member.at_least, at_most=member.at_most)
    limits = (min(member.at_least, 1), member.at_most) in ((1, None), (0, 0)) and member.at_least < 2
    return member == bare and limits and not any(item.exact or item.excluded for item in concepts.items)

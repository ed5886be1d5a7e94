"""cohorts: the simplest form of groups. The simplest form is true for the same patients and events as the group itself.

A group is true if the number of its true members is between a minimum and a maximum. "All", "any" and "none" can be
written with these limits. Negation can too: not (at least 2 of 3) is the same as (at most 1 of 3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeGuard

from msgspec.json import encode
from msgspec.structs import replace

from cohorts.canonical.simple_events import (
    EMPTY,
    NEVER,
    ordered,
    simple_concepts,
    simple_conditions,
    simple_dates,
    simple_fixed,
    simple_range,
    simple_shift,
    simple_windows,
)
from cohorts.model import Among, Events, Group, Member, Occurs, Person

TRUE, FALSE = Group(of=()), Group(of=(), at_least=1)
"""The group that is always true, and the group that is never true."""


def simple_group(group: Group) -> Group:
    """The simplest form of `group` as a group, even if it has only one member."""
    found = simple_member(group)
    return found if isinstance(found, Group) else Group(of=(found,))


def all_of(groups: Iterable[Group]) -> Group:
    """The simplest group that is true if all of these groups are true."""
    return simple_group(Group(of=tuple(groups)))


def never_matches(events: Events) -> bool:
    """True if these events, in their simplest form, match nothing."""
    empty = events.concepts is not None and not events.concepts.items
    return empty or NEVER in events.where or events.group == FALSE


def simple_events(events: Events) -> Events:
    group = None if events.group is None else simple_group(events.group)
    return Events(
        kinds=ordered(events.kinds),
        concepts=None if events.concepts is None else simple_concepts(events.concepts),
        nth=events.nth,
        where=simple_conditions(events.where),
        group=None if group == TRUE else group,
        shift=simple_shift(events.shift),
        fixed=simple_fixed(events.fixed),
    )


def simple_member(member: Member) -> Member:
    match member:
        case Occurs():
            return _simple_occurs(member)
        case Person():
            return _joined(_properties(member), *_ALL)
        case Among():
            simple = Among(
                patients=ordered(member.patients), cohorts=ordered(member.cohorts), sources=ordered(member.sources)
            )
            return FALSE if simple == Among() else simple
        case Group(of=of):
            return _joined([simple_member(one) for one in of], *_limits(member))


_ALL = (None, None)


def _limits(group: Group) -> tuple[int | None, int | None]:
    return group.at_least, group.at_most


def _simple_occurs(occurs: Occurs) -> Member:
    events, windows = simple_events(occurs.events), simple_windows(occurs.windows)
    least, most = max(occurs.at_least, 0), occurs.at_most
    possible = 0 if never_matches(events) or windows is None else 1 if events.nth else None
    if possible is not None and most is not None and most >= possible:
        most = None
    if (possible is not None and least > possible) or (most is not None and least > most):
        return FALSE
    if least == 0 and most is None:
        return TRUE
    simple = replace(occurs, events=events, at_least=least, at_most=most, windows=windows)
    return _existing(simple) if (least, most) in ((1, None), (0, 0)) else simple


def _existing(occurs: Occurs) -> Occurs:
    """The simplest form of a criterion that asks whether there is any event, or no event."""
    events, distinct = occurs.events, "" if occurs.distinct == "concept" else occurs.distinct
    more = events.where or events.group or events.fixed or occurs.windows or occurs.same_visit
    # If there is any event, there is also a first and a last event.
    if abs(events.nth) == 1 and occurs.outside_observation and not more:
        events = replace(events, nth=0)
    return replace(occurs, events=events, distinct=distinct)


def unindexed(group: Group) -> Group:
    """Simplifies a group of a definition without entry events: there, observation periods have no effect."""
    of = [unindexed(one) if isinstance(one, Group) else _unindexed(one) for one in group.of]
    return replace(group, of=tuple(of))


def _unindexed(member: Member) -> Member:
    if not isinstance(member, Occurs):
        return member
    simple = simple_member(replace(member, outside_observation=True))
    return replace(simple, outside_observation=False) if isinstance(simple, Occurs) else simple


def _properties(person: Person) -> Iterator[Member]:
    """One member for each property of the patient, and FALSE for a property that no patient has."""
    if EMPTY in (person.born and simple_range(person.born), person.age and simple_range(person.age)):
        yield FALSE
    if any(some is not None and not simple_concepts(some).items for some in (person.race, person.ethnicity)):
        yield FALSE
    if person.sex:
        yield Person(sex=ordered(person.sex))
    if person.born:
        yield Person(born=simple_range(person.born))
    if person.age:
        yield Person(age=simple_range(person.age))
    if person.race:
        yield Person(race=simple_concepts(person.race))
    if person.ethnicity:
        yield Person(ethnicity=simple_concepts(person.ethnicity))
    if person.care_sites:
        yield Person(care_sites=ordered(person.care_sites))
    if person.dates:
        yield Person(dates=simple_dates(person.dates))
    if person.ends:
        yield Person(ends=simple_dates(person.ends))


def _joined(members: Iterable[Member], at_least: int | None, at_most: int | None) -> Member:
    """The simplest member that is true if at least `at_least` and at most `at_most` of `members` are true.

    If neither limit is given, all members must be true. The given members must be in their simplest form.
    """
    of = list(members)
    every = at_least is None and at_most is None
    least, most = len(of) if every else at_least or 0, len(of) if at_most is None else at_most
    true = sum(one == TRUE for one in of)
    of = [one for one in of if one not in (TRUE, FALSE)]
    least, most = max(least - true, 0), min(most - true, len(of))
    if least > most:
        return FALSE
    if least == 0 and most == len(of):
        return TRUE
    return _of_kind(of, least, most)


def _of_kind(of: list[Member], least: int, most: int) -> Member:
    """The simplest member that is true if the number of true members in `of` is from `least` to `most`.

    `least` must not be greater than `most`, and the limits must exclude at least one number.
    """
    if least == len(of):
        return _all(of)
    if most == 0:
        return _all([negation(one) for one in of])
    if (least, most) == (1, len(of)):
        return _any(of)
    if (least, most) == (0, len(of) - 1):
        return _any([negation(one) for one in of])
    # A repeated member counts more than once here.
    kept = tuple(sorted(of, key=encode))
    return Group(of=kept, at_least=least or None, at_most=most if most < len(of) else None)


def _all(of: list[Member]) -> Member:
    flat = [one for part in of for one in (part.of if _is(part, None, None) else (part,))]
    denied = ordered(one for part in flat if _is(part, None, 0) for one in part.of)
    kept = set(ordered(part for part in flat if not _is(part, None, 0)))
    if FALSE in kept or any(negation(one) in kept for one in kept) or not kept.isdisjoint(denied):
        return FALSE
    found = [*kept, *([Group(of=denied, at_most=0)] if denied else [])]
    return found[0] if len(found) == 1 else Group(of=ordered(found))


def _any(of: list[Member]) -> Member:
    flat = {one for part in of for one in (part.of if _is(part, 1, None) else (part,))}
    if TRUE in flat or any(negation(one) in flat for one in flat if _is_settled(one)):
        return TRUE
    found = ordered(flat)
    return found[0] if len(found) == 1 else Group(of=found, at_least=1)


def _is_settled(member: Member) -> bool:
    """True if a member does not depend on dates. Otherwise, a member and its negation can both be uncertain."""
    dated = isinstance(member, Person) and (member.age or member.dates or member.ends)
    return isinstance(member, Person | Among) and not dated


def _is(member: Member, at_least: int | None, at_most: int | None) -> TypeGuard[Group]:
    return isinstance(member, Group) and _limits(member) == (at_least, at_most)


def negation(member: Member) -> Member:
    """The member that is true if the given member is false, and false if the given member is true.

    The given member must be in its simplest form.
    """
    match member:
        case Occurs(at_least=least, at_most=None):
            return replace(member, at_least=0, at_most=least - 1)
        case Occurs(at_least=0, at_most=int(most)):
            return replace(member, at_least=most + 1, at_most=None)
        case Group(of=of, at_least=None, at_most=None):
            return _any([negation(one) for one in of])
        case Group(of=of, at_least=1, at_most=None):
            return _all([negation(one) for one in of])
        case Group(of=of, at_least=None, at_most=0):
            return _any(list(of))
        case Group(of=of, at_least=int(least), at_most=None):
            return _of_kind(list(of), 0, least - 1)
        case Group(of=of, at_least=None, at_most=int(most)):
            return _of_kind(list(of), most + 1, len(of))
    return Group(of=(member,), at_most=0)

"""cohorts: finds the events that match a criterion, and decides for which index events or patients a group of criteria
is true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cohorts.engine.compiled import NO_LIMIT, bound, days_of, within
from cohorts.engine.found import Everyone, Found
from cohorts.engine.selection import selected
from cohorts.model import Among, Events, Group, Occurs, Person

if TYPE_CHECKING:
    from cohorts.engine.question import Asked
    from graph.events import Part

Flags = npt.NDArray[np.bool_]
Days = npt.NDArray[np.int32]
_FEW = 4
"""If fewer than a quarter of the index events are left, `_all_hold` computes the next member only for these events."""


def select(asked: Asked, part: Part, events: Events) -> Found:
    """The events of `part` that match `events`, sorted by patient and day."""
    found = selected(asked, asked.events(part, events.concepts, events.kinds, events.nth), events)
    return found.only(holds(asked, events.group, found)) if events.group and len(found) else found


def holds(asked: Asked, group: Group, index: Found) -> Flags:
    """For each index event or patient in `index`, True if `group` is true."""
    if group.at_least is None and group.at_most is None:
        return _all_hold(asked, group, index)

    def number(asked: Asked) -> Days:
        held = (_HOLDS[type(member)](asked, member, index) for member in group.of)
        return sum((one.astype(np.int32) for one in held), np.zeros(len(index), np.int32))

    return _limited(asked, index, group.at_least or 0, group.at_most, number)


def _limited(asked: Asked, index: Found, least: int, most: int | None, number: Callable[[Asked], Days]) -> Flags:
    """For each index, True if the number is at least `least` and at most `most`."""
    enough = np.ones(len(index), bool) if least <= 0 else number(asked) >= least
    return enough if most is None else enough & (number(asked.denying(silent=least > 0)) <= most)


def _all_hold(asked: Asked, group: Group, index: Found) -> Flags:
    """For each index event or patient in `index`, True if all members of `group` are true.

    If few index events are left, the next member is computed only for these events.
    """
    every, left = np.ones(len(index), bool), index
    for member in group.of:
        if not isinstance(index, Everyone) and np.count_nonzero(every) * _FEW < len(index):
            left = index.only(every)
        found = _HOLDS[type(member)](asked, member, left)
        if left is index:
            every &= found
        else:
            every[np.flatnonzero(every)] = found
    return every


def _occurs(asked: Asked, member: Occurs, index: Found) -> Flags:
    most = max(member.at_least, 0 if member.at_most is None else member.at_most + 1, 1)

    def number(asked: Asked) -> Days:
        return number_of(asked, member, index, select(asked, index.part, member.events), most)

    return _limited(asked, index, member.at_least, member.at_most, number)


def number_of(asked: Asked, member: Occurs, index: Found, found: Found, most: int) -> npt.NDArray[np.int32]:
    """For each index event or patient in `index`, the number of events in `found` that `member` counts.

    Counting stops at `most`.
    """
    from cohorts.engine.kernels import counted, near

    windows = [
        (bound(w.since, -1), bound(w.until, 1), int(w.field == "end"), int(w.of == "end")) for w in member.windows
    ]
    if not member.distinct and not member.same_visit and _on_one_day(index, found, windows):
        since, until = -NO_LIMIT, NO_LIMIT
        for first, last, *_ in windows:
            since, until = max(since, first), min(until, last)
        day, periods = found.days[0], _periods(index, member)
        return near(index.patient, index.days[0], periods, found.patient, day, since, until, most)
    key = _keys(found, member.distinct)
    if member.distinct in ("concept", "visit"):
        order = np.lexsort((key, found.patient))
        found, key = found.at(order), key[order]
    return counted(
        index.patient,
        index.days,
        index.visit if member.same_visit else index.patient,
        _periods(index, member),
        found.patient,
        found.days,
        found.visit if member.same_visit else found.patient,
        key,
        np.array(windows, np.int32).reshape(-1, 4),
        member.same_visit,
        asked.possible,
        most,
    )


def _on_one_day(index: Found, found: Found, windows: list[tuple[int, int, int, int]]) -> bool:
    """True if all dates that the windows compare are exactly known, and are the start of an event or index event."""
    used = {n for _, _, field, _ in windows for n in (2 * field, 2 * field + 1)} | {1}
    of = {n for *_, of in windows for n in (2 * of, 2 * of + 1)}
    return all(found.days[n] is found.days[0] for n in used) and all(index.days[n] is index.days[0] for n in of)


def _keys(found: Found, distinct: str) -> npt.NDArray[np.int64]:
    """A number for each event. Events of a patient with the same number count once."""
    if distinct == "concept":
        return found.part.concept[found.rows].astype(np.int64)
    if distinct == "date":
        return found.days[0].astype(np.int64)
    if distinct == "visit":
        # Events without a visit are counted one by one.
        return np.where(found.visit >= 0, found.visit, -1 - found.rows)
    return found.rows


def _periods(index: Found, member: Occurs) -> tuple[Days, Days, Days]:
    """The observation period of each index event (empty if all days count), and the bounds of all periods."""
    everywhere = member.outside_observation or isinstance(index, Everyone)
    return np.empty(0, np.int32) if everywhere else index.period, *index.part.periods


def _person(asked: Asked, member: Person, index: Found) -> Flags:
    found = asked.persons.flags(index.part, member)[index.patient]
    first, last, end, end_to = index.days
    if member.age:
        low, high = asked.ages(index.part, index.patient, first, last)
        found &= within(member.age, low, high, asked.possible)
    if member.dates:
        found &= asked.on(index.part, index.patient, first, last, days_of(member.dates))
    if member.ends:
        found &= asked.on(index.part, index.patient, end, end_to, days_of(member.ends))
    return found


def _among(asked: Asked, member: Among, index: Found) -> Flags:
    return np.asarray(asked.among(member, index.part)[index.patient])


_HOLDS: dict[type, Callable[[Any, Any, Found], Flags]] = {
    Occurs: _occurs,
    Person: _person,
    Among: _among,
    Group: lambda asked, group, index: holds(asked, group, index),
}

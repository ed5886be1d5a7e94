"""cohorts: explains why one patient is or is not in a cohort.

An explanation has the entry events, the events that meet each criterion, and the reason why each time in the cohort
ends. The engine that answers cohorts also computes the explanation, so an explanation agrees with the answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from msgspec.structs import replace

from cohorts.engine import (
    NO_LIMIT,
    Asked,
    Checked,
    Everyone,
    Found,
    answered,
    asking,
    checked_events,
    datable,
    ends,
    entered,
    holds,
    limited,
    matched,
    number_of,
    observed,
    select,
    starts,
)
from cohorts.model import Definition, Group, Member, Occurs
from graph.events import KINDS, Part
from graph.snapshot import Snapshot

Flags = npt.NDArray[np.bool_]
MOST_EVENTS = 20
"""The maximum number of events that are listed for a criterion."""


class Event(NamedTuple):
    """An event of a patient.

    `start` and `end` each have the first and last possible day, as day numbers of `graph.events`. If the definition
    changes the dates of the event, these are the changed dates. `row` is the row of the event in its part of the event
    index.
    """

    row: int
    concept: int
    kind: str
    start: tuple[int, int]
    end: tuple[int, int]
    value: float | None
    unit: str | None


class Criterion(NamedTuple):
    """A group of the definition or a member of a group, and whether the group or member holds.

    For `Occurs`, `found` is the number of events that are counted. For a group, `found` is the number of members that
    hold; for properties of the patient, None. `events` are the first MOST_EVENTS events that are counted, by day.
    """

    path: str
    member: Member
    holds: bool
    found: int | None
    events: list[Event]


class Entry(NamedTuple):
    """An event that matches `entry`. `event` is None for a definition without entry events.

    `excluded_by` is the first part of the definition that excludes the event: `observation`, `entry_limit`, `also`,
    `also_limit`, `rules[0]` or `limit`. `dates` means that the definition has dates, and only ages are known of the
    patient. `time` means that the time in the cohort would end before its start. If the event is not excluded,
    `excluded_by` is empty. `criteria` are all groups of the definition. If `observation` or `entry_limit` excludes the
    event, `criteria` is empty.
    """

    event: Event | None
    excluded_by: str
    criteria: list[Criterion]


class Time(NamedTuple):
    """A time in the cohort. The start and end days are included.

    `ended_by` is the part of the definition that ends the time: `exit`, `censor[0]`, `dates`, or `observation` for the
    end of the observation period.
    """

    start: int
    end: int
    ended_by: str


class Explanation(NamedTuple):
    """Why a patient is or is not in a cohort. If `aged` is true, dates are unknown, and days are days since birth."""

    part: Part
    aged: bool
    inside: bool
    entries: list[Entry]
    times: list[Time]


class _Column(NamedTuple):
    """A criterion, with its result for each entry event of the patient."""

    path: str
    member: Member
    holds: Flags
    found: npt.NDArray[np.int32] | None
    events: list[list[Event]]


def explain(snapshot: Snapshot, definition: Definition, patient: int, possible: bool = False) -> Explanation:
    """Explains why the patient with this number is or is not in the cohort. Raises NotAnswered."""
    asked = asking(snapshot, [definition], possible)
    part = part_of(snapshot, patient)
    aged = bool(np.isin(patient, snapshot.events.aged))
    own = patient - part.first
    if definition.entry:
        found = _own(matched(asked, part, definition), own)
        inside, entries, times = _of_events(asked, definition, found, own)
    else:
        entries, times = [_of_patient(asked, definition, Everyone(part, np.array([own], np.int32)))], []
        inside = not entries[0].excluded_by
    return Explanation(part, aged, inside, entries, times)


def part_of(snapshot: Snapshot, patient: int) -> Part:
    """The part that contains the patient with this number."""
    return next(part for part in snapshot.events.parts if part.first <= patient < part.first + part.patients)


def _own(found: Found, patient: int) -> Found:
    return found.only(found.patient == patient)


def _of_patient(asked: Asked, definition: Definition, index: Found) -> Entry:
    failed = (path for path, group in _groups(definition) if not holds(asked, group, index)[0])
    return Entry(None, next(failed, "").removesuffix(".group"), _row(_columns(asked, definition, index), 0))


def _groups(definition: Definition) -> list[tuple[str, Group]]:
    """The groups of a definition with their paths."""
    rules = [(f"rules[{number}].group", rule.group) for number, rule in enumerate(definition.rules)]
    return [("also", definition.also), *rules] if definition.also else rules


def _of_events(asked: Asked, definition: Definition, found: Found, own: int) -> tuple[bool, list[Entry], list[Time]]:
    checked = checked_events(asked, definition, entered(found, definition))
    excluded, places = _excluded(asked, definition, found, checked)
    columns = _columns(asked, definition, checked.events)
    criteria = {place: _row(columns, number) for number, place in enumerate(places.tolist())}
    events = _events(asked.snapshot, found)
    entries = [Entry(event, excluded[n], criteria.get(n, [])) for n, event in enumerate(events)]
    answer = answered(asked, definition, checked)
    stays = np.array([not excluded[place] for place in places], bool)
    times = _times(asked, definition, checked.events.only(stays), answer.periods[0].start, answer.periods[0].end)
    return bool(answer.patients), entries, times


def _excluded(
    asked: Asked, definition: Definition, found: Found, checked: Checked
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """For each event in `found`, the first part of the definition that excludes it, or an empty text.

    Also the positions of the events in `checked` among the events in `found`.
    """
    excluded, index = [""] * len(found), checked.events

    def leave_out(path: str, places: npt.NDArray[np.int64], kept: Flags) -> npt.NDArray[np.int64]:
        for place in places[~kept].tolist():
            excluded[place] = excluded[place] or path
        return places[kept]

    seen = observed(found, definition)
    places = leave_out("observation", np.arange(len(found)), seen)
    some = found.only(seen)
    places = leave_out("entry_limit", places, limited(some, np.ones(len(some), bool), definition.entry_limit))
    if definition.also:
        leave_out("also", places, holds(asked, definition.also, index))
    leave_out("also_limit", places, checked.qualified)
    for number, passed in enumerate(checked.passed):
        leave_out(f"rules[{number}]", places, passed)
    left = limited(index, reduce(np.logical_and, checked.passed, checked.qualified), definition.limit)
    leave_out("limit", places, left)
    leave_out("dates", places, ~left | datable(asked, index, definition))
    end = reduce(np.minimum, ends(asked, index, definition).values())
    leave_out("time", places, ~left | (starts(index, definition) <= end))
    return excluded, places


def _times(
    asked: Asked, definition: Definition, index: Found, first: npt.NDArray[np.int32], last: npt.NDArray[np.int32]
) -> list[Time]:
    """The times in the cohort from the days `first` to the days `last`, each with the reason why it ends.

    `index` are the entry events that are not excluded.
    """
    days = ends(asked, index, definition)
    end, begin = reduce(np.minimum, days.values()), starts(index, definition)
    times = []
    for start, until in zip(first.tolist(), last.tolist(), strict=True):
        event = int(np.flatnonzero((end == until) & (begin >= start) & (begin <= until))[0])
        ended_by = next(path for path, column in days.items() if column[event] == until)
        times.append(Time(start, until, ended_by))
    return times


def _columns(asked: Asked, definition: Definition, index: Found) -> list[_Column]:
    return [column for path, group in _groups(definition) for column in _checked(asked, path, group, index)]


def _row(columns: list[_Column], number: int) -> list[Criterion]:
    """The criteria of the entry event at position `number`."""
    return [
        Criterion(
            one.path,
            one.member,
            bool(one.holds[number]),
            None if one.found is None else int(one.found[number]),
            one.events[number] if one.events else [],
        )
        for one in columns
    ]


def _checked(asked: Asked, path: str, member: Member, index: Found) -> Iterator[_Column]:
    """The columns of `member` and, if it is a group, of all members within it.

    For a group with only an upper limit, a member holds if it possibly holds.
    """
    held = holds(asked, Group(of=(member,)), index)
    match member:
        case Occurs():
            yield _occurs(asked, path, member, index, held)
        case Group():
            side = asked if member.at_most is None or member.at_least else asked.denying()
            within = [[*_checked(side, f"{path}.of[{n}]", one, index)] for n, one in enumerate(member.of)]
            found = sum((some[0].holds.astype(np.int32) for some in within), np.zeros(len(index), np.int32))
            yield _Column(path, member, held, found, [])
            yield from (column for some in within for column in some)
        case _:
            yield _Column(path, member, held, None, [])


def _occurs(asked: Asked, path: str, member: Occurs, index: Found, held: Flags) -> _Column:
    """The number and the events that are compared with the upper limit; with the lower limit if it is not reached."""
    if not len(index):
        return _Column(path, member, held, np.zeros(0, np.int32), [])
    number, listed = _compared(asked if member.at_most is None else asked.denying(), member, index)
    if member.at_most is not None and member.at_least > 0:
        least, certain = _compared(asked, member, index)
        short = least < member.at_least
        number = np.where(short, least, number)
        listed = [certain[n] if short[n] else listed[n] for n in range(len(index))]
    return _Column(path, member, held, number, listed)


def _compared(asked: Asked, member: Occurs, index: Found) -> tuple[npt.NDArray[np.int32], list[list[Event]]]:
    """For each index, the number of events that `member` counts, and the first of these events."""
    found = _own(select(asked, index.part, member.events), int(index.patient[0]))
    number = number_of(asked, member, index, found, NO_LIMIT)
    single, listed = replace(member, distinct=""), [list[Event]() for _ in range(len(index))]
    for place, event in enumerate(_events(asked.snapshot, found)):
        counts = number_of(asked, single, index, found.at(np.array([place])), 1)
        for entry in np.flatnonzero(counts).tolist():
            if len(listed[entry]) < MOST_EVENTS:
                listed[entry].append(event)
    return number, listed


def _events(snapshot: Snapshot, found: Found) -> list[Event]:
    part, rows = found.part, found.rows
    values, units = part.at("value", rows), part.at("unit", rows)
    kinds = part.whole("kind")[rows]
    first, last, end, end_to = (days.tolist() for days in found.days)
    return [
        Event(
            row,
            int(np.searchsorted(part.offsets, row, side="right")) - 1,
            KINDS[kinds[n]],
            (first[n], last[n]),
            (end[n], end_to[n]),
            None if np.isnan(values[n]) else float(values[n]),
            None if units[n] < 0 else snapshot.events.text(int(units[n])),
        )
        for n, row in enumerate(rows.tolist())
    ]

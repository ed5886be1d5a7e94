"""cohorts: the events of a part that match a criterion."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cohorts.compiled import days_of, within, words_of
from cohorts.model import Coded, Either, Events, Fixed, Number, Shift, Stated, When
from graph.events import COUNTS, HIGHEST, KINDS, LOWEST, NUMBERS, Part, interval
from graph.kinds import NOT_OWN, EventKind

if TYPE_CHECKING:
    from cohorts.question import Asked

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = tuple[npt.NDArray[np.int32], ...]
Floats = npt.NDArray[np.float64]
_VISITS = ("visit", "encounter", "visit_detail")
DAYS = ("day", "day_to", "end", "end_to")


class Found:
    """Events of a part, sorted by patient and day. `days` are other dates than those of the part."""

    def __init__(self, part: Part, rows: Rows, days: Days | None = None) -> None:
        self.part, self.rows = part, rows
        if days is not None:
            self.days = days

    def __len__(self) -> int:
        return len(self.rows)

    def only(self, kept: Flags) -> Found:
        """The events for which the mask is true."""
        return self if kept.all() else self.at(np.flatnonzero(kept))

    def at(self, places: Rows) -> Found:
        moved = tuple(day[places] for day in self.days) if "days" in vars(self) else None
        return Found(self.part, self.rows[places], moved)

    def moved(self, days: Days) -> Found:
        """The same events with other dates, sorted by these."""
        return Found(self.part, self.rows, days).at(np.lexsort([self.rows, days[0], self.patient]))

    @cached_property
    def patient(self) -> npt.NDArray[np.int32]:
        return self.part.whole("patient")[self.rows]

    @cached_property
    def days(self) -> Days:
        """The first and last possible day of the start, then of the end."""
        read: dict[int, Any] = {}
        for name in DAYS:
            column = self.part.whole(name)
            read.setdefault(id(column), column[self.rows])
        return tuple(read[id(self.part.whole(name))] for name in DAYS)

    @cached_property
    def visit(self) -> npt.NDArray[np.int32]:
        return self.part.at("visit", self.rows).astype(np.int32)

    @cached_property
    def period(self) -> npt.NDArray[np.int32]:
        """The observation period in which each event starts, -1 if none."""
        from cohorts.kernels import period_of

        first, last, *_ = self.days
        return period_of(self.patient, first, last, self.part.observed.offsets, *self.part.periods)


def together(some: list[Found]) -> Found:
    """The events of all lists. The same event with the same dates is contained once."""
    if len(some) == 1:
        return some[0]
    columns = np.concatenate([np.stack([found.rows, *found.days]) for found in some], axis=1)
    columns = np.unique(columns, axis=1)
    found = Found(some[0].part, columns[0], tuple(day.astype(np.int32) for day in columns[1:]))
    return found.at(np.lexsort([found.rows, found.days[0], found.patient]))


class Everyone(Found):
    """All patients of a part, as an index without an event: the days are unknown."""

    def __init__(self, part: Part) -> None:
        super().__init__(part, np.full(part.patients, -1, np.int64))

    @cached_property
    def patient(self) -> npt.NDArray[np.int32]:
        return np.arange(self.part.patients, dtype=np.int32)

    @cached_property
    def days(self) -> Days:
        return (*(np.full(self.part.patients, bound, np.int32) for bound in (LOWEST, HIGHEST)),) * 2

    @cached_property
    def visit(self) -> npt.NDArray[np.int32]:
        return np.full(self.part.patients, -1, np.int32)


def select(asked: Asked, part: Part, events: Events) -> Found:
    """The events that match, sorted by patient and day."""
    rows = part.rows(asked.concepts.of(events.concepts)) if events.concepts else np.arange(len(part))
    kept = counted_rows(part, events.kinds, rows)
    rows = _in_order(part, rows if kept is None else rows[kept])
    if events.nth:
        rows = rows[_nth(part.whole("patient")[rows], events.nth)]
    found = Found(part, rows)
    for condition in events.where:
        found = found.only(_HOLDS[type(condition)](asked, found, condition))
    if events.fixed:
        found = _fixed(found, events.fixed)
    if events.shift:
        found = found.moved(_shifted(found.days, events.shift))
    if events.group and len(found):
        from cohorts.groups import holds

        found = found.only(holds(asked, events.group, found))
    return found


def counted_rows(part: Part, asked: tuple[EventKind, ...], rows: Rows | slice) -> Flags | None:
    """True for the rows of the kinds that count; None if these are all."""
    wanted = [kind in asked if asked else kind not in NOT_OWN for kind in KINDS]
    kinds, counts = part.present
    kept = None
    if not all(wanted[kind] for kind in kinds):
        kept = np.array(wanted)[part.whole("kind")[rows]]
    if not counts:
        own = part.whole("standing")[rows] == COUNTS
        kept = own if kept is None else kept & own
    return kept


def _in_order(part: Part, rows: Rows) -> Rows:
    """The rows by patient and day; rows of one concept are in this order already."""
    key = part.whole("patient")[rows].astype(np.int64) << 32 | (part.whole("day")[rows].astype(np.int64) - LOWEST)
    if len(key) < 2 or (key[1:] >= key[:-1]).all():
        return rows
    return rows[np.argsort(key, kind="stable")]


def _nth(patient: npt.NDArray[np.int32], nth: int) -> Rows:
    """The places of the n-th event of each patient. Events without a date come first in the order of days."""
    first = np.flatnonzero(np.append(True, patient[1:] != patient[:-1])) if len(patient) else np.empty(0, np.int64)
    past = np.append(first[1:], len(patient))
    place = first + nth - 1 if nth > 0 else past + nth
    return place[(place >= first) & (place < past)]


def _fixed(found: Found, fixed: Fixed) -> Found:
    """The events that include the fixed dates, which become their dates."""
    days = list(found.days)
    if fixed.start:
        day = interval(fixed.start).first
        found = found.only((found.days[1] <= day) & (day <= found.days[2]))
        days = [np.full(len(found), day, np.int32)] * 2 + [*found.days[2:]]
    if fixed.end:
        day, (first, last, *_) = interval(fixed.end).last, days
        kept = (found.days[1] <= day) & (day <= found.days[2])
        found = found.only(kept)
        days = [first[kept], last[kept]] + [np.full(len(found), day, np.int32)] * 2
    return found.moved(tuple(days))


def _shifted(days: Days, shift: Shift) -> Days:
    """The dates after the shift. An unknown date stays unknown."""
    ends = {"start": days[:2], "end": days[2:]}
    moves = ((ends[shift.start_of], shift.start_days), (ends[shift.end_of], shift.end_days))
    return tuple(
        np.where((day <= LOWEST) | (day >= HIGHEST), day, day + by).astype(np.int32)
        for some, by in moves
        for day in some
    )


def _number(asked: Asked, found: Found, condition: Number) -> Flags:
    low, high = _NUMBERS[condition.field](asked, found, condition)
    return within(condition.range, low, high, asked.possible)


def _stored(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    values = found.part.at(condition.field, found.rows).astype(np.float64)
    if condition.unit is not None:
        values = asked.in_unit(found, values, condition.unit)
    return values, values


def _ratio(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    value, limit = (found.part.at(name, found.rows).astype(np.float64) for name in condition.field.split("/"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(limit > 0, value / limit, np.nan)
    return ratio, ratio


def _length(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    first, last, end, end_to = (day.astype(np.float64) for day in found.days)
    known = first > LOWEST
    return np.where(known, end - last, np.nan), np.where(known, end_to - first, np.nan)


def _age(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    first, last = found.days[:2] if condition.field == "age" else found.days[2:]
    return asked.ages(found.part, found.patient, first, last)


def _coded(asked: Asked, found: Found, condition: Coded) -> Flags:
    if condition.field == "visit":
        known, among = _visited(asked, found, condition)
    else:
        codes = found.part.at(condition.field, found.rows).astype(np.int64)
        known, among = codes >= 0, asked.concepts.texts(condition.concepts)[codes]
    return known & ~among if condition.other else among


def _visited(asked: Asked, found: Found, condition: Coded) -> tuple[Flags, Flags]:
    """True for events in a visit, and for events in a visit with one of these codes."""
    visits = select(asked, found.part, Events(kinds=_VISITS, concepts=condition.concepts)).visit
    return found.visit >= 0, (found.visit >= 0) & np.isin(found.visit, visits)


def _stated(asked: Asked, found: Found, condition: Stated) -> Flags:
    codes = found.part.at(condition.field, found.rows).astype(np.int64)
    among = words_of(asked.snapshot.events, condition.words)[codes]
    return (codes >= 0) & ~among if condition.other else among


def _when(asked: Asked, found: Found, condition: When) -> Flags:
    first, last = found.days[:2] if condition.field == "start" else found.days[2:]
    return asked.on(found.part, found.patient, first, last, days_of(condition.dates))


def _either(asked: Asked, found: Found, condition: Either) -> Flags:
    return np.logical_or.reduce(
        [np.zeros(len(found), bool), *(_HOLDS[type(one)](asked, found, one) for one in condition.of)]
    )


_HOLDS: dict[type, Callable[[Any, Found, Any], Flags]] = {
    Number: _number,
    Coded: _coded,
    Stated: _stated,
    When: _when,
    Either: _either,
}
_NUMBERS: dict[str, Callable[[Any, Found, Number], tuple[Floats, Floats]]] = {
    **dict.fromkeys(NUMBERS, _stored),
    "value/low": _ratio,
    "value/high": _ratio,
    "length": _length,
    "age": _age,
    "age_at_end": _age,
}

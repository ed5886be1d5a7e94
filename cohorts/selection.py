"""cohorts: the conditions that events meet, and changes of their dates."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cohorts.compiled import days_of, within, words_of
from cohorts.found import Days, Flags, Found, Rows
from cohorts.model import Coded, Either, Events, Fixed, Number, Shift, Stated, When
from graph.events import HIGHEST, LOWEST, NUMBERS, interval
from graph.kinds import EventKind

if TYPE_CHECKING:
    from cohorts.question import Asked

Floats = npt.NDArray[np.float64]
_VISITS: tuple[EventKind, ...] = ("visit", "encounter", "visit_detail")


<<<<<<< HEAD
def selected(asked: Asked, found: Found, events: Events) -> Found:
    """The events among these that meet the conditions of `events`, with its dates; without regard to its group."""
    if events.nth:
        found = found.at(_nth(found.patient, events.nth))
=======
class Found:
    """Events of a part, sorted by patient and day. `days` are other dates than those of the part.

    Rows that follow each other are a slice, so that their columns need not be copied.
    """

    def __init__(self, part: Part, place: Rows | slice, days: Days | None = None) -> None:
        self.part, self._place = part, place
        if days is not None:
            self.days = days

    @classmethod
    def of(cls, part: Part, rows: Rows, patient: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> Found:
        """Rows whose patients and first days are known already."""
        found, own = cls(part, rows), part.whole("day")
        found.patient = patient
        columns = tuple(part.whole(name) for name in DAYS)
        found.days = _each(columns, lambda column: day if column is own else column[rows])
        return found

    def __len__(self) -> int:
        place = self._place
        return place.stop - place.start if isinstance(place, slice) else len(place)

    @cached_property
    def rows(self) -> Rows:
        place = self._place
        return np.arange(place.start, place.stop) if isinstance(place, slice) else place

    def only(self, kept: Flags) -> Found:
        """The events for which the mask is true."""
        return self if kept.all() else self.at(np.flatnonzero(kept))

    def at(self, places: Rows) -> Found:
        found = Found(self.part, places + self._place.start if isinstance(self._place, slice) else self.rows[places])
        known = vars(self)
        if "days" in known:
            found.days = _each(self.days, lambda day: day[places])
        for name in ("patient", "period"):
            if name in known:
                vars(found)[name] = known[name][places]
        return found

    def moved(self, days: Days) -> Found:
        """The same events with other dates, sorted by these."""
        return Found(self.part, self.rows, days).at(np.lexsort([self.rows, days[0], self.patient]))

    @cached_property
    def patient(self) -> npt.NDArray[np.int32]:
        return self.part.whole("patient")[self._place]

    @cached_property
    def days(self) -> Days:
        """The first and last possible day of the start, then of the end. Equal ones are the same array."""
        return _each(tuple(self.part.whole(name) for name in DAYS), lambda day: day[self._place])

    @cached_property
    def visit(self) -> npt.NDArray[np.int32]:
        return self.part.at("visit", self.rows).astype(np.int32)

    @cached_property
    def period(self) -> npt.NDArray[np.int32]:
        """The observation period in which each event starts, -1 if none."""
        from cohorts.kernels import period_of

        first, last, *_ = self.days
        return period_of(self.patient, first, last, self.part.observed.offsets, *self.part.periods)

    def people(self, kept: Flags | None = None) -> BitMap:
        """The patients with any of these events, or of those for which the mask is true."""
        if kept is None or kept.all():
            return self._people
        return self._people_of(kept)

    @cached_property
    def _people(self) -> BitMap:
        return self._people_of(None)

    def _people_of(self, kept: Flags | None) -> BitMap:
        from cohorts.row_kernels import marked

        return bitmap_of(marked(self.patient, kept, self.part.patients), self.part.first)


def _each(days: Days, change: Callable[[npt.NDArray[np.int32]], npt.NDArray[np.int32]]) -> Days:
    """Changes each array once, even if it is contained more than once."""
    changed = {id(day): change(day) for day in {id(day): day for day in days}.values()}
    return tuple(changed[id(day)] for day in days)


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
    found = asked.events(part, events.concepts, events.kinds, events.nth)
>>>>>>> benchc
    for condition in events.where:
        found = found.only(_HOLDS[type(condition)](asked, found, condition))
    if events.fixed:
        found = _fixed(found, events.fixed)
    if events.shift:
        found = found.moved(_shifted(found.days, events.shift))
    return found


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
    visits = asked.events(found.part, condition.concepts, _VISITS).visit
    return found.visit >= 0, (found.visit >= 0) & np.isin(found.visit, visits)


def _stated(asked: Asked, found: Found, condition: Stated) -> Flags:
    codes = found.part.at(condition.field, found.rows).astype(np.int64)
    among = words_of(asked.snapshot.events, condition.words)[codes]
    return (codes >= 0) & ~among if condition.other else among


def _when(asked: Asked, found: Found, condition: When) -> Flags:
    first, last = found.days[:2] if condition.field == "start" else found.days[2:]
    return asked.on(found.part, found.patient, first, last, days_of(condition.dates))


def _either(asked: Asked, found: Found, condition: Either) -> Flags:
    held = np.zeros(len(found), bool)
    for one in condition.of:
        held |= _HOLDS[type(one)](asked, found, one)
    return held


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

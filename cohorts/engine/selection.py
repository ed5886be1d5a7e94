"""cohorts: selects the events that meet the conditions, and changes the dates of the events."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cohorts.engine.compiled import days_of, matching, within, words_of
from cohorts.engine.found import Days, Flags, Found
from cohorts.model import Coded, Either, Events, Fixed, Number, Shift, Stated, Text, When
from graph.events import HIGHEST, LOWEST, NUMBERS, interval
from graph.kinds import EventKind

if TYPE_CHECKING:
    from cohorts.engine.question import Asked

Floats = npt.NDArray[np.float64]
_VISITS: tuple[EventKind, ...] = ("visit", "encounter", "visit_detail")


def selected(asked: Asked, found: Found, events: Events) -> Found:
    """Returns the given events that meet the conditions of `events`. Applies `fixed` and `shift` to their dates.

    The group of `events` is not applied.
    """
    for condition in events.where:
        found = found.only(_HOLDS[type(condition)](asked, found, condition))
    if events.fixed:
        found = _fixed(asked, found, events.fixed)
    if events.shift:
        found = found.moved(_shifted(found.days, events.shift))
    return found


def _fixed(asked: Asked, found: Found, fixed: Fixed) -> Found:
    """The events whose period includes the fixed dates. The fixed dates replace the dates of these events."""
    start, end = interval(fixed.start).first, interval(fixed.end).last
    wanted = {place: day for place, day, date in ((0, start, fixed.start), (2, end, fixed.end)) if date}
    for day in wanted.values():
        found = found.only(_includes(asked, found, day))
    days, aged = list(found.days), asked.aged(found.part, found.patient)
    for place, day in wanted.items():
        same = np.full(len(found), day, np.int32)
        # Where only ages are known, the fixed date may be on any day of the event.
        any_day = (np.where(aged, one, same) for one in (found.days[0], found.days[3]))
        days[place : place + 2] = any_day if aged.any() else (same, same)
    return found.moved(tuple(days))


def _includes(asked: Asked, found: Found, day: int) -> Flags:
    """True for the events whose period includes a calendar day."""
    first, last, end, end_to = found.days
    begin, until = (first, end_to) if asked.possible else (last, end)
    aged = asked.aged(found.part, found.patient)
    return np.where(aged, asked.denied, (begin <= day) & (day <= until)) & (first > LOWEST)


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
        unit = found.part.at("unit", found.rows).astype(np.int64)
        if condition.field == "quantity":
            # If the event has a value, the unit belongs to the value and not to the quantity.
            unit[~np.isnan(found.part.at("value", found.rows))] = -1
        values = asked.in_unit(found, values, unit, condition.unit)
    return values, values


def _ratio(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    value, limit = (found.part.at(name, found.rows).astype(np.float64) for name in condition.field.split("/"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(limit > 0, value / limit, np.nan)
    return ratio, ratio


def _difference(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    value, limit = (found.part.at(name, found.rows).astype(np.float64) for name in condition.field.split("-"))
    return value - limit, value - limit


def _length(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    first, last, end, end_to = (day.astype(np.float64) for day in found.days)
    known = first > LOWEST
    return np.where(known, end - last, np.nan), np.where(known, end_to - first, np.nan)


def _age(asked: Asked, found: Found, condition: Number) -> tuple[Floats, Floats]:
    first, last = found.days[:2] if condition.field == "age" else found.days[2:]
    return asked.ages(found.part, found.patient, first, last)


def _coded(asked: Asked, found: Found, condition: Coded) -> Flags:
    if condition.field != "visit":
        return _among(found, condition, asked.concepts.texts(condition.concepts))
    visits = asked.events(found.part, condition.concepts, _VISITS).visit
    return np.asarray((found.visit >= 0) & (np.isin(found.visit, visits) != condition.other))


def _stated(asked: Asked, found: Found, condition: Stated) -> Flags:
    return _among(found, condition, words_of(asked.snapshot.events, condition.words))


def _text(asked: Asked, found: Found, condition: Text) -> Flags:
    return _among(found, condition, matching(asked.snapshot.events, condition.how, condition.texts))


def _among(found: Found, condition: Coded | Stated | Text, wanted: Flags) -> Flags:
    """For each event, True if its field `condition.field` has a wanted text.

    If `condition.other` is true, the field must have a text that is not wanted. `wanted` has a flag for each text of
    the event index.
    """
    codes = found.part.at(condition.field, found.rows).astype(np.int64)
    return np.asarray((codes >= 0) & (wanted[codes] != condition.other))


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
    Text: _text,
    When: _when,
    Either: _either,
}
_NUMBERS: dict[str, Callable[[Any, Found, Number], tuple[Floats, Floats]]] = {
    **dict.fromkeys(NUMBERS, _stored),
    "value/low": _ratio,
    "value/high": _ratio,
    "value-low": _difference,
    "value-high": _difference,
    "length": _length,
    "age": _age,
    "age_at_end": _age,
}

"""tests: dates, ages and windows, compared day by day."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from math import ceil
from re import findall
from typing import Any

from cohorts.model import Dates, Definition, Fixed, Shift, Window

Event = dict[str, Any]
FAR = 10**6


def in_dates(dates: Dates, day: int) -> bool:
    low = dates.since is None or span(dates.since)[0] <= day
    return (low and (dates.until is None or day <= span(dates.until)[1])) != dates.outside


def cut(start: int, end: int, definition: Definition) -> tuple[int, int]:
    if not definition.dates:
        return start, end
    return max(start, span(definition.dates.since)[0]), min(end, span(definition.dates.until)[1])


def span(text: str | None) -> tuple[int, int]:
    if text is None:
        return -FAR, FAR
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    first = date(year, month or 1, day or 1).toordinal()
    last_month = month or 12
    return first, first if day else date(year, last_month, monthrange(year, last_month)[1]).toordinal()


def is_age(text: str) -> bool:
    return text.startswith("P")


def since_birth(age: str) -> tuple[int, int]:
    """The first and last day since birth of an age such as P30Y2M."""
    days = unit = 0.0
    for number, letter in findall(r"(\d+)([YMWD])", age):
        unit = {"Y": 365.25, "M": 365.25 / 12, "W": 7, "D": 1}[letter]
        days += int(number) * unit
    return ceil(days), ceil(days + unit) - 1


def fixed_dates(e: Event, fixed: Fixed) -> Event | None:
    first, last, end, end_to = e["span"]
    for text in (fixed.start, fixed.end):
        if text and not last <= date.fromisoformat(text).toordinal() <= end:
            return None
    if fixed.start:
        first = last = date.fromisoformat(fixed.start).toordinal()
    if fixed.end:
        end = end_to = date.fromisoformat(fixed.end).toordinal()
    return e | {"span": (first, last, end, end_to)}


def shifted(e: Event, shift: Shift) -> Event:
    start, end = e["span"][:2], e["span"][2:]
    moves = ((start if shift.start_of == "start" else end, shift.start_days),
             (start if shift.end_of == "start" else end, shift.end_days))  # fmt: skip
    return e | {"span": tuple(day if abs(day) >= FAR else day + by for some, by in moves for day in some)}


def within(window: Window, event: tuple[int, ...], index: tuple[int, ...]) -> bool:
    low, high = event[2:] if window.field == "end" else event[:2]
    first, last = index[2:] if window.of == "end" else index[:2]
    since = -5 * FAR if window.since is None else window.since
    return low - last >= since and high - first <= (5 * FAR if window.until is None else window.until)

"""tests: dates, ages and windows, compared day by day."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from math import ceil
from re import findall
from typing import Any, NamedTuple

from cohorts.model import Dates, Definition, Fixed, Range, Shift, Window

Event = dict[str, Any]
FAR = 10**6


class How(NamedTuple):
    """How partial dates are compared. `denied` is for what counts against an upper limit."""

    possible: bool = False
    denied: bool = False

    @property
    def opposite(self) -> How:
        return How(not self.possible, not self.denied)

    def some(self, held: Iterable[bool]) -> bool:
        return any(held) if self.possible else all(held)


SURE, POSSIBLE = How(), How(possible=True)


def halves(low: int, high: int) -> list[float]:
    """The numbers from `low` to `high`, in steps of a half."""
    return [number / 2 for number in range(2 * low, 2 * high + 1)]


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


def fixed_dates(e: Event, fixed: Fixed, how: How, aged: bool) -> Event | None:
    """The event with fixed dates, or None. If only ages are known, a fixed date may be on any day of the event."""
    first, last, end, end_to = span_ = e["span"]
    begin, until = (first, end_to) if how.possible else (last, end)
    wanted = {place: date.fromisoformat(text).toordinal() for place, text in ((0, fixed.start), (2, fixed.end)) if text}
    for place, day in wanted.items():
        if first == -FAR or not (how.denied if aged else begin <= day <= until):
            return None
        new = (first, end_to) if aged else (day, day)
        span_ = (*span_[:place], *new, *span_[place + 2 :])
    return e | {"span": span_}


def shifted(e: Event, shift: Shift) -> Event:
    start, end = e["span"][:2], e["span"][2:]
    moves = ((start if shift.start_of == "start" else end, shift.start_days),
             (start if shift.end_of == "start" else end, shift.end_days))  # fmt: skip
    return e | {"span": tuple(day if abs(day) >= FAR else day + by for some, by in moves for day in some)}


def within(window: Window, event: tuple[int, ...], index: tuple[int, ...], how: How) -> bool:
    low, high = event[2:] if window.field == "end" else event[:2]
    first, last = index[2:] if window.of == "end" else index[:2]
    if window.since is None and window.until is None:
        return True
    if (low, high) == (-FAR, FAR) or (first, last) == (-FAR, FAR):
        return False
    least, most = (high - first, low - last) if how.possible else (low - last, high - first)
    return (window.since is None or least >= window.since) and (window.until is None or most <= window.until)


def in_range(range: Range, value: float) -> bool:
    low = range.low is None or (value > range.low if range.above else value >= range.low)
    high = range.high is None or (value < range.high if range.below else value <= range.high)
    return bool((low and high) != range.outside)

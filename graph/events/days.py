"""graph: converts dates and ages to intervals of days.

A date is a number of days since 1970-01-01. A month or a year is an interval of such numbers. An age is an interval of
days since birth: `P3Y` is the interval from the third birthday to the day before the fourth birthday. A year has 365.25
days (a Julian year), and a month is a twelfth of a year.
"""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LOWEST, HIGHEST = -(1 << 28), 1 << 28
"""The first and last day of the interval for an unknown date. Their difference fits into 32 bits."""
YEAR = 365.25

Days = npt.NDArray[np.int32]
_EPOCH = date(1970, 1, 1).toordinal()
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")
_AGE = re.compile(r"P(?:(\d{1,3})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?")
_UNITS = (YEAR, YEAR / 12, 7.0, 1.0)


class Interval(NamedTuple):
    """The first and last possible day of a date or an age.

    Days are counted from 1970-01-01, or from birth if `aged` is true.
    """

    first: int
    last: int
    aged: bool = False


UNKNOWN = Interval(LOWEST, HIGHEST)


def interval(text: str | None) -> Interval:
    """The interval of an ISO 8601 date, month, year or duration since birth, or of two of these separated by `/`.

    `..` is an open end. Returns UNKNOWN for a text in another format.
    """
    if not text:
        return UNKNOWN
    if "/" in text:
        return _between(*text.split("/", 1))
    if found := _AGE.fullmatch(text):
        return _age([int(part) if part else None for part in found.groups()])
    found = _DATE.fullmatch(text)
    try:
        return _date(*(int(part) for part in found.groups() if part)) if found else UNKNOWN
    except ValueError:
        return UNKNOWN


def day_text(first: int, last: int, aged: bool = False) -> str | None:
    """Returns an interval of days as a text that `interval` can read: a date, or two dates separated by `/`.

    Returns None if both days are unknown. If `aged` is true, the days are written as ages, such as `P1203D`.
    """
    ends = [_day_text(day, aged) for day in dict.fromkeys((first, last))]
    return None if ends in ([".."], ["..", ".."]) else "/".join(ends)


def _day_text(day: int, aged: bool) -> str:
    if day <= LOWEST or day >= HIGHEST:
        return ".."
    return f"P{day}D" if aged else date.fromordinal(day + _EPOCH).isoformat()


def _between(first: str, last: str) -> Interval:
    one, other = interval(first), interval(last)
    if (one == UNKNOWN and first != "..") or (other == UNKNOWN and last != ".."):
        return UNKNOWN
    known = [end for end in (one, other) if end != UNKNOWN]
    if len({end.aged for end in known}) != 1 or one.first > other.last:
        return UNKNOWN
    return Interval(one.first, other.last, known[0].aged)


def _date(year: int, month: int | None = None, day: int | None = None) -> Interval:
    first = date(year, month or 1, day or 1).toordinal() - _EPOCH
    if day:
        return Interval(first, first)
    if month and month < 12:
        return Interval(first, date(year, month + 1, 1).toordinal() - _EPOCH - 1)
    return Interval(first, date(year, 12, 31).toordinal() - _EPOCH)


def _age(parts: list[int | None]) -> Interval:
    given = [(number, unit) for number, unit in zip(parts, _UNITS, strict=True) if number is not None]
    if not given:
        return UNKNOWN
    first = sum(number * unit for number, unit in given)
    return Interval(int(np.ceil(first)), int(np.ceil(first + given[-1][1])) - 1, True)


def intervals(texts: pa.ChunkedArray | pa.Array) -> tuple[Days, Days, npt.NDArray[np.bool_]]:
    """Returns the interval of each text (see `interval`): first days, last days, and flags for days since birth.

    Each distinct text is parsed only once.
    """
    encoded = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    encoded = encoded.dictionary_encode()
    known = [*map(interval, encoded.dictionary.to_pylist()), UNKNOWN]
    code = np.asarray(encoded.indices.fill_null(len(known) - 1))
    first, last, aged = (np.array(column) for column in zip(*known, strict=True))
    return first.astype(np.int32)[code], last.astype(np.int32)[code], aged.astype(bool)[code]


def dated(day: int) -> str:
    """The ISO 8601 date of a day since 1970-01-01."""
    return date.fromordinal(day + _EPOCH).isoformat()

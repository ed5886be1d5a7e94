"""ingest: converts dates to ISO 8601. The valid part of a date is kept, and a date never becomes more precise.

The supported forms are `2020`, `2020-02`, `2020-02-09`, `20200209` and `2020-2-9`. A time after `T` or a space is left
out. A time zone (`Z`, `+02:00`), which XML Schema also allows after a date, is left out too, because dates are stored
as local dates. The year 0000 is not valid.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache

# Valid date-times are shorter than this. The limit keeps long texts out of the cache.
_LONGEST = 64
_DATE = (
    r"([0-9]{4})(?:([0-9]{2})([0-9]{2})"
    r"|-([0-9]{1,2})(?![0-9])(?:-([0-9]{1,2})(?![0-9]))?)?"
)
_START = re.compile(rf"{_DATE}(?![0-9])")
_WHOLE = re.compile(rf"{_DATE}(?:[T ][0-9].*|Z|[+-][0-9]{{2}}:[0-9]{{2}})?", re.DOTALL)

NO_DATE = "date: not readable"
NO_MONTH = "date: no such month"
NO_DAY = "date: no such day"
MORE = "date: text after the date"


def date(text: str | None, lost: list[str]) -> str | None:
    """Returns the valid part of a date, or None. If a part is left out, the reason is added to `lost`."""
    if not text:
        return None
    kept, reason = _read(text[:_LONGEST])
    if reason:
        lost.append(reason)
    return kept


@lru_cache(1 << 16)
def _read(text: str) -> tuple[str | None, str | None]:
    """Returns the valid part of a date, and the reason if a part of `text` was left out."""
    text = text.strip()
    if not text:
        return None, None
    whole = _WHOLE.fullmatch(text)
    match = whole or _START.match(text)
    if not match or match[1] == "0000":
        return None, NO_DATE
    year, month, day = match[1], match[2] or match[4], match[3] or match[5]
    if month and not 1 <= int(month) <= 12:
        return year, NO_MONTH
    if day and not _exists(int(year), int(month), int(day)):
        return f"{year}-{month:0>2}", NO_DAY
    parts = (year, *(f"{part:0>2}" for part in (month, day) if part))
    return "-".join(parts), None if whole else MORE


def _exists(year: int, month: int, day: int) -> bool:
    try:
        datetime.date(year, month, day)
    except ValueError:
        return False
    return True


@lru_cache(1 << 12)
def instant(text: str | None) -> str | None:
    """Returns a FHIR instant in UTC with microseconds, so that the texts sort by time; None for any other text."""
    if not text or len(text) > _LONGEST:
        return None
    try:
        when = datetime.datetime.fromisoformat(text)
        return when.astimezone(datetime.UTC).isoformat(timespec="microseconds") if when.tzinfo else None
    except (ValueError, OverflowError):
        return None

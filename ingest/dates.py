"""ingest: ISO 8601 dates, cut from date-times and never made more precise than they were written."""

from __future__ import annotations

import datetime
import re

from ontologies.remembered import remembered

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?:T.*)?", re.DOTALL)


@remembered(1 << 16)
def date(text: str | None) -> str | None:
    """The date of an ISO 8601 date or date-time, as precise as it was written; None where it is none."""
    match = _DATE.fullmatch(text) if text and len(text) < 64 else None
    if not match:
        return None
    year, month, day = match.groups()
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    return "-".join(part for part in (year, month, day) if part)


@remembered(1 << 12)
def instant(text: str | None) -> str | None:
    """A FHIR instant in UTC, to the microsecond, so that instants sort as texts; None where it is none."""
    if not text or len(text) > 40:
        return None
    try:
        when = datetime.datetime.fromisoformat(text)
        return when.astimezone(datetime.UTC).isoformat(timespec="microseconds") if when.tzinfo else None
    except (ValueError, OverflowError):
        return None

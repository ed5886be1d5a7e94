"""cohorts: dates of definitions, which are ISO 8601 dates, months or years."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date


def is_date(text: str) -> bool:
    """True for an ISO 8601 date, month or year that exists."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", text, re.ASCII):
        return False
    year, month, day = [*map(int, text.split("-")), 1, 1][:3]
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def first_day(text: str) -> str:
    """The first day of a date, month or year. A text that is not a date is returned unchanged."""
    return f"{text}-01-01"[:10] if is_date(text) else text


def last_day(text: str) -> str:
    """The last day of a date, month or year. A text that is not a date is returned unchanged."""
    if not is_date(text) or len(text) == 10:
        return text
    year, month = [*map(int, text.split("-")), 12][:2]
    return f"{text[:4]}-{month:02}-{monthrange(year, month)[1]}"

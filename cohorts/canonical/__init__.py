"""cohorts.canonical: converts definitions to a canonical form, so that equivalent definitions have the same hash."""

from cohorts.canonical.dates import first_day, is_date, last_day
from cohorts.canonical.hashes import definition_hash, question_hash
from cohorts.canonical.simple_events import EMPTY, intersection, simple_dates, simple_range, simple_windows
from cohorts.canonical.simple_groups import FALSE, TRUE, all_of, simple_group, simple_member

__all__ = [
    "EMPTY",
    "FALSE",
    "TRUE",
    "all_of",
    "definition_hash",
    "first_day",
    "intersection",
    "is_date",
    "last_day",
    "question_hash",
    "simple_dates",
    "simple_group",
    "simple_member",
    "simple_range",
    "simple_windows",
]

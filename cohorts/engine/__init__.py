"""cohorts.engine: answers definitions of cohorts from the columns of events."""

from cohorts.engine.answer import Answer, Checked, added, answer, answered, asking, checked
from cohorts.engine.compiled import years
from cohorts.engine.exits import Periods, next_start
from cohorts.engine.found import Found
from cohorts.engine.groups import select
from cohorts.engine.postings import Postings
from cohorts.engine.question import Asked

__all__ = [
    "Answer",
    "Asked",
    "Checked",
    "Found",
    "Periods",
    "Postings",
    "added",
    "answer",
    "answered",
    "asking",
    "checked",
    "next_start",
    "select",
    "years",
]

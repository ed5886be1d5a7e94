"""cohorts.engine: answers cohort definitions from the columns of the event index."""

from cohorts.engine.answer import (
    Answer,
    Checked,
    added,
    answer,
    answered,
    asking,
    checked,
    checked_events,
    entered,
    limited,
    matched,
    observed,
)
from cohorts.engine.compiled import NO_LIMIT, Concept, bound, years
from cohorts.engine.exits import Periods, datable, ends, next_start, starts
from cohorts.engine.found import Everyone, Found
from cohorts.engine.groups import holds, number_of, select
from cohorts.engine.postings import Postings
from cohorts.engine.question import Asked

__all__ = [
    "NO_LIMIT",
    "Answer",
    "Asked",
    "Checked",
    "Concept",
    "Everyone",
    "Found",
    "Periods",
    "Postings",
    "added",
    "answer",
    "answered",
    "asking",
    "bound",
    "checked",
    "checked_events",
    "datable",
    "ends",
    "entered",
    "holds",
    "limited",
    "matched",
    "next_start",
    "number_of",
    "observed",
    "select",
    "starts",
    "years",
]

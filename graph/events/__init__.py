"""graph.events: the events of patients as columns, by concept, patient and day."""

from graph.events.days import HIGHEST, LOWEST, YEAR, day_text, interval, intervals
from graph.events.index import (
    ABSENT,
    CODED,
    COUNTS,
    KINDS,
    NUMBERS,
    PART,
    UNSURE,
    WORDS,
    Index,
    Part,
    save_index,
    save_part,
    save_texts,
)

__all__ = [
    "ABSENT",
    "CODED",
    "COUNTS",
    "HIGHEST",
    "KINDS",
    "LOWEST",
    "NUMBERS",
    "PART",
    "UNSURE",
    "WORDS",
    "YEAR",
    "Index",
    "Part",
    "day_text",
    "interval",
    "intervals",
    "save_index",
    "save_part",
    "save_texts",
]

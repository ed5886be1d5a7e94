"""api: reads the concepts with similar names whose records and patients are not counted for a concept."""

from __future__ import annotations

from collections.abc import Sequence

from api.disclosure import PatientNumber, counted, own, part_of
from api.fields import Column, Context, Nodes, disclosed_counts, grouped, linked
from api.schema.concept.loaders import CONCEPT
from api.schema.uncounted.notice import left_out
from graph.hierarchy import Level
from graph.snapshot import WHY


def not_counted(level: Level, first: int) -> Column:
    """Returns a column: for each concept, the first `first` concepts with similar names that are not counted for it."""

    def read(context: Context, concepts: Sequence[int]) -> list[Nodes]:
        return grouped(context, NOT_COUNTED, [left_out(context, one, level).rows[:first] for one in concepts])

    return read


def _other(context: Context, rows: Sequence[int]) -> list[int]:
    return [int(other) for other in context.snapshot.not_counted.other[list(rows)]]


def _records(context: Context, rows: Sequence[int]) -> list[int]:
    return [int(records) for records in context.snapshot.not_counted.records[list(rows)]]


def _why(context: Context, rows: Sequence[int]) -> list[str]:
    return [WHY[why] for why in context.snapshot.not_counted.why[list(rows)]]


def _patients(context: Context, rows: Sequence[int]) -> list[PatientNumber]:
    """Returns the disclosed number of patients who have an event on the concept of each row itself.

    These patients are always a part of the patients in the reach of the same concept, at both levels.
    """
    snapshot, concepts = context.snapshot, _other(context, rows)
    wholes = ([counted(snapshot, concept, level, context.role) for level in Level] for concept in concepts)
    shown = [
        part_of(snapshot.patients, own(snapshot, concept), whole, context.role)
        for concept, whole in zip(concepts, wholes, strict=True)
    ]
    read = {"field": "NotCounted.patients", "concepts": [snapshot.ids[concept] for concept in concepts]}
    return disclosed_counts(context, read, Level.LIKELY, shown)


NOT_COUNTED = {
    "concept": linked(_other, CONCEPT),
    "records": _records,
    "patients": _patients,
    "why": _why,
}

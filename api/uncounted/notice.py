"""api: the notice beside counts that says what they leave out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from api.context import Context, may_be_known
from graph.hierarchy import Level

_ASK = "; ask concept { notCounted }"
_MOST_NOTED = 5


class Left(NamedTuple):
    """Rows of what is left out for one concept, and of how many of them it may be known that patients have them."""

    rows: list[int]
    with_patients: int


def left_out(context: Context, concept: int, level: Level, patients: bool = True) -> Left:
    """What the caller may know of: a concept without records is listed only where its patients may be known.

    With `patients` False only what has records is, and nothing is told of patients.
    """
    every = context.snapshot.not_counted
    rows = every.of[concept]
    if level is not Level.CERTAIN:
        rows = rows[~every.likely[rows]]
    held = every.patients[rows].tolist() if patients else [0] * len(rows)
    known = np.array([number > 0 and may_be_known(context, number) for number in held], bool)
    with_patients = int(known.sum())
    if with_patients:
        read = {"field": "Concept.notCounted", "concepts": [context.snapshot.ids[concept]], "level": level}
        context.reads.append(read | {"told": [with_patients]})
    return Left(rows[known | (every.records[rows] > 0)].tolist(), with_patients)


def note_left_out(context: Context, concepts: Sequence[int], level: Level, patients: bool) -> None:
    """Says in the extensions of the answer what the counts of these concepts leave out; counts of patients or not."""
    for concept in concepts:
        if len(context.snapshot.not_counted.of[concept]):
            left = left_out(context, concept, level, patients)
            records = int(context.snapshot.not_counted.missed[concept, [*Level].index(level)])
            if records or left.with_patients:
                at = " at CERTAIN" if level is Level.CERTAIN else ""
                line = _line(len(left.rows), records, bool(left.with_patients))
                _note(context, f"{context.snapshot.ids[concept]}{at}: ", line)


def _note(context: Context, of: str, line: str) -> None:
    """One line for each concept and level: that which also tells of patients, where there are two."""
    noted = context.notes.get("notCounted", "").removesuffix(_ASK)
    lines = noted.split("; ") if noted else []
    known = [place for place, other in enumerate(lines) if other.startswith(of)]
    if known:
        lines[known[0]] = max(lines[known[0]], of + line, key=lambda one: "patients" in one)
    elif len(lines) <= _MOST_NOTED:
        lines.append(of + line if len(lines) < _MOST_NOTED else "and others")
    context.notes["notCounted"] = "; ".join(lines) + _ASK


def _line(concepts: int, records: int, patients: bool) -> str:
    one = concepts == 1
    named = "1 concept with a similar name" if one else f"{concepts} concepts with similar names"
    if not records:
        return f"{named} {'has patients and is' if one else 'have patients and are'} not counted"
    also = ", and patients" if patients else ""
    counted = "1 record that is" if records == 1 else f"{records} records that are"
    return f"{named} {'holds' if one else 'hold'} {counted} not counted{also}"

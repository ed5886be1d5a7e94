"""api: makes the note `notCounted`, which lists concepts whose records and patients are not counted in an answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.disclosure import Role, own
from api.fields import Context, may_be_known
from graph.hierarchy import Level
from graph.snapshot import Snapshot

_ASK = "; see concept { notCounted }"
_FULL = "; and others" + _ASK
_MOST_NOTED, _MOST_KEPT = 5, 20_000


class Left(NamedTuple):
    """The concepts that are not counted for a concept, as rows of `Snapshot.not_counted`.

    `with_patients` is how many of them have patients that the caller is allowed to know about.
    """

    rows: list[int]
    with_patients: int


def left_out(context: Context, concept: int, level: Level, patients: bool = True) -> Left:
    """Returns the concepts that are not counted for `concept` at `level` and that the caller may see.

    A concept that no study, course, publication or data set is about is listed only if the caller is allowed to know
    that the concept has patients. If `patients` is
    False, only concepts with records are listed, and nothing about patients is disclosed.
    """
    left = _left_out(context, concept, level, patients)
    _log(context, concept, level, left.with_patients)
    return left


def _log(context: Context, concept: int, level: Level, with_patients: int) -> None:
    """Adds `with_patients`, the number of uncounted concepts with patients, to the audit log: the answer can disclose
    it.
    """
    if with_patients:
        read = {"field": "Concept.notCounted", "concepts": [context.snapshot.ids[concept]], "level": level}
        context.reads.append(read | {"told": [with_patients]})


def _left_out(context: Context, concept: int, level: Level, patients: bool) -> Left:
    every = context.snapshot.not_counted
    rows = every.of[concept]
    columns = (column[rows].tolist() for column in (every.likely, every.records, every.other))
    shown, with_patients = [], 0
    for row, likely, records, other in zip(rows.tolist(), *columns, strict=True):
        if not likely or level is Level.CERTAIN:
            known = patients and may_be_known(context, own(context.snapshot, other))
            with_patients += known
            if known or records:
                shown.append(row)
    return Left(shown, with_patients)


def note_left_out(context: Context, concepts: Sequence[int], level: Level, patients: bool) -> None:
    """Adds a line to the note `notCounted` for each concept for which concepts with similar names are not counted."""
    offsets = context.snapshot.not_counted.of.offsets
    for concept in concepts:
        if offsets[concept] < offsets[concept + 1]:
            notice = _notice(context, concept, level, patients)
            _log(context, concept, level, notice.with_patients)
            if notice.line:
                _note(context, notice)


class Notice(NamedTuple):
    """A line of the note `notCounted`, about one concept.

    `of` is the text with which the line begins. The line is empty if no record or patient is left out.
    """

    of: str
    line: str
    with_patients: int


def _earlier(_: Snapshot) -> dict[tuple[int, Level, bool, Role], Notice]:
    """Returns an empty cache of notices. Making a notice takes a fifth of the time of a count."""
    return {}


def _notice(context: Context, concept: int, level: Level, patients: bool) -> Notice:
    kept = context.snapshot.derived(_earlier)
    key = concept, level, patients, context.role
    found = kept.get(key)
    if found is None:
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        found = kept[key] = _made(context, concept, level, patients)
    return found


def _made(context: Context, concept: int, level: Level, patients: bool) -> Notice:
    left = _left_out(context, concept, level, patients)
    records = int(context.snapshot.not_counted.missed[concept, [*Level].index(level)])
    of = f"{context.snapshot.ids[concept]}{' at CERTAIN' if level is Level.CERTAIN else ''}: "
    if not records and not left.with_patients:
        return Notice(of, "", 0)
    return Notice(of, of + _line(len(left.rows), records, bool(left.with_patients)), left.with_patients)


def _note(context: Context, notice: Notice) -> None:
    """Adds a line to the note `notCounted`, which has one line for each concept and level.

    If two lines are about the same concept and level, the line that also mentions patients is kept.
    """
    known = context.left_out.get(notice.of)
    if known is None or "patients" not in known:
        context.left_out[notice.of] = notice.line


def note(context: Context) -> dict[str, str]:
    """Returns the note `notCounted` with all lines, as a part of the extensions of the answer."""
    lines = [*context.left_out.values()]
    if not lines:
        return {}
    return {"notCounted": "; ".join(lines[:_MOST_NOTED]) + (_FULL if len(lines) > _MOST_NOTED else _ASK)}


def _line(concepts: int, records: int, patients: bool) -> str:
    one = concepts == 1
    named = "1 concept with a similar name" if one else f"{concepts} concepts with similar names"
    if not records:
        return f"{named} {'has patients and is' if one else 'have patients and are'} not counted"
    held = f"{records} record{'s' if records > 1 else ''}{' and patients' if patients else ''}"
    return f"{named} {'has' if one else 'have'} {held} that {'are' if patients or records > 1 else 'is'} not counted"

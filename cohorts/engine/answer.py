"""cohorts: the answer to a definition, part by part. The answers of the parts are added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from typing import NamedTuple

import msgspec
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine.exits import Periods, ended
from cohorts.engine.found import Found, together
from cohorts.engine.groups import holds, select
from cohorts.engine.patients import having
from cohorts.engine.question import Asked
from cohorts.model import Definition, Which
from cohorts.saved import cohorts_in, refuse_loop, stored
from graph.events import LOWEST, Part
from graph.snapshot import Snapshot

Flags = npt.NDArray[np.bool_]
_SMALL = 1 << 16
"""A part with fewer patients is small."""


class Answer(NamedTuple):
    """The answer to a definition.

    `patients` are in the cohort. `entered` are the patients with an entry event. `qualified` are those of them who also
    meet `also`. `kept` has, for each rule, the patients who meet this rule and all earlier rules. `passed` has, for
    each rule, the patients who meet it. `periods` are the periods in the cohort, sorted by patient and start.
    `not_compared` counts values that could not be converted into the unit of a criterion, by concept and reason.
    """

    patients: BitMap
    entered: BitMap
    qualified: BitMap
    kept: list[BitMap]
    passed: list[BitMap]
    periods: list[Periods]
    not_compared: Counter[str]


def answer(snapshot: Snapshot, definition: Definition, possible: bool = False) -> Answer:
    """Answers a definition. All parts are answered in the same way, in threads.

    Saved cohorts that the definition uses are answered first, in the same snapshot. Raises NotAnswered.
    """
    return _answer(snapshot, definition, possible, ())


def _answer(snapshot: Snapshot, definition: Definition, possible: bool, above: tuple[str, ...]) -> Answer:
    """`above` are the ids of the saved cohorts that contain this definition, the outermost first."""
    asked = asking(snapshot, [definition], possible, above)
    parts = snapshot.events.parts
    if sum(part.patients >= _SMALL for part in parts) < 2 or not definition.entry:
        # Small parts, and sets of patients that are held, take less time than threads need to start.
        return added([answer_part(asked, part, definition) for part in parts])
    with ThreadPoolExecutor(len(parts)) as threads:
        return added([*threads.map(lambda part: answer_part(asked, part, definition), parts)])


def asking(
    snapshot: Snapshot, some: Iterable[msgspec.Struct], possible: bool = False, above: tuple[str, ...] = ()
) -> Asked:
    """A question that can answer definitions or their parts.

    The saved cohorts that they use are answered at once. Raises NotAnswered.
    """
    used = {id_ for one in some for id_ in cohorts_in(one)}
    saved = {id_: _saved(snapshot, id_, possible, above) for id_ in sorted(used)}
    return Asked(snapshot, possible, saved.__getitem__)


def _saved(snapshot: Snapshot, id_: str, possible: bool, above: tuple[str, ...]) -> BitMap:
    """The patients of a saved cohort. They are computed once for a snapshot."""
    known, saved = snapshot.derived(_known), stored(snapshot, id_)
    refuse_loop(saved.id, above)
    if (saved.id, possible) not in known:
        known[saved.id, possible] = _answer(snapshot, saved.definition, possible, (*above, saved.id)).patients
    return known[saved.id, possible]


def _known(_: Snapshot) -> dict[tuple[str, bool], BitMap]:
    return {}


def added(answers: Sequence[Answer]) -> Answer:
    """The answer of all parts together."""
    first, *others = answers
    for other in others:
        first = Answer(
            first.patients | other.patients,
            first.entered | other.entered,
            first.qualified | other.qualified,
            [one | two for one, two in zip(first.kept, other.kept, strict=True)],
            [one | two for one, two in zip(first.passed, other.passed, strict=True)],
            first.periods + other.periods,
            first.not_compared,
        )
    return first


def answer_part(asked: Asked, part: Part, definition: Definition) -> Answer:
    """The answer for the patients of a part."""
    if not definition.entry:
        return _of_patients(asked, part, definition)
    return answered(asked, definition, checked(asked, part, definition))


def _of_patients(asked: Asked, part: Part, definition: Definition) -> Answer:
    everyone = asked.everyone(part)
    qualified = having(asked, part, definition.also) if definition.also else everyone
    passed = [having(asked, part, rule.group) & qualified for rule in definition.rules]
    kept: list[BitMap] = [*accumulate(passed, BitMap.__and__)]
    return Answer(kept[-1] if kept else qualified, everyone, qualified, kept, passed, [], asked.not_compared)


class Checked(NamedTuple):
    """The entry events of a part. `qualified` is true for the events that meet `also`. `passed` has, for each rule, the
    events that meet both the rule and `also`.
    """

    events: Found
    qualified: Flags
    passed: list[Flags]


def checked(asked: Asked, part: Part, definition: Definition) -> Checked:
    """The entry events of a part, with each rule checked alone."""
    return checked_events(asked, definition, entered(matched(asked, part, definition), definition))


def checked_events(asked: Asked, definition: Definition, index: Found) -> Checked:
    """These entry events, with each rule checked alone."""
    qualified = np.ones(len(index), bool)
    if definition.also:
        qualified = limited(index, holds(asked, definition.also, index), definition.also_limit)
    return Checked(index, qualified, [holds(asked, rule.group, index) & qualified for rule in definition.rules])


def answered(asked: Asked, definition: Definition, found: Checked) -> Answer:
    """The answer for checked entry events.

    `found.passed` may lack rules of the definition; these rules are then not applied.
    """
    index, qualified, passed = found
    kept: list[Flags] = [*accumulate(passed, np.logical_and)]
    left = limited(index, kept[-1] if kept else qualified, definition.limit)
    chosen = index.only(left)
    periods, sets = ended(asked, chosen, definition), {id(left): chosen.people()}
    for one in (*kept, *passed):
        if id(one) not in sets:
            sets[id(one)] = index.people(one)
    return Answer(
        periods.people(index.part),
        index.people(),
        index.people(qualified),
        [sets[id(one)] for one in kept],
        [sets[id(one)] for one in passed],
        [periods],
        asked.not_compared,
    )


def matched(asked: Asked, part: Part, definition: Definition) -> Found:
    """The events that match `entry`, by patient and day."""
    return together([select(asked, part, events) for events in definition.entry])


def entered(found: Found, definition: Definition) -> Found:
    """The entry events among these: those with the observation that the definition asks for, after `entry_limit`."""
    found = found.only(observed(found, definition))
    return found.only(limited(found, np.ones(len(found), bool), definition.entry_limit))


def observed(found: Found, definition: Definition) -> Flags:
    """True for the events with the observation that the definition asks for."""
    first, last, *_ = found.days
    period, (start, end) = found.period, found.part.periods
    enough = period >= 0
    if not definition.before and not definition.after:
        # If the day of an event is not known, it is not outside an observation period.
        return enough if enough.all() else enough | (first == LOWEST)
    inside = np.flatnonzero(enough)
    enough[inside] = start[period[inside]] + definition.before <= first[inside]
    enough[inside] &= last[inside] + definition.after <= end[period[inside]]
    return enough


def limited(index: Found, among: Flags, which: Which) -> Flags:
    """True for the first or last of these events of each patient, or for all of them."""
    if which == "all":
        return among
    rows = np.flatnonzero(among)
    patient = index.patient[rows]
    other = np.append(patient[1:] != patient[:-1], True) if len(rows) else np.empty(0, bool)
    ends = other if which == "last" else np.roll(other, 1)
    found = np.zeros(len(among), bool)
    found[rows[ends]] = True
    return found

"""cohorts: answers a definition for each part of the event index, and combines the answers."""

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
"""A part of the event index with fewer patients than this number is small."""


class Answer(NamedTuple):
    """The answer to a definition.

    `patients` are in the cohort. `entered` are the patients with an entry event. `qualified` are the patients in
    `entered` who also meet `also`. `kept` has, for each rule, the patients who meet this rule and all earlier rules.
    `passed` has, for each rule, the patients who meet this rule. `periods` are the periods in the cohort, sorted by
    patient and start.
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
    """Answers a definition. If at least two parts are large, the parts are answered in parallel threads.

    Saved cohorts that the definition uses are answered first, in the same snapshot. `possible` is
    described at `Asked`. Raises NotAnswered.
    """
    return _answer(snapshot, definition, possible, ())


def _answer(snapshot: Snapshot, definition: Definition, possible: bool, above: tuple[str, ...]) -> Answer:
    """`above` are the ids of the saved cohorts that contain this definition, the outermost first."""
    asked = asking(snapshot, [definition], possible, above)
    parts = snapshot.events.parts
    if sum(part.patients >= _SMALL for part in parts) < 2 or not definition.entry:
        # Small parts and cached sets of patients are answered in less time than threads need to start.
        return added([answer_part(asked, part, definition) for part in parts])
    with ThreadPoolExecutor(len(parts)) as threads:
        return added([*threads.map(lambda part: answer_part(asked, part, definition), parts)])


def asking(
    snapshot: Snapshot, some: Iterable[msgspec.Struct], possible: bool = False, above: tuple[str, ...] = ()
) -> Asked:
    """Returns an `Asked` to answer the definitions, or parts of definitions, in `some`.

    The saved cohorts that they use are answered immediately. `above` has the same meaning as in `_answer`. Raises
    NotAnswered.
    """
    used = {id_ for one in some for id_ in cohorts_in(one)}
    saved = {id_: _saved(snapshot, id_, possible, above) for id_ in sorted(used)}
    return Asked(snapshot, possible, saved.__getitem__)


def _saved(snapshot: Snapshot, id_: str, possible: bool, above: tuple[str, ...]) -> BitMap:
    """The patients of a saved cohort. The patients are computed once for each snapshot."""
    known, saved = snapshot.derived(_known), stored(snapshot, id_)
    refuse_loop(saved.id, above)
    if (saved.id, possible) not in known:
        known[saved.id, possible] = _answer(snapshot, saved.definition, possible, (*above, saved.id)).patients
    return known[saved.id, possible]


def _known(_: Snapshot) -> dict[tuple[str, bool], BitMap]:
    return {}


def added(answers: Sequence[Answer]) -> Answer:
    """Combines the answers of all parts of the event index into one answer."""
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
    """The entry events in a part of the event index. `qualified` is true for the events that meet `also`.

    `passed` has, for each rule, the events that meet both the rule and `also`.
    """

    events: Found
    qualified: Flags
    passed: list[Flags]


def checked(asked: Asked, part: Part, definition: Definition) -> Checked:
    """Finds the entry events of a part, and checks each rule independently of the other rules."""
    return checked_events(asked, definition, entered(matched(asked, part, definition), definition))


def checked_events(asked: Asked, definition: Definition, index: Found) -> Checked:
    """Checks each rule for the given entry events, independently of the other rules."""
    qualified = np.ones(len(index), bool)
    if definition.also:
        qualified = limited(index, holds(asked, definition.also, index), definition.also_limit)
    return Checked(index, qualified, [holds(asked, rule.group, index) & qualified for rule in definition.rules])


def answered(asked: Asked, definition: Definition, found: Checked) -> Answer:
    """The answer for checked entry events.

    Rules that are missing in `found.passed` are not applied.
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
    """The events that match `entry`, sorted by patient and day."""
    return together([select(asked, part, events) for events in definition.entry])


def entered(found: Found, definition: Definition) -> Found:
    """The entry events: the matching events with enough days of observation, after `entry_limit` is applied."""
    found = found.only(observed(found, definition))
    return found.only(limited(found, np.ones(len(found), bool), definition.entry_limit))


def observed(found: Found, definition: Definition) -> Flags:
    """True for the events with the days of observation that the definition requires."""
    first, last, *_ = found.days
    period, (start, end) = found.period, found.part.periods
    enough = period >= 0
    if not definition.before and not definition.after:
        # An event with an unknown day is not treated as outside the observation periods.
        return enough if enough.all() else enough | (first == LOWEST)
    inside = np.flatnonzero(enough)
    enough[inside] = start[period[inside]] + definition.before <= first[inside]
    enough[inside] &= last[inside] + definition.after <= end[period[inside]]
    return enough


def limited(index: Found, among: Flags, which: Which) -> Flags:
    """True for each patient's first or last event in `among`, or for all events in `among`."""
    if which == "all":
        return among
    rows = np.flatnonzero(among)
    patient = index.patient[rows]
    other = np.append(patient[1:] != patient[:-1], True) if len(rows) else np.empty(0, bool)
    ends = other if which == "last" else np.roll(other, 1)
    found = np.zeros(len(among), bool)
    found[rows[ends]] = True
    return found

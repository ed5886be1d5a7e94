"""cohorts: the patients who are left after each rule, for each combination of rules, and without some of the rules."""

from __future__ import annotations

from collections.abc import Collection
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from cohorts.engine import Answer, Asked, Checked, added, answer, answered, asking, checked
from cohorts.model import Definition
from cohorts.results.members import combined, split, threaded, together
from graph.snapshot import Snapshot

Combination = tuple[int, ...]
"""Numbers of rules, from 0, sorted."""


class Checks(NamedTuple):
    """The rules of a definition, each checked independently of the others. `answer` is the answer with all rules.

    `parts` has the checked entry events for each part of the event index. Empty if the definition has no entry events.
    """

    definition: Definition
    asked: Asked
    answer: Answer
    parts: list[Checked]


class Attrition(NamedTuple):
    """The attrition of a cohort, as sets of patients.

    `entered` are the patients with an entry event. `qualified` are those of them who also meet `also`. `left` has one
    set for each rule, in order: the patients who meet this rule and all earlier rules. `alone` has one set for each
    rule: the patients who meet this rule; the other rules are ignored. `combinations` has one set for each combination
    of rules: the patients who meet exactly these rules. A patient with several entry events is counted for the event
    for which most rules hold. Among events with equally many such rules, an event for which rule 0 holds is preferred,
    then an event for which rule 1 holds, and so on.
    """

    entered: BitMap
    qualified: BitMap
    left: list[BitMap]
    alone: list[BitMap]
    combinations: dict[Combination, BitMap]


def check(snapshot: Snapshot, definition: Definition, possible: bool = False) -> Checks:
    """Checks all rules once, for `attrition` and `with_rules`."""
    asked = asking(snapshot, [definition], possible)
    if not definition.entry:
        return Checks(definition, asked, answer(snapshot, definition, possible), [])
    parts = threaded(lambda part: checked(asked, part, definition), snapshot.events.parts)
    return Checks(definition, asked, _answer(asked, definition, parts), parts)


def _answer(asked: Asked, definition: Definition, parts: list[Checked]) -> Answer:
    return added(threaded(lambda part: answered(asked, definition, part), parts))


def with_rules(checks: Checks, rules: Collection[int]) -> Answer:
    """The answer if only the rules with these numbers are applied. No rule is checked again.

    `kept` and `passed` of the answer have only the given rules.
    """
    on = sorted(set(rules))
    if checks.parts:
        some = [part._replace(passed=[part.passed[rule] for rule in on]) for part in checks.parts]
        return _answer(checks.asked, checks.definition, some)
    passed = [checks.answer.passed[rule] for rule in on]
    kept: list[BitMap] = [*accumulate(passed, BitMap.__and__)]
    patients = kept[-1] if kept else checks.answer.qualified
    return checks.answer._replace(patients=patients, kept=kept, passed=passed)


def attrition(checks: Checks) -> Attrition:
    """Attrition by rule and by combination of rules."""
    _, entered, qualified, kept, passed, *_ = checks.answer
    cells = threaded(_of_events, checks.parts) if checks.parts else [_of_patients(checks.answer)]
    found = together(cells)
    return Attrition(entered, qualified, kept, passed, {key: found[key] for key in sorted(found, key=_most_first)})


def _most_first(rules: Combination) -> tuple[int, Combination]:
    return -len(rules), rules


def _of_patients(answer: Answer) -> dict[Combination, BitMap]:
    patients = np.asarray(answer.qualified.to_array(), np.int64)
    flags = (np.isin(patients, passed.to_array()) for passed in answer.passed)
    code, found = combined(flags, len(patients))
    return split(code, [*map(_holding, found)], patients)


def _of_events(part: Checked) -> dict[Combination, BitMap]:
    from cohorts.results.kernels import best_rows

    patient, size = part.events.patient, len(part.events)
    flags = np.array(part.passed, bool).reshape(-1, size) if size else np.empty((len(part.passed), 0), bool)
    rows = best_rows(patient, part.qualified, flags)
    code, found = combined(flags[:, rows], len(rows))
    return split(code, [*map(_holding, found)], patient[rows] + part.events.part.first)


def _holding(flags: tuple[int, ...]) -> Combination:
    return tuple(rule for rule, holds in enumerate(flags) if holds)

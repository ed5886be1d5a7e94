"""cohorts: computes the incidence of an outcome, in total or for each cell of a breakdown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from cohorts.engine import Answer
from cohorts.results.breakdown import By, Cell, cells, in_order
from cohorts.results.followed import Followed, Outcome, followed
from cohorts.results.members import Members, on_parts, union
from graph.events import HIGHEST, YEAR
from graph.snapshot import NONE, Numbers, Snapshot


class Rate(NamedTuple):
    """The persons at risk for at least a day, the persons among them with the outcome, and the total days at risk."""

    persons: BitMap
    outcomes: BitMap
    days: int

    @property
    def per_1000_years(self) -> float | None:
        """Outcomes per 1,000 person-years of 365.25 days. None without days at risk."""
        return len(self.outcomes) * 1000 * YEAR / self.days if self.days else None


class Incidence(NamedTuple):
    """The rate of an outcome for each cell of a breakdown. `undated` are the patients with an unknown start or end.

    `earlier` are the patients with an earlier outcome. Both groups are left out of all rates.
    """

    rates: dict[Cell, Rate]
    undated: BitMap
    earlier: BitMap


def incidence(
    snapshot: Snapshot,
    answer: Answer,
    outcome: Outcome,
    by: Sequence[By] = (),
    hidden: Numbers = NONE,
    possible: bool = False,
) -> Incidence:
    """The incidence of the first outcome of each patient. Without `by`, the only cell is `()`.

    A patient is at risk in all times in the cohort, until the first outcome. The day of the outcome and the last day in
    the cohort are days at risk. An outcome outside the times in the cohort is not counted. Such an outcome does not end
    the time at risk, unless `new_only` is true. Raises NotAnswered for a cohort without entry events.
    """
    parts = on_parts(
        snapshot, answer, lambda members: incidence_part(members, outcome, by, hidden), possible, [outcome.events]
    )
    return Incidence(
        added([part.rates for part in parts]),
        union(part.undated for part in parts),
        union(part.earlier for part in parts),
    )


def added(parts: Sequence[dict[Cell, Rate]]) -> dict[Cell, Rate]:
    """Combines the rates of all parts. Cells are sorted, with unknown values last."""
    found: dict[Cell, Rate] = {}
    for part in parts:
        for cell, (persons, outcomes, days) in part.items():
            before = found.get(cell, Rate(BitMap(), BitMap(), 0))
            found[cell] = Rate(before.persons | persons, before.outcomes | outcomes, before.days + days)
    return {cell: found[cell] for cell in sorted(found, key=in_order)}


def incidence_part(members: Members, outcome: Outcome, by: Sequence[By], hidden: Numbers = NONE) -> Incidence:
    """The incidence among the patients in `members`, who belong to one part of the event index."""
    found = followed(members, outcome, "the incidence", first_only=False)
    days = _at_risk(found, members.part.patients)
    persons = members.where(days > 0)
    with_outcome = members.where(members.flags(found.patient[found.outcome < HIGHEST]))
    rates = {}
    for cell, patients in cells(members, by, hidden).items():
        own = patients & persons
        if own:
            at_risk = days[np.asarray(own.to_array(), np.int64) - members.part.first]
            rates[cell] = Rate(own, own & with_outcome, int(at_risk.sum()))
    return Incidence(rates, members.where(found.undated), members.where(found.earlier))


def _at_risk(found: Followed, patients: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The days at risk of each patient of the part."""
    days = np.maximum(np.minimum(found.end, found.outcome).astype(np.int64) - found.begin + 1, 0)
    first_outcome = np.full(patients, HIGHEST, np.int32)
    np.minimum.at(first_outcome, found.patient, found.outcome)
    days[found.begin > first_outcome[found.patient]] = 0
    total = np.zeros(patients, np.int64)
    np.add.at(total, found.patient, days)
    return total

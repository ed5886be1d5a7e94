"""cohorts: the time from the start in the cohort to an outcome, as a Kaplan-Meier table."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine import Answer
from cohorts.results.followed import Outcome, followed
from cohorts.results.members import Members, on_parts, union
from graph.columns import bitmap
from graph.events import HIGHEST
from graph.snapshot import Snapshot

Ints = npt.NDArray[np.int64]


class Step(NamedTuple):
    """A row of a Kaplan-Meier table: the days from `since` to `until` after the start, both included.

    `at_risk` is the number of patients without an outcome who are still followed on day `since`. `survival` is the
    share of patients without an outcome after day `until`, by the Kaplan-Meier estimate
    (https://doi.org/10.1080/01621459.1958.10501452).
    """

    since: int
    until: int
    at_risk: int
    events: int
    censored: int
    survival: float


class Times(NamedTuple):
    """For each followed patient, the number of days from the start in the cohort to the outcome.

    If `event` is false, `days` is the number of days to the end of the follow-up.

    `undated` and `earlier` are patients that are left out, as in `Incidence`.
    """

    patient: Ints
    days: Ints
    event: npt.NDArray[np.bool_]
    undated: BitMap
    earlier: BitMap

    def cells(self, step: Step) -> tuple[BitMap, BitMap, BitMap]:
        """The patients of the row `step`: at risk, with the outcome, and censored."""
        during = (self.days >= step.since) & (self.days <= step.until)
        masks = self.days >= step.since, during & self.event, during & ~self.event
        at_risk, events, censored = (bitmap(self.patient[mask]) for mask in masks)
        return at_risk, events, censored

    def table(self, every: int = 1) -> list[Step]:
        """The rows of the Kaplan-Meier table that have an outcome or a censored patient.

        Each row has `every` days; the minimum is 1. Patients who are censored on the day of an outcome are still at
        risk on that day. Survival is computed day by day, whatever the length of a row.
        """
        every = max(every, 1)
        size = (int(self.days.max(initial=0)) // every + 1) * every if len(self.days) else 0
        events, ended = (np.bincount(self.days[mask], minlength=size) for mask in (self.event, ~self.event))
        at_risk = len(self.days) - np.cumsum(events + ended) + events + ended
        survival = np.cumprod(1 - events / np.maximum(at_risk, 1))
        first = np.arange(0, size, every)
        rows = zip(
            first.tolist(),
            at_risk[first].tolist(),
            events.reshape(-1, every).sum(1).tolist(),
            ended.reshape(-1, every).sum(1).tolist(),
            survival[first + every - 1].tolist(),
            strict=True,
        )
        return [Step(day, day + every - 1, *row) for day, *row in rows if row[1] or row[2]]


def time_to_event(snapshot: Snapshot, answer: Answer, outcome: Outcome, possible: bool = False) -> Times:
    """The time from the start of the first time in the cohort to the first outcome in this time.

    Patients without outcome are censored at the end of their first time in the cohort. Raises NotAnswered for a cohort
    without entry events.
    """
    parts = on_parts(snapshot, answer, lambda members: times(members, outcome), possible, [outcome.events])
    columns = zip(*((part.patient, part.days, part.event) for part in parts), strict=True)
    patient, days, event = (np.concatenate(column) for column in columns)
    return Times(patient, days, event, union(p.undated for p in parts), union(p.earlier for p in parts))


def times(members: Members, outcome: Outcome) -> Times:
    """Like `time_to_event`, for the patients in `members`, who belong to one part of the event index."""
    found = followed(members, outcome, "the time to an event", first_only=True)
    event = found.outcome < HIGHEST
    days = np.minimum(found.outcome, found.end).astype(np.int64) - found.begin + outcome.since
    undated, earlier = members.where(found.undated), members.where(found.earlier)
    return Times(found.patient.astype(np.int64) + members.part.first, days, event, undated, earlier)

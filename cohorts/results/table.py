"""cohorts: the table of a cohort: its patients, with the start and end of each time in the cohort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cohorts.engine import Answer
from graph.events import HIGHEST, LOWEST, day_text
from graph.snapshot import Snapshot

Ints = npt.NDArray[np.int64]


class Member(NamedTuple):
    """A time of a patient in the cohort. The start and end days are included. `patient` is the number of the patient.

    A day is an ISO 8601 date, or an age (`P1203D`) if the patient's events have ages instead of dates. None if the day
    is unknown, or if the definition has no entry events.
    """

    patient: int
    start: str | None
    end: str | None


class Table(NamedTuple):
    """All times of a cohort, sorted by patient number and start, as days of `graph.events`."""

    patient: Ints
    start: Ints
    end: Ints
    aged: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.patient)

    def rows(self, first: int, past: int) -> list[Member]:
        """The rows from position `first` up to, but not including, position `past`."""
        some = slice(first, past)
        aged = np.isin(self.patient[some], self.aged).tolist()
        columns = (column[some].tolist() for column in (self.patient, self.start, self.end))
        return [
            Member(patient, day_text(start, start, by_age), day_text(end, end, by_age))
            for patient, start, end, by_age in zip(*columns, aged, strict=True)
        ]


def table(snapshot: Snapshot, answer: Answer) -> Table:
    """The table of a cohort. Without entry events, each patient has one row without days."""
    if not answer.periods:
        patients = np.asarray(answer.patients.to_array(), np.int64)
        unknown = (np.full(len(patients), bound, np.int64) for bound in (LOWEST, HIGHEST))
        start, end = unknown
        return Table(patients, start, end, snapshot.events.aged)
    parts = zip(snapshot.events.parts, answer.periods, strict=True)
    whose = [period.patient.astype(np.int64) + part.first for part, period in parts]
    start, end = (np.concatenate([one[place] for one in answer.periods]).astype(np.int64) for place in (1, 2))
    return Table(np.concatenate(whose), start, end, snapshot.events.aged)

"""cohorts: patients followed from their start in the cohort to an outcome or the end of their time in the cohort."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cohorts.engine import Found, next_start, select
from cohorts.model import Events
from cohorts.results.members import Members
from graph.columns import first_of_each
from graph.events import HIGHEST, LOWEST

Days = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Outcome(NamedTuple):
    """An outcome, given by its events. A partial date counts as its first possible day.

    Events without a date do not count. Patients are at risk from `since` days after their start. For example, with 1,
    an outcome on the day of the start does not count. If `new_only` is true, patients with an outcome that is earlier
    or has no date are left out.
    """

    events: Events
    since: int = 1
    new_only: bool = False


class Followed(NamedTuple):
    """Times at risk of patients of one part of the event index, sorted by patient and first day.

    `outcome` is the day of the first outcome from `begin` to `end`, both included. HIGHEST if there is no outcome.
    `undated` and `earlier` have a flag for each patient of the part. `undated` is true if the patient has a time in the
    cohort whose start or end is unknown. `earlier` is true if the patient was left out because of an earlier outcome.
    """

    patient: Days
    begin: Days
    end: Days
    outcome: Days
    undated: Flags
    earlier: Flags


def followed(members: Members, outcome: Outcome, result: str, first_only: bool) -> Followed:
    """Follows the patients of a part through all their times in the cohort. With `first_only`, only the first time.

    `result` is the name of the result in the error message if the cohort has no entry events.
    """
    patient, start, end = members.periods(result)
    undated = members.flags(patient[(start <= LOWEST) | (end >= HIGHEST)])
    kept = ~undated[patient]
    if first_only:
        kept &= first_of_each(patient.astype(np.int64))
    found = select(members.asked, members.part, outcome.events)
    begin = start + np.int32(outcome.since)
    before = members.flags(patient[kept])
    if outcome.new_only:
        kept &= ~_happened(found, patient, begin, members.part.patients)
    patient, begin, end = patient[kept], begin[kept], end[kept]
    earlier = before & ~members.flags(patient)
    day = next_start(found, patient, begin)
    return Followed(patient, begin, end, np.where(day <= end, day, HIGHEST).astype(np.int32), undated, earlier)


def _happened(found: Found, patient: Days, begin: Days, patients: int) -> Flags:
    """For each patient and day, True if the patient's first event in `found` is before the day."""
    first = first_of_each(found.patient.astype(np.int64))
    day = np.full(patients, HIGHEST, np.int32)
    day[found.patient[first]] = found.days[0][first]
    return np.asarray(day[patient] < begin)

"""cohorts: computes when patients leave a cohort."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine.compiled import days_of
from cohorts.engine.found import Found
from cohorts.engine.groups import select
from cohorts.model import AfterDays, Definition, Events, Range, WhileExposed
from graph.columns import bitmap_of, first_of_each
from graph.events import HIGHEST, LOWEST, Part

if TYPE_CHECKING:
    from cohorts.engine.question import Asked

Days = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Periods(NamedTuple):
    """The periods of patients in a cohort, sorted by patient and first day.

    The patients belong to one part of the event index, and are numbered within this part. The first and the last day
    both belong to the period.
    """

    patient: Days
    start: Days
    end: Days

    def people(self, part: Part) -> BitMap:
        """The patients of these periods."""
        from cohorts.engine.row_kernels import marked

        return bitmap_of(marked(self.patient, None, part.patients), part.first)


def ended(asked: Asked, index: Found, definition: Definition) -> Periods:
    """The periods in the cohort that begin with the entry events in `index`.

    A period that ends before it begins has no days, so it is left out. A partial date counts as its first day.
    """
    from cohorts.engine.kernels import joined

    index = index.only(datable(asked, index, definition))
    start, end = starts(index, definition), reduce(np.minimum, ends(asked, index, definition).values())
    kept = start <= end
    patient, start, end = index.patient[kept], start[kept], end[kept]
    start, end = start.astype(np.int32), end.astype(np.int32)
    number, _ = joined(patient, start, end, definition.gap)
    first = np.flatnonzero(first_of_each(number)) if len(number) else np.empty(0, np.int64)
    last = np.maximum.reduceat(end, first) if len(first) else end
    return Periods(patient[first], start[first], last)


def datable(asked: Asked, index: Found, definition: Definition) -> Flags:
    """True for the entry events whose time in the cohort can be compared with the dates of the definition.

    False if the definition has dates, and the events of the patient have ages instead of dates.
    """
    limits = days_of(definition.dates) if definition.dates else Range()
    if limits.low is None and limits.high is None:
        return np.ones(len(index), bool)
    return ~asked.aged(index.part, index.patient)


def starts(index: Found, definition: Definition) -> Days:
    """For each entry event in `index`, the day on which the time in the cohort begins."""
    low = days_of(definition.dates).low if definition.dates else None
    return index.days[0] if low is None else np.maximum(index.days[0], np.int32(low))


def ends(asked: Asked, index: Found, definition: Definition) -> dict[str, Days]:
    """For each entry event in `index`, the days on which parts of the definition end the time in the cohort.

    The time in the cohort ends on the earliest of these days.
    The keys are `exit`, `censor[0]` and so on, `dates`, and `observation` for the end of the observation period.
    """
    found: dict[str, Days] = {}
    match definition.exit:
        case AfterDays(days=days, of=of):
            day = index.days[1] if of == "start" else index.days[3]
            found["exit"] = np.where(day < HIGHEST, day + days, HIGHEST).astype(np.int32)
        case WhileExposed() as exposed:
            found["exit"] = _exposed(asked, index, exposed)
    for number, censor in enumerate(definition.censor):
        events = select(asked, index.part, censor)
        # Otherwise, an event with an unknown day would end the time of an entry event with an unknown day.
        events = events.only(events.days[0] > LOWEST)
        found[f"censor[{number}]"] = next_start(events, index.patient, index.days[0])
    high = days_of(definition.dates).high if definition.dates else None
    if high is not None:
        found["dates"] = np.full(len(index), high, np.int32)
    return found | {"observation": _observed(index)}


def _observed(index: Found) -> Days:
    """The last day of the observation period of each entry event; HIGHEST without an observation period."""
    period, (_, until) = index.period, index.part.periods
    observed = np.full(len(index), HIGHEST, np.int32)
    observed[period >= 0] = until[period[period >= 0]]
    return observed


def _exposed(asked: Asked, index: Found, rule: WhileExposed) -> Days:
    """For each entry event, the end of the exposure to the drugs of `rule` that includes the start of the entry event.

    Exposures with at most `rule.gap` days between them are joined first. Without such an exposure, the end of the entry
    event itself.
    """
    from cohorts.engine.kernels import joined

    found = select(asked, index.part, Events(kinds=("medication", "drug_era"), concepts=rule.concepts))
    found = found.only(found.days[0] > LOWEST)
    start, _, end, _ = found.days
    supply = found.part.at("days", found.rows)
    if rule.supply is not None:
        end = start + rule.supply
    else:
        supplied = np.where(np.isnan(supply), 1, supply).astype(np.int32)
        end = np.where(end > start, end, start + supplied)
    number, size = joined(found.patient, start, end.astype(np.int32), rule.gap)
    last = np.full(size, LOWEST, np.int32)
    np.maximum.at(last, number, end.astype(np.int32))
    own = _before(found.patient, start, index.patient, index.days[0])
    during = np.where(own >= 0, last[number[own]] if size else LOWEST, LOWEST) + rule.surveillance
    return np.where((own >= 0) & (during >= index.days[0]), during, index.days[3]).astype(np.int32)


def _key(patient: Days, day: Days) -> npt.NDArray[np.int64]:
    return patient.astype(np.int64) << 32 | (day.astype(np.int64) - LOWEST)


def _before(patient: Days, day: Days, whose: Days, until: Days) -> npt.NDArray[np.int64]:
    """For each patient in `whose` and day in `until`, the position of the patient's last row on or before the day.

    A row is a pair of a patient in `patient` and a day in `day`. The result is -1 if there is no such row.
    """
    place = np.searchsorted(_key(patient, day), _key(whose, until), side="right") - 1
    own = (place >= 0) & (patient[np.maximum(place, 0)] == whose if len(patient) else False)
    return np.where(own, place, -1)


def next_start(found: Found, patient: Days, day: Days) -> Days:
    """For each patient and day, the start of the patient's first event in `found` that starts on or after the day.

    HIGHEST if there is no such event. A partial date counts as its first day.
    """
    starts = found.days[0]
    place = np.searchsorted(_key(found.patient, starts), _key(patient, day), side="left")
    there = place < len(found)
    own = np.zeros(len(patient), bool)
    own[there] = found.patient[place[there]] == patient[there]
    next_day = np.full(len(patient), HIGHEST, np.int32)
    next_day[own] = starts[place[own]]
    return next_day

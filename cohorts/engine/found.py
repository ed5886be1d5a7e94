"""cohorts: selected events of a part of the event index, as rows with dates."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.columns import bitmap_of
from graph.events import HIGHEST, LOWEST, Part

Rows = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Days = tuple[npt.NDArray[np.int32], ...]
DAYS = ("day", "day_to", "end", "end_to")


class Found:
    """Selected events of a part of the event index, sorted by patient and day.

    `place` has the rows of the events in the part. Consecutive rows are given as a slice, so that their columns need
    not be copied. `days` are dates that replace the dates in the part.
    """

    def __init__(self, part: Part, place: Rows | slice, days: Days | None = None) -> None:
        self.part, self._place = part, place
        if days is not None:
            self.days = days

    @classmethod
    def of(cls, part: Part, rows: Rows, patient: npt.NDArray[np.int32], day: npt.NDArray[np.int32]) -> Found:
        """Makes a `Found` from rows whose patients and first days are already known."""
        found, own = cls(part, rows), part.whole("day")
        found.patient = patient
        columns = tuple(part.whole(name) for name in DAYS)
        found.days = _each(columns, lambda column: day if column is own else column[rows])
        return found

    def __len__(self) -> int:
        place = self._place
        return place.stop - place.start if isinstance(place, slice) else len(place)

    @cached_property
    def rows(self) -> Rows:
        place = self._place
        return np.arange(place.start, place.stop) if isinstance(place, slice) else place

    def only(self, kept: Flags) -> Found:
        """The events for which `kept` is true."""
        return self if kept.all() else self.at(np.flatnonzero(kept))

    def at(self, places: Rows) -> Found:
        found = Found(self.part, places + self._place.start if isinstance(self._place, slice) else self.rows[places])
        known = vars(self)
        if "days" in known:
            found.days = _each(self.days, lambda day: day[places])
        for name in ("patient", "period"):
            if name in known:
                vars(found)[name] = known[name][places]
        return found

    def moved(self, days: Days) -> Found:
        """The same events with other dates, sorted by these dates."""
        return Found(self.part, self.rows, days).at(np.lexsort((self.rows, days[0], self.patient)))

    @cached_property
    def patient(self) -> npt.NDArray[np.int32]:
        return self.part.whole("patient")[self._place]

    @cached_property
    def days(self) -> Days:
        """Four arrays: the first and last possible day of the start, and the first and last possible day of the end.

        Arrays with equal content are the same object.
        """
        return _each(tuple(self.part.whole(name) for name in DAYS), lambda day: day[self._place])

    @cached_property
    def visit(self) -> npt.NDArray[np.int32]:
        return self.part.at("visit", self.rows).astype(np.int32)

    @cached_property
    def period(self) -> npt.NDArray[np.int32]:
        """The observation period in which each event starts; -1 if there is none."""
        from cohorts.engine.kernels import period_of

        first, last, *_ = self.days
        return period_of(self.patient, first, last, self.part.observed.offsets, *self.part.periods)

    def people(self, kept: Flags | None = None) -> BitMap:
        """The patients who have any of the events. If `kept` is given, only events for which it is true are used."""
        if kept is None or kept.all():
            return self._people
        return self._people_of(kept)

    @cached_property
    def _people(self) -> BitMap:
        return self._people_of(None)

    def _people_of(self, kept: Flags | None) -> BitMap:
        from cohorts.engine.row_kernels import marked

        return bitmap_of(marked(self.patient, kept, self.part.patients), self.part.first)


def _each(days: Days, change: Callable[[npt.NDArray[np.int32]], npt.NDArray[np.int32]]) -> Days:
    """Applies `change` to each array in `days`. If an array occurs twice, it is changed once."""
    changed = {id(day): change(day) for day in {id(day): day for day in days}.values()}
    return tuple(changed[id(day)] for day in days)


def together(some: list[Found]) -> Found:
    """Joins lists of events of the same part. An event that occurs twice with the same dates is included once."""
    if len(some) == 1:
        return some[0]
    columns = np.concatenate([np.stack([found.rows, *found.days]) for found in some], axis=1)
    columns = np.unique(columns, axis=1)
    found = Found(some[0].part, columns[0], tuple(day.astype(np.int32) for day in columns[1:]))
    return found.at(np.lexsort((found.rows, found.days[0], found.patient)))


class Everyone(Found):
    """Patients of a part in the form of `Found`: one row for each patient, without an event and with unknown days.

    Criteria are checked for these rows if there are no index events. `patients` are numbers within the part; None for
    all patients of the part.
    """

    def __init__(self, part: Part, patients: npt.NDArray[np.int32] | None = None) -> None:
        self.patient = np.arange(part.patients, dtype=np.int32) if patients is None else patients
        super().__init__(part, np.full(len(self.patient), -1, np.int64))

    @cached_property
    def days(self) -> Days:
        return (*(np.full(len(self), bound, np.int32) for bound in (LOWEST, HIGHEST)),) * 2

    @cached_property
    def visit(self) -> npt.NDArray[np.int32]:
        return np.full(len(self), -1, np.int32)

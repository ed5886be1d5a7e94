"""cohorts: a question to one snapshot, and the data of the snapshot that is needed to answer the question."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from copy import copy

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap

from cohorts.engine.compiled import Concept, within, years
from cohorts.engine.found import Found
from cohorts.engine.persons import Persons
from cohorts.engine.postings import Postings
from cohorts.errors import NotAnswered
from cohorts.model import Among, Range
from graph.errors import GraphError
from graph.events import HIGHEST, LOWEST, YEAR, Part
from graph.secret import secret_of, source_hash
from graph.snapshot import Snapshot, patient_keys
from graph.units import NotComparable, conversion

Flags = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.int32]


def saved_nowhere(id_: str) -> BitMap:
    """Raises NotAnswered. Used for questions that cannot refer to saved cohorts."""
    raise NotAnswered(id_, "a saved cohort cannot be used here")


class Asked:
    """A question to a snapshot.

    Partial dates and ages are intervals. If `possible` is true, a criterion holds if at least one value in the interval
    matches. Otherwise, all values in the interval must match. If `denied` is true, the answer counts against an upper
    limit, as in "no event".
    """

    def __init__(
        self, snapshot: Snapshot, possible: bool = False, saved: Callable[[str], BitMap] = saved_nowhere
    ) -> None:
        """`saved` is a function that returns the patients of a saved cohort by its id, or raises NotAnswered."""
        self.snapshot, self.possible, self._saved = snapshot, possible, saved
        self.denied = False
        self.not_compared = Counter[str]()
        self.concepts, self._postings = snapshot.derived(Concept), snapshot.derived(Postings)
        self.everyone, self.having = self._postings.everyone, self._postings.having
        self.events, self.persons = self._postings.events, snapshot.derived(Persons)

    def denying(self, silent: bool = False) -> Asked:
        """The question for events that count against an upper limit.

        "At most 2 events" holds for all possible days only if there are at most 2 possible events. So the opposite of
        `possible` applies. With `silent`, values that cannot be converted are not counted again.
        """
        other = copy(self)
        other.possible, other.denied = not self.possible, not self.denied
        if silent:
            other.not_compared = Counter()
        return other

    def aged(self, part: Part, patient: Days) -> Flags:
        """True for the patients of a part whose events have ages instead of dates."""
        return np.asarray(self.snapshot.derived(_aged)[part.first + patient])

    def ages(self, part: Part, patient: Days, first: Days, last: Days) -> tuple[Floats, Floats]:
        """For each patient, the age in years on the day `first` and on the day `last`; NaN if unknown.

        The age is the year of the day minus the year of birth, because only the year of birth is stored.
        """
        born = self.snapshot.patients.born[part.first : part.first + part.patients][patient]
        known = (first > LOWEST) & (last < HIGHEST)
        aged = self.aged(part, patient)

        def age(day: Days) -> Floats:
            days = np.where(known, day, 0)
            found = np.where(aged, np.floor(days / YEAR), years(days) - born)
            return np.where(known & (aged | (born > 0)), found, np.nan)

        low = age(first)
        return low, low if last is first else age(last)

    def on(self, part: Part, patient: Days, first: Days, last: Days, dates: Range) -> Flags:
        """For each patient, True if a date is in `dates`, a range of calendar days.

        `first` and `last` are the earliest and latest possible day of the date. If the events of a patient have ages
        instead of dates, no criterion with calendar days holds. So the result is false, or true if `denied` is true.
        """
        found = within(dates, first.astype(np.float64), last.astype(np.float64), self.possible)
        return np.where(self.aged(part, patient), self.denied, found) & (first > LOWEST)

    def in_unit(self, found: Found, values: Floats, codes: npt.NDArray[np.int64], unit: str) -> Floats:
        """The values of the events in `found`, converted into `unit`.

        NaN if a value has no unit or cannot be converted. `codes` are the units of the values. `not_compared` counts
        the values of each concept that cannot be converted, with the reason.
        """
        pairs, which = np.unique(np.stack([codes, found.part.concept[found.rows]]), axis=1, return_inverse=True)
        converted = np.full(len(values), np.nan)
        for number, (code, concept) in enumerate(pairs.T.tolist()):
            rows = which.reshape(-1) == number
            curie = self.snapshot.ids[concept]
            try:
                if code < 0:
                    raise NotComparable("", unit, "they have no unit")
                loinc = curie if curie.startswith("loinc:") else None
                converted[rows] = conversion(self.snapshot.events.text(code), unit, loinc)(values[rows])
            except NotComparable as wrong:
                self.not_compared[f"{curie}: {wrong}"] += int((~np.isnan(values[rows])).sum())
        return converted

    def among(self, member: Among, part: Part) -> Flags:
        """For each patient of a part, True if `member` lists the patient, a saved cohort of the patient or a source of
        the patient.
        """
        wanted = patient_keys(pa.chunked_array([pa.array(member.patients, pa.string())]))
        found = np.isin(self.snapshot.patients.keys[part.first : part.first + part.patients], wanted)
        for some in (*map(self._saved, member.cohorts), *map(self.of_source, member.sources)):
            found[np.asarray((some & self.everyone(part)).to_array(), np.int64) - part.first] = True
        return found

    def of_source(self, source: str) -> BitMap:
        """The patients who have a record from the source with this name. Raises NotAnswered."""
        try:
            key = source_hash(secret_of(self.snapshot.folder), source) if source else ""
        except GraphError as absent:
            raise NotAnswered(f"the source {source[:100]!r}", str(absent)) from None
        if key not in self.snapshot.patients.by_source:
            raise NotAnswered(
                f"the source {source[:100]!r}", "the store has no record from this source; check the name"
            )
        return self.snapshot.patients.by_source[key]


def _aged(snapshot: Snapshot) -> Flags:
    """For each patient, True if the events have ages instead of dates."""
    found = np.zeros(len(snapshot.patients), bool)
    found[snapshot.events.aged] = True
    return found

"""cohorts: finds the patients with a given sex, year of birth, race, ethnicity or care site."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from cohorts.engine.compiled import Concept, within
from cohorts.model import Person
from graph.columns import bitmap_of
from graph.events import Part
from graph.snapshot import Snapshot
from graph.value_sets import Concepts

Flags = npt.NDArray[np.bool_]
_FIELDS = ("sex", "born", "race", "ethnicity", "care_sites")


class Persons:
    """Finds patients of a snapshot by their properties. Recently used sets are cached with the snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot, self._concepts = snapshot, snapshot.derived(Concept)
        self._of = lru_cache(1024)(self._people)

    def people(self, part: Part, member: Person) -> BitMap:
        """The patients of `part` who have all properties in `member`. Age and dates are ignored."""
        stated = [name for name in _FIELDS if getattr(member, name)]
        sets = [self._of(part, Person(**{name: getattr(member, name)})) for name in stated]
        if sets:
            return BitMap.intersection(*sets)
        return BitMap(range(part.first, part.first + part.patients)) - self._snapshot.patients.gone

    def _people(self, part: Part, member: Person) -> BitMap:
        return bitmap_of(self.flags(part, member), part.first)

    def flags(self, part: Part, member: Person) -> Flags:
        """For each patient of `part`, True if the patient has all properties in `member`. Age and dates are ignored.

        A number that is gone has no properties.
        """
        patients = self._snapshot.patients
        found = np.ones(part.patients, bool)
        if member.sex:
            found &= _is_in(patients.sex, part, list(member.sex))
        if member.born:
            years = patients.born[part.first : part.first + part.patients]
            born: Any = np.where(years > 0, years, np.float32(np.nan))
            found &= within(member.born, born, born)
        for column, concepts in ((patients.race, member.race), (patients.ethnicity, member.ethnicity)):
            if concepts:
                found &= _is_in(column, part, self._curies(concepts))
        if member.care_sites:
            found &= _is_in(patients.care_site, part, list(member.care_sites))
        return found

    def _curies(self, concepts: Concepts) -> list[str]:
        return [self._snapshot.ids[number] for number in self._concepts.of(concepts)]


def _is_in(column: pa.ChunkedArray, part: Part, values: list[str]) -> Flags:
    own = column.slice(part.first, part.patients)
    return np.asarray(pc.is_in(own, value_set=pa.array(values, pa.string())))

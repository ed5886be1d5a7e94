"""cohorts: breaks a cohort down by sex, age, year, care site, narrower concept, value set or source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap

from cohorts.engine import Answer, years
from cohorts.errors import NotAnswered
from cohorts.results.members import Members, on_parts, split, together, union
from graph.events import HIGHEST, LOWEST
from graph.hierarchy import Level
from graph.kinds import EventKind
from graph.snapshot import NONE, Numbers, Snapshot
from graph.value_sets import Concepts, Item

Value = str | int | None
"""The value of a cell in one dimension. None if the value is unknown, or if the patient is in no
branch, value set or source."""
Cell = tuple[Value, ...]
Cells = dict[Cell, BitMap]
BAND = 10
"""The number of years in an age band, or in a group of birth years."""


class Branches(NamedTuple):
    """A breakdown by the directly narrower concepts of a concept.

    Each cell has the CURIE of a narrower concept, and the patients with an event in its reach, at any time. A cell for
    the concept itself has the patients with an event coded with exactly its meaning. A patient can be in several cells.
    Without `kinds`, events of all kinds about the patient's own health are used.
    """

    concept: str
    certain: bool = False
    kinds: tuple[EventKind, ...] = ()


class ValueSets(NamedTuple):
    """A breakdown by named value sets. Each cell has the patients with an event in the value set, at any time.

    A patient can be in several cells.
    """

    sets: Mapping[str, Concepts]
    kinds: tuple[EventKind, ...] = ()


class Sources(NamedTuple):
    """A breakdown by named sources of records. A patient can be in several cells."""

    names: tuple[str, ...]


By = Literal["sex", "age", "birth", "year", "care_site"] | Branches | ValueSets | Sources
"""`age` is the lowest age of a band of 10 years, at the start of the first time in the cohort. `birth` is the first
year of the decade of birth. For a cohort without entry events, `age` is the same as `birth`. `year` is the calendar
year in which the first time in the cohort starts."""


def breakdown(snapshot: Snapshot, answer: Answer, by: Sequence[By], hidden: Numbers = NONE) -> Cells:
    """The patients of each cell. A cell has one value for each dimension of `by`. Cells without patients are left out.

    Cells are sorted, with unknown values last. `hidden` are concepts that do not exist for the caller. Raises
    NotAnswered if a concept does not exist.
    """
    found = together(on_parts(snapshot, answer, lambda members: cells(members, by, hidden)))
    return {cell: found[cell] for cell in sorted(found, key=in_order)}


def in_order(cell: Cell) -> list[tuple[bool, Any]]:
    """The sort key of a cell. Unknown values come last."""
    return [(value is None, value) if value is not None else (True, 0) for value in cell]


def cells(members: Members, by: Sequence[By], hidden: Numbers = NONE) -> Cells:
    """The cells for the patients in `members`, who belong to one part of the event index."""
    found: Cells = {(): members.patients}
    for one in by:
        values = dimension(members, one, hidden).items()
        some = ((*cell, value) for cell in found for value, _ in values)
        sets = (own & patients for own in found.values() for _, patients in values)
        found = {cell: patients for cell, patients in zip(some, sets, strict=True) if patients}
    return found if members.patients else {}


def dimension(members: Members, by: By, hidden: Numbers = NONE) -> dict[Value, BitMap]:
    """For each value of the dimension `by`, the patients with this value.

    The sets may also contain patients outside the cohort or outside the part of `members`.
    """
    match by:
        case Branches():
            return _by_sets(members, _branches(members, by, hidden), by.kinds)
        case ValueSets():
            return _by_sets(members, by.sets, by.kinds)
        case Sources():
            return _or_none(members, {name: members.asked.of_source(name) for name in by.names})
        case "age" if members.timed is not None:
            return _by_number(members, _age(members))
        case "year":
            return _by_number(members, _year(members))
    return members.asked.snapshot.derived(_STATED["birth" if by == "age" else by])


def _by_sets(members: Members, sets: Mapping[str, Concepts], kinds: tuple[EventKind, ...]) -> dict[Value, BitMap]:
    having = members.asked.having
    return _or_none(members, {name: having(members.part, concepts, kinds) for name, concepts in sets.items()})


def _or_none(members: Members, found: dict[Value, BitMap]) -> dict[Value, BitMap]:
    """Returns `found` with a further key, None: the patients of the cohort who are in no set of `found`."""
    return found | {None: members.patients - union(found.values())}


def _branches(members: Members, by: Branches, hidden: Numbers) -> dict[str, Concepts]:
    snapshot, level = members.asked.snapshot, Concepts((), by.certain).level
    concept = snapshot.concept(by.concept, hidden)
    if concept is None:
        raise NotAnswered(f"a breakdown by branches of {by.concept}", "use the CURIE of a loaded concept")
    exact = tuple(Item(snapshot.ids[one], exact=True) for one in snapshot.hierarchy.meant(concept, level).tolist())
    own = {snapshot.ids[concept]: Concepts(exact)}
    named = narrower(snapshot, concept, level, hidden)
    return own | {id_: Concepts((Item(id_),), by.certain) for id_ in named}


def narrower(snapshot: Snapshot, concept: int, level: Level, hidden: Numbers = NONE) -> list[str]:
    """The CURIEs of the directly narrower concepts of a concept, sorted. Concepts with one meaning give one CURIE."""
    closure = snapshot.hierarchy.closures[level]
    groups = closure.narrower[int(closure.group[concept])].tolist()
    heads = {int(snapshot.meanings.preferred[closure.members[group][0]]) for group in groups}
    return sorted(snapshot.ids[head] for head in heads if head not in hidden)


def _by_number(members: Members, values: npt.NDArray[np.float64]) -> dict[Value, BitMap]:
    """The patients with each value. `values` has a whole number for each patient of the cohort; NaN if unknown."""
    known = ~np.isnan(values)
    low, high = (int(end(values[known])) for end in (np.min, np.max)) if known.any() else (0, -1)
    keys: list[Value] = [*range(low, high + 1), None]
    codes = np.where(known, values - low, len(keys) - 1).astype(np.int64)
    return split(codes, keys, members.own + members.part.first)


def _age(members: Members) -> npt.NDArray[np.float64]:
    start, patient = members.start[members.own], members.own.astype(np.int32)
    ages, _ = members.asked.ages(members.part, patient, start, start)
    return np.floor(ages / BAND) * BAND


def _year(members: Members) -> npt.NDArray[np.float64]:
    """For each patient of the cohort, the year of the first day in the cohort; NaN if unknown.

    The year is unknown for a patient whose events have ages instead of dates.
    """
    start = members.start[members.own]
    aged = np.isin(members.own + members.part.first, members.asked.snapshot.events.aged)
    known = (start > LOWEST) & (start < HIGHEST) & ~aged
    return np.where(known, years(np.where(known, start, 0)), np.nan)


def _of_texts(column: pa.ChunkedArray) -> dict[Value, BitMap]:
    encoded = column.combine_chunks().dictionary_encode()
    keys = [*encoded.dictionary.to_pylist(), None]
    codes = np.asarray(encoded.indices.fill_null(len(keys) - 1), np.int64)
    return split(codes, keys, np.arange(len(codes)))


def _of_birth(snapshot: Snapshot) -> dict[Value, BitMap]:
    decades, code = np.unique(np.asarray(snapshot.patients.born) // BAND * BAND, return_inverse=True)
    keys = [int(decade) or None for decade in decades]
    return split(code.reshape(-1), keys, np.arange(len(code)))


def _of_sex(snapshot: Snapshot) -> dict[Value, BitMap]:
    return _of_texts(snapshot.patients.sex)


def _of_care_site(snapshot: Snapshot) -> dict[Value, BitMap]:
    return _of_texts(snapshot.patients.care_site)


_STATED: dict[Any, Callable[[Snapshot], dict[Value, BitMap]]] = {
    "sex": _of_sex,
    "birth": _of_birth,
    "care_site": _of_care_site,
}
"""Dimensions that do not depend on the cohort. They are computed for all patients of the snapshot."""

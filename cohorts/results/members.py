"""cohorts: the patients of a cohort in one part, and functions that combine the results of all parts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import Any, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine import Answer, Asked, Periods, asking
from cohorts.errors import NotAnswered
from graph.columns import bitmap, bitmap_of, first_of_each
from graph.events import LOWEST, Part
from graph.snapshot import Snapshot

T = TypeVar("T")
Key = TypeVar("Key", bound=Hashable)
Days = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


class Members:
    """The patients of a cohort in one part, as numbers of the snapshot. `timed` are their times in the cohort."""

    def __init__(self, asked: Asked, part: Part, answer: Answer) -> None:
        self.asked, self.part = asked, part
        self.patients = answer.patients & asked.everyone(part)
        self.timed = answer.periods[part.number] if answer.periods else None

    @cached_property
    def own(self) -> Ints:
        """The numbers of the patients within the part, sorted."""
        return np.asarray(self.patients.to_array(), np.int64) - self.part.first

    def periods(self, result: str) -> Periods:
        """The times in the cohort. Raises NotAnswered for a cohort without entry events, because it has no times.

        `result` is the name of the result in the error message.
        """
        if self.timed is None:
            raise NotAnswered(f"{result} of a cohort without entry events", "add an entry event to the definition")
        return self.timed

    @cached_property
    def start(self) -> Days:
        """For each patient of the part, the first day in the cohort; LOWEST if unknown or not in the cohort."""
        found = np.full(self.part.patients, LOWEST, np.int32)
        if self.timed is not None:
            first = first_of_each(self.timed.patient.astype(np.int64))
            found[self.timed.patient[first]] = self.timed.start[first]
        return found

    def flags(self, own: npt.NDArray[Any]) -> Flags:
        """For each patient of the part, True if `own` has the number of the patient within the part."""
        found = np.zeros(self.part.patients, bool)
        found[own] = True
        return found

    def where(self, flags: Flags) -> BitMap:
        """The patients with a true flag, as numbers of the snapshot. `flags` has one for each patient of the part."""
        return bitmap_of(flags, self.part.first)


def on_parts(
    snapshot: Snapshot,
    answer: Answer,
    work: Callable[[Members], T],
    possible: bool = False,
    criteria: Iterable[msgspec.Struct] = (),
) -> list[T]:
    """Runs `work` for the patients of `answer` in each part of the event index, in threads.

    `criteria` are the criteria that `work` uses besides the answer.
    """
    asked = asking(snapshot, criteria, possible)
    return threaded(work, [Members(asked, part, answer) for part in snapshot.events.parts])


def threaded(work: Callable[[Any], T], some: Sequence[Any]) -> list[T]:
    if len(some) == 1:
        return [work(some[0])]
    with ThreadPoolExecutor(len(some)) as threads:
        return [*threads.map(work, some)]


def together(cells: Iterable[dict[Key, BitMap]]) -> dict[Key, BitMap]:
    """Combines the cells of all parts of the event index. Cells are in the order in which they first occur."""
    found: dict[Key, BitMap] = {}
    for one in cells:
        for key, patients in one.items():
            found[key] = found[key] | patients if key in found else patients
    return found


def union(some: Iterable[BitMap]) -> BitMap:
    return BitMap.union(BitMap(), *some)


def split(codes: Ints, keys: Sequence[Key], patients: npt.NDArray[Any]) -> dict[Key, BitMap]:
    """The patients of each key. `codes` has, for each patient, the position of its key. Keys without patients are left
    out.
    """
    # For 16-bit numbers, the stable sort of NumPy is a radix sort, which takes a tenth of the time.
    small = codes.astype(np.uint16) if len(keys) < 1 << 16 else codes
    order = np.argsort(small, kind="stable")
    past = np.cumsum(np.bincount(codes, minlength=len(keys)))
    groups = np.split(patients[order], past[:-1])
    return {key: bitmap(group) for key, group in zip(keys, groups, strict=False) if len(group)}


def combined(columns: Iterable[npt.NDArray[Any]], size: int) -> tuple[Ints, list[tuple[int, ...]]]:
    """For each of `size` rows, the position of its combination of values in a sorted list. Also returns this list.

    Each column in `columns` has a value for each row.
    The values are small numbers that start at 0.
    """
    code = np.zeros(size, np.int64)
    found: list[tuple[int, ...]] = [()] if size else []
    for column in columns:
        values = int(column.max(initial=0)) + 1
        code = code * values + column
        used = np.flatnonzero(np.bincount(code, minlength=len(found) * values))
        place = np.zeros(len(found) * values, np.int64)
        place[used] = np.arange(len(used))
        found = [(*found[both // values], both % values) for both in used.tolist()]
        code = place[code]
    return code, found

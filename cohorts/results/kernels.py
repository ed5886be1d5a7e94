"""cohorts: the loops that compute results, compiled by numba. The loops release the interpreter lock."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from cohorts.engine import NO_LIMIT
from graph.events import COUNTS, LOWEST, Part

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
_READ, _LONGS = (numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.int32, numba.int64))
_MASK = numba.types.Array(numba.boolean, 1, "C", readonly=True)
_I, _L, _TABLE = numba.int32[::1], numba.int64[::1], numba.int32[:, ::1]
_BYTES, _LONG = numba.uint8[:, ::1], numba.int64
_KIND = numba.types.Array(numba.uint8, 1, "C", readonly=True)
_WITHIN = _LONG(_READ, _READ, _READ, _KIND, _KIND, _LONG, _LONGS, _READ, _LONG, _LONG, _I, _L)
_UNKNOWN, _COUNTS = LOWEST, COUNTS
_PIECES = max(1, os.cpu_count() or 1)
"""The number of pieces into which the concepts are divided. Each piece is read in its own thread."""


@numba.njit(_WITHIN, nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _within(
    patient: Any, low: Any, high: Any, kind: Any, standing: Any, kinds: int, offsets: Any, start: Any, since: int,
    until: int, found: Any, sizes: Any,
) -> int:  # fmt: skip
    size, limited = 0, since > -NO_LIMIT or until < NO_LIMIT
    for concept in range(offsets.shape[0] - 1):
        before, begin = -1, size
        for row in range(offsets[concept], offsets[concept + 1]):
            whose = patient[row]
            day = start[whose]
            if whose == before or day <= _UNKNOWN or low[row] - day < since or high[row] - day > until:
                continue
            if limited and min(low[row], high[row]) <= _UNKNOWN and max(low[row], high[row]) >= -_UNKNOWN:
                continue
            if standing[row] == _COUNTS and kinds >> kind[row] & 1:
                found[size] = before = whose
                size += 1
        sizes[concept] = size - begin
    return size


@numba.njit(numba.void(_TABLE, _LONG, _BYTES), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _steps(first: Any, within: int, found: Any) -> None:
    for patient in range(first.shape[1]):
        step, until = 0, np.int64(_UNKNOWN)
        while True:
            begin = np.int64(-_UNKNOWN)
            for event in range(first.shape[0]):
                if until < first[event, patient] < begin:
                    begin = np.int64(first[event, patient])
            if begin == -_UNKNOWN:
                break
            step, until = step + 1, begin + within
            for event in range(first.shape[0]):
                if begin <= first[event, patient] <= until:
                    found[event, patient] = step


@numba.njit(numba.void(_READ, _READ, _READ, _READ, _READ, _READ, _L), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _common(one: Any, start: Any, end: Any, other: Any, begin: Any, until: Any, days: Any) -> None:
    i, j = 0, 0
    while i < one.shape[0] and j < other.shape[0]:
        if one[i] == other[j]:
            shared = min(end[i], until[j]) - max(start[i], begin[j]) + 1
            if shared > 0:
                days[one[i]] += shared
        if one[i] < other[j] or (one[i] == other[j] and end[i] <= until[j]):
            i += 1
        else:
            j += 1


@numba.njit(_LONG(_READ, _MASK, numba.types.Array(numba.boolean, 2, "C", readonly=True), _L), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _best_rows(patient: Any, among: Any, flags: Any, found: Any) -> int:
    size, most = 0, 0
    for row in range(patient.shape[0]):
        if not among[row]:
            continue
        held = 0
        for rule in range(flags.shape[0]):
            held += flags[rule, row]
        if size == 0 or patient[found[size - 1]] != patient[row]:
            found[size], most = row, held
            size += 1
        elif held >= most:
            better = held > most
            for rule in range(flags.shape[0]):
                if held == most and flags[rule, row] != flags[rule, found[size - 1]]:
                    better = flags[rule, row]
                    break
            if better:
                found[size - 1], most = row, held
    return size


def best_rows(patient: Ints, among: npt.NDArray[np.bool_], flags: npt.NDArray[np.bool_]) -> Longs:
    """For each patient with a row in `among`, the row with the most true flags.

    Among rows with equally many true flags, a row with flag 0 is preferred, then a row with flag 1, and so on. The rows
    are sorted by patient. `flags` has a value for each flag and row.
    """
    found = np.empty(len(patient), np.int64)
    return found[: _best_rows(patient, among, np.ascontiguousarray(flags), found)].copy()


def within(part: Part, kinds: int, start: Ints, since: int, until: int, possible: bool = False) -> tuple[Ints, Longs]:
    """For each concept, the patients of a part with an event in a window. Also the number of patients of each concept.

    `kinds` has a bit for each kind that counts. The window of a patient is from `since` to `until` days after the
    patient's `start`. A patient without a start (LOWEST) has no window. An event counts if it certainly starts in the
    window. If `possible` is true, an event also counts if it may start in the window. An event on an unknown day is not
    in a window with a limit.
    """
    days = part.whole("day"), part.whole("day_to")
    low, high = reversed(days) if possible else days
    patient, offsets = part.whole("patient"), part.offsets
    more = part.whole("kind"), part.whole("standing"), kinds

    def in_concepts(first: int, past: int) -> tuple[Ints, Longs]:
        own, sizes = offsets[first : past + 1], np.zeros(past - first, np.int64)
        found = np.empty(int(own[-1] - own[0]), np.int32)
        size = _within(patient, low, high, *more, own, start, since, until, found, sizes)
        return found[:size], sizes

    ends = np.searchsorted(offsets, np.linspace(0, len(patient), _PIECES + 1)[1:-1])
    bounds = [0, *ends.tolist(), len(offsets) - 1]
    with ThreadPoolExecutor(_PIECES) as threads:
        patients, sizes = zip(*threads.map(in_concepts, bounds[:-1], bounds[1:]), strict=True)
    return np.concatenate(patients), np.concatenate(sizes)


def steps(first: Ints, days: int) -> npt.NDArray[np.uint8]:
    """For each event and patient, the number of the step in which the event first starts, from 1; 0 if never.

    `first` has a row for each event, with the first start for each patient; HIGHEST if there is none. A step has all
    events that start at most `days` days after the first event of the step.
    """
    found = np.zeros(first.shape, np.uint8)
    _steps(first, days, found)
    return found


def common(one: tuple[Ints, Ints, Ints], other: tuple[Ints, Ints, Ints], patients: int) -> Longs:
    """For each patient, the number of days that are in the periods of both lists.

    A list has three sorted columns: patient, start and end. The periods of a patient in a list do not overlap.
    """
    days = np.zeros(patients, np.int64)
    _common(*one, *other, days)
    return days

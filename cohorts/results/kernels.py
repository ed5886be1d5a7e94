"""cohorts: the loops of results, compiled by numba. They release the interpreter lock."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from graph.events import LOWEST

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
_READ, _LONGS = (numba.types.Array(kind, 1, "C", readonly=True) for kind in (numba.int32, numba.int64))
_MASK = numba.types.Array(numba.boolean, 1, "C", readonly=True)
_I, _L, _TABLE = numba.int32[::1], numba.int64[::1], numba.int32[:, ::1]
_BYTES, _LONG, _FLAG = numba.uint8[:, ::1], numba.int64, numba.boolean
_WITHIN = _LONG(_READ, _READ, _READ, _MASK, _FLAG, _LONGS, _READ, _LONG, _LONG, _I, _L)
_UNKNOWN = LOWEST


@numba.njit(_WITHIN, nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _within(
    patient: Any, low: Any, high: Any, counts: Any, masked: bool, offsets: Any, start: Any, since: int, until: int,
    found: Any, sizes: Any,
) -> int:  # fmt: skip
    size = 0
    for concept in range(offsets.shape[0] - 1):
        before, begin = -1, size
        for row in range(offsets[concept], offsets[concept + 1]):
            whose = patient[row]
            day = start[whose]
            if whose == before or day <= _UNKNOWN or (masked and not counts[row]):
                continue
            if low[row] - day >= since and high[row] - day <= until:
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


def within(
    patient: Ints, low: Ints, high: Ints, counts: npt.NDArray[np.bool_] | None, offsets: Longs, start: Ints, since: int,
    until: int,
) -> tuple[Ints, Longs]:  # fmt: skip
    """The patients with an event of each concept in a window, and how many these are for each concept.

    The rows are sorted by concept and patient; `offsets` has the first row of each concept. An event counts if
    `since` <= `low` - start and `high` - start <= `until`, and if `counts` is true for its row. A patient without a
    start (LOWEST) has no window.
    """
    found, sizes = np.empty(len(patient), np.int32), np.zeros(len(offsets) - 1, np.int64)
    mask = np.empty(0, bool) if counts is None else counts
    size = _within(patient, low, high, mask, counts is not None, offsets, start, since, until, found, sizes)
    return found[:size].copy(), sizes


def steps(first: Ints, days: int) -> npt.NDArray[np.uint8]:
    """The step in which each event of each patient first starts, from 1; 0 if never.

    `first` has a row for each event and the first start of each patient, HIGHEST if none. A step has all events that
    start at most `days` after the first of them.
    """
    found = np.zeros(first.shape, np.uint8)
    _steps(first, days, found)
    return found


def common(one: tuple[Ints, Ints, Ints], other: tuple[Ints, Ints, Ints], patients: int) -> Longs:
    """The days that the periods of two lists have in common, for each patient. Each list is patient, start and end,
    sorted; the periods of a patient in a list do not overlap.
    """
    days = np.zeros(patients, np.int64)
    _common(*one, *other, days)
    return days

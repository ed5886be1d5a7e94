"""cohorts: the loops over pairs of events of a patient, compiled by numba. They release the interpreter lock.

Both lists of events are sorted by patient. A patient has few events, so each pair of a patient is compared.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int32]
_I, _L = numba.int32[::1], numba.int64[::1]
_SPAN, _DAYS, _TABLE = numba.types.UniTuple(_I, 2), numba.types.UniTuple(_I, 4), numba.int32[:, ::1]
_FLAG, _LONG = numba.boolean, numba.int64
_COUNTED = numba.void(_I, _DAYS, _I, _SPAN, _I, _DAYS, _I, _L, _TABLE, _FLAG, _FLAG, _LONG, _I)


@numba.njit(_FLAG(_TABLE, _FLAG, _LONG, _LONG, _DAYS, _DAYS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _holds(windows: Any, possible: bool, i: int, j: int, index: Any, event: Any) -> bool:
    """True if event j is in all windows of index i: certainly, or possibly if `possible` is true.

    `index` and `event` are the first and last days of the start, then of the end.
    """
    for w in range(windows.shape[0]):
        since, until, field, of = windows[w]
        low, high = event[2 * field][j], event[2 * field + 1][j]
        if possible:
            low, high = high, low
        first, last = index[2 * of][i], index[2 * of + 1][i]
        if possible:
            first, last = last, first
        if low < last + since or high > first + until:
            return False
    return True


@numba.njit(_COUNTED, nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _counted(
    patient: Any, index: Any, visit: Any, period: Any, whose: Any, event: Any, visited: Any, key: Any, windows: Any,
    same_visit: bool, possible: bool, most: int, found: Any,
) -> None:  # fmt: skip
    begin, size = 0, whose.shape[0]
    for i in range(patient.shape[0]):
        while begin < size and whose[begin] < patient[i]:
            begin += 1
        count, before, j = 0, np.int64(-1), begin
        while j < size and whose[j] == patient[i] and count < most:
            if (
                (count == 0 or key[j] != before)
                and event[0][j] >= period[0][i]
                and event[1][j] <= period[1][i]
                and (not same_visit or (visit[i] >= 0 and visited[j] == visit[i]))
                and _holds(windows, possible, i, j, index, event)
            ):
                count += 1
                before = key[j]
            j += 1
        found[i] = count


@numba.njit(numba.void(_I, _I, _I, _L, _I, _I, _I), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _period_of(patient: Any, first: Any, last: Any, offsets: Any, start: Any, end: Any, found: Any) -> None:
    for i in range(patient.shape[0]):
        for p in range(offsets[patient[i]], offsets[patient[i] + 1]):
            if start[p] <= first[i] and last[i] <= end[p]:
                found[i] = p
                break


@numba.njit(_LONG(_I, _I, _I, _LONG, _I), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _joined(patient: Any, start: Any, end: Any, gap: int, found: Any) -> int:
    """Writes the number of the joined period of each row, and returns how many there are."""
    number, until = -1, np.int64(0)
    for i in range(patient.shape[0]):
        if i == 0 or patient[i] != patient[i - 1] or start[i] > until + gap:
            number += 1
            until = end[i]
        elif end[i] > until:
            until = end[i]
        found[i] = number
    return number + 1


def counted(
    patient: Ints, index: tuple[Ints, ...], visit: Ints, period: tuple[Ints, Ints], whose: Ints,
    event: tuple[Ints, ...], visited: Ints, key: npt.NDArray[np.int64], windows: Ints, same_visit: bool,
    possible: bool, most: int,
) -> Ints:  # fmt: skip
    """For each index, the number of its patient's events in all windows; counting stops at `most`.

    Events that follow each other with the same `key` count once. `period` has the first and last day on which an event
    may start, for each index. `windows` has a row (since, until, field, of) for each window.
    """
    found = np.zeros(len(patient), np.int32)
    ends = _ints(*period)
    _counted(
        *_ints(patient), _ints(*index), *_ints(visit), ends, *_ints(whose), _ints(*event), *_ints(visited),
        np.ascontiguousarray(key, np.int64), windows, same_visit, possible, most, found,
    )  # fmt: skip
    return found


def period_of(patient: Ints, first: Ints, last: Ints, offsets: Any, start: Ints, end: Ints) -> Ints:
    """The observation period that contains both days, for each row; -1 if none does."""
    found = np.full(len(patient), -1, np.int32)
    _period_of(*_ints(patient, first, last), np.require(offsets, np.int64, ["C", "W"]), *_ints(start, end), found)
    return found


def joined(patient: Ints, start: Ints, end: Ints, gap: int) -> tuple[Ints, int]:
    """The number of the joined period of each row, sorted by patient and start, and the number of joined periods.

    Rows of a patient are joined if at most `gap` days are between them.
    """
    found = np.zeros(len(patient), np.int32)
    return found, int(_joined(*_ints(patient, start, end), gap, found))


def _ints(*arrays: npt.NDArray[Any]) -> tuple[Ints, ...]:
    """The arrays in the one form that the loops are compiled for."""
    return tuple(np.require(array, np.int32, ["C", "W"]) for array in arrays)

"""cohorts: the loops over pairs of events of the same patient, compiled by numba. The loops release the interpreter
lock.

Both lists of events are sorted by patient. A patient has only a few events, so each pair of events is compared.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from cohorts.engine.compiled import NO_LIMIT
from cohorts.engine.row_kernels import INTS, LONGS, read
from graph.events import HIGHEST, LOWEST

Ints = npt.NDArray[np.int32]
_NEW, _DAYS, _TABLE = numba.int32[::1], numba.types.UniTuple(INTS, 4), numba.int32[:, ::1]
_FLAG, _LONG = numba.boolean, numba.int64
_COUNTED = numba.void(INTS, _DAYS, INTS, INTS, INTS, INTS, INTS, _DAYS, INTS, LONGS, _TABLE, _FLAG, _FLAG, _LONG, _NEW)
_NEAR = numba.void(INTS, INTS, INTS, INTS, INTS, INTS, INTS, _LONG, _LONG, _LONG, _NEW)


@numba.njit(_FLAG(_LONG, _LONG), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _unknown(first: int, last: int) -> bool:
    return first <= LOWEST and last >= HIGHEST


@numba.njit(_FLAG(_TABLE, _FLAG, _LONG, _LONG, _DAYS, _DAYS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _holds(windows: Any, possible: bool, i: int, j: int, index: Any, event: Any) -> bool:
    """True if event j is certainly in all windows of index event i.

    If `possible` is true, it is enough that event j can be in all windows. `index` and `event` have the first and last
    possible day of the start, and the first and last possible day of the end. An unknown day is not in a window with a
    limit.
    """
    for w in range(windows.shape[0]):
        since, until, field, of = windows[w]
        if since <= -NO_LIMIT and until >= NO_LIMIT:
            continue
        low, high = event[2 * field][j], event[2 * field + 1][j]
        first, last = index[2 * of][i], index[2 * of + 1][i]
        if _unknown(low, high) or _unknown(first, last):
            return False
        if possible:
            low, high, first, last = high, low, last, first
        if low < last + since or high > first + until:
            return False
    return True


@numba.njit(numba.types.UniTuple(_LONG, 2)(INTS, INTS, INTS, _LONG), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _within(period: Any, start: Any, end: Any, i: int) -> Any:
    """The first and last day on which an event counts for index event i. `period` is empty if all days count."""
    if period.shape[0] == 0 or period[i] < 0:
        return np.int64(LOWEST), np.int64(HIGHEST)
    return np.int64(start[period[i]]), np.int64(end[period[i]])


@numba.njit(_NEAR, nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _near(
    patient: Any, day: Any, period: Any, start: Any, end: Any, whose: Any, other: Any, since: int, until: int,
    most: int, found: Any,
) -> None:  # fmt: skip
    # Each step increases `i` or `j`. The CPU cannot predict which one, so the code has no branch: `behind` is 0 or -1.
    i, j = 0, 0
    while i < patient.shape[0] and j < whose.shape[0]:
        low, key = (np.int64(patient[i]) << 32) + day[i] + since, (np.int64(whose[j]) << 32) + other[j]
        ahead = key - low
        if np.uint64(ahead) <= np.uint64(until - since):
            first, last = _within(period, start, end, i)
            last, k = min(last, day[i] + until), j
            while k < whose.shape[0] and whose[k] == patient[i] and other[k] <= last and found[i] < most:
                found[i] += other[k] >= first
                k += 1
        behind = ahead >> 63
        j -= behind
        i += 1 + behind


@numba.njit(_COUNTED, nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _counted(
    patient: Any, index: Any, visit: Any, period: Any, start: Any, end: Any, whose: Any, event: Any, visited: Any,
    key: Any, windows: Any, same_visit: bool, possible: bool, most: int, found: Any,
) -> None:  # fmt: skip
    begin, size = 0, whose.shape[0]
    for i in range(patient.shape[0]):
        while begin < size and whose[begin] < patient[i]:
            begin += 1
        since, until = _within(period, start, end, i)
        count, before, j = 0, np.int64(-1), begin
        while j < size and whose[j] == patient[i] and count < most:
            low, high = event[0][j], event[1][j]
            if possible and not _unknown(low, high):
                low, high = high, low
            if (
                (count == 0 or key[j] != before)
                and low >= since
                and high <= until
                and (not same_visit or (visit[i] >= 0 and visited[j] == visit[i]))
                and _holds(windows, possible, i, j, index, event)
            ):
                count += 1
                before = key[j]
            j += 1
        found[i] = count


@numba.njit(numba.void(INTS, INTS, INTS, LONGS, INTS, INTS, _NEW), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _period_of(patient: Any, first: Any, last: Any, offsets: Any, start: Any, end: Any, found: Any) -> None:
    for i in range(patient.shape[0]):
        for p in range(offsets[patient[i]], offsets[patient[i] + 1]):
            if start[p] <= first[i] and last[i] <= end[p]:
                found[i] = p
                break


@numba.njit(_LONG(INTS, INTS, INTS, _LONG, _NEW), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _joined(patient: Any, start: Any, end: Any, gap: int, found: Any) -> int:
    """Writes the number of each period's joined period to `found`. Returns the number of joined periods."""
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
    patient: Ints, index: tuple[Ints, ...], visit: Ints, periods: tuple[Ints, Ints, Ints], whose: Ints,
    event: tuple[Ints, ...], visited: Ints, key: npt.NDArray[np.int64], windows: Ints, same_visit: bool,
    possible: bool, most: int,
) -> Ints:  # fmt: skip
    """For each index event, the number of events of the same patient that are in all windows. Counting stops at `most`.

    Consecutive events with the same `key` count once. `periods` has the observation period of each index event, and the
    first and last day of each period. An event must start in the period of the index event. `windows` has a row (since,
    until, field, of) for each window.
    """
    found = np.zeros(len(patient), np.int32)
    _counted(
        *read(patient), read(*index), *read(visit, *periods), *read(whose), read(*event), *read(visited, key),
        windows, same_visit, possible, most, found,
    )  # fmt: skip
    return found


def near(
    patient: Ints, day: Ints, periods: tuple[Ints, Ints, Ints], whose: Ints, other: Ints, since: int, until: int,
    most: int,
) -> Ints:  # fmt: skip
    """Like `counted`, for one window from `since` to `until` days after the index event.

    The start of each event must be exactly known, and the events must be sorted by patient and day.
    """
    found = np.zeros(len(patient), np.int32)
    if since <= until:
        _near(*read(patient, day, *periods, whose, other), since, until, most, found)
    return found


def period_of(patient: Ints, first: Ints, last: Ints, offsets: Any, start: Ints, end: Ints) -> Ints:
    """For each patient in `patient`, the observation period that contains `first` and `last`; -1 if there is none."""
    found = np.full(len(patient), -1, np.int32)
    _period_of(*read(patient, first, last, offsets, start, end), found)
    return found


def joined(patient: Ints, start: Ints, end: Ints, gap: int) -> tuple[Ints, int]:
    """Joins the periods of each patient that have at most `gap` days between them.

    Returns the number of the joined period for each period, and how many joined periods there are. The periods must be
    sorted by patient and start.
    """
    found = np.zeros(len(patient), np.int32)
    return found, int(_joined(*read(patient, start, end), gap, found))

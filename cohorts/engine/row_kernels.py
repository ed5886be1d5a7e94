"""cohorts: the loops over rows of the event index, compiled by numba. The loops release the interpreter lock.

`start` and `end` are the bounds of the rows of each concept. `wanted` has a bit for each wanted kind of event. If
`plain` is true, all rows are used. Otherwise, rows of other kinds and rows without the standing COUNTS are left out.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from graph.events import COUNTS, LOWEST

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]
OTHER = 31
"""The bit that is set for a concept if some of its rows do not have the standing COUNTS."""


def _array(kind: Any) -> Any:
    return numba.types.Array(kind, 1, "C", readonly=True)


INTS, LONGS, BYTES, FLAGS = map(_array, (numba.int32, numba.int64, numba.uint8, numba.boolean))
_NEW_INTS, _NEW_LONGS, _NEW_FLAGS, _BITS = numba.int32[::1], numba.int64[::1], numba.boolean[::1], numba.uint32[::1]
_FLAG, _LONG, _NONE = numba.boolean, numba.int64, numba.void
_MERGED = numba.types.Tuple((_NEW_LONGS, _NEW_INTS, _NEW_INTS))
_SOME = 1 << 16
"""The number of patients whose events are sorted at a time."""
_FEW = 16
"""If a patient has at most this number of events, the events are sorted by insertion sort."""
_ROW = 33
"""The number of bits for the number of a row in a part."""


@numba.njit(_NONE(LONGS, BYTES, BYTES, _BITS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _traits(offsets: Any, kind: Any, standing: Any, found: Any) -> None:
    for concept in range(found.shape[0]):
        bits = np.uint32(0)
        for row in range(offsets[concept], offsets[concept + 1]):
            bits |= np.uint32(1) << (kind[row] if standing[row] == COUNTS else np.uint8(OTHER))
        found[concept] = bits


@numba.njit(_FLAG(BYTES, BYTES, _LONG, _FLAG, _LONG), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _counts(kind: Any, standing: Any, wanted: int, plain: bool, row: int) -> bool:
    return plain or (standing[row] == COUNTS and (wanted >> kind[row]) & 1 == 1)


@numba.njit(_NONE(LONGS, LONGS, INTS, BYTES, BYTES, _LONG, _FLAG, _NEW_FLAGS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _having(start: Any, end: Any, patient: Any, kind: Any, standing: Any, wanted: int, plain: bool, found: Any) -> None:
    for concept in range(start.shape[0]):
        for row in range(start[concept], end[concept]):
            if _counts(kind, standing, wanted, plain, row):
                found[patient[row]] = True


@numba.njit(_LONG(LONGS, LONGS, BYTES, BYTES, _LONG, _FLAG, _NEW_LONGS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _rows(start: Any, end: Any, kind: Any, standing: Any, wanted: int, plain: bool, found: Any) -> int:
    size = 0
    for concept in range(start.shape[0]):
        for row in range(start[concept], end[concept]):
            if _counts(kind, standing, wanted, plain, row):
                found[size] = row
                size += 1
    return size


@numba.njit(_NONE(_NEW_INTS, _NEW_LONGS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _sort(whose: Any, keys: Any) -> None:
    """Sorts the keys of each patient in place. `whose` has the patient of each key; equal patients are consecutive."""
    place, size = 1, keys.shape[0]
    while place < size:
        if keys[place] < keys[place - 1] and whose[place] == whose[place - 1]:
            begin = place - 1
            while begin > 0 and whose[begin - 1] == whose[place]:
                begin -= 1
            while place < size and whose[place] == whose[begin]:
                place += 1
            if place - begin > _FEW:
                keys[begin:place].sort()
            for later in range(begin + 1, place):
                key = keys[later]
                while later > begin and keys[later - 1] > key:
                    keys[later] = keys[later - 1]
                    later -= 1
                keys[later] = key
        place += 1


@numba.njit(_MERGED(LONGS, LONGS, INTS, INTS, BYTES, BYTES, _LONG, _FLAG, _LONG), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _merged(
    start: Any, end: Any, patient: Any, day: Any, kind: Any, standing: Any, wanted: int, plain: bool, patients: int
) -> Any:
    """Sorts the wanted rows for `merged`.

    Uses a counting sort by patient, for a limited number of patients at a time, so that the counts stay in the cache.
    Then the events of each patient are sorted by a key that packs day and row into one number.
    """
    size = (end - start).sum()
    keys, whose = np.empty(size, np.int64), np.empty(size, np.int32)
    next_row, past, total = start.copy(), np.empty(_SOME, np.int64), 0
    for first in range(0, patients, _SOME):
        past[:] = 0
        for concept in range(start.shape[0]):
            row = next_row[concept]
            while row < end[concept] and patient[row] < first + _SOME:
                past[patient[row] - first] += _counts(kind, standing, wanted, plain, row)
                row += 1
        for number in range(_SOME):
            total, past[number] = total + past[number], total
        for concept in range(start.shape[0]):
            row = next_row[concept]
            while row < end[concept] and patient[row] < first + _SOME:
                if _counts(kind, standing, wanted, plain, row):
                    place = past[patient[row] - first]
                    keys[place], whose[place] = np.int64(day[row] - LOWEST) << _ROW | row, patient[row]
                    past[patient[row] - first] = place + 1
                row += 1
            next_row[concept] = row
    keys, whose = keys[:total], whose[:total]
    _sort(whose, keys)
    return keys & ((1 << _ROW) - 1), whose, ((keys >> _ROW) + LOWEST).astype(np.int32)


@numba.njit(_NONE(INTS, FLAGS, _FLAG, _NEW_FLAGS), nogil=True, cache=True)  # type: ignore[untyped-decorator]
def _marked(patient: Any, kept: Any, every: bool, found: Any) -> None:
    for row in range(patient.shape[0]):
        if every or kept[row]:
            found[patient[row]] = True


def traits(offsets: Rows, kind: npt.NDArray[np.uint8], standing: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint32]:
    """For each concept, the kinds of its events with the standing COUNTS, as bits.

    The bit OTHER is set if the concept has an event with another standing.
    """
    found = np.zeros(len(offsets) - 1, np.uint32)
    _traits(*read(offsets, kind, standing), found)
    return found


def having(start: Rows, end: Rows, columns: Any, wanted: int, plain: bool, patients: int) -> Flags:
    """True for the patients with any wanted row. `columns` are the patient, kind and standing of all rows."""
    found = np.zeros(patients, bool)
    _having(*read(start, end, *columns), wanted, plain, found)
    return found


def rows_of(start: Rows, end: Rows, columns: Any, wanted: int, plain: bool) -> Rows:
    """The wanted rows (see the module), in order. `columns` are the kind and standing of all rows."""
    found = np.empty(int((end - start).sum()), np.int64)
    return found[: _rows(*read(start, end, *columns), wanted, plain, found)]


def merged(start: Rows, end: Rows, columns: Any, wanted: int, plain: bool, patients: int) -> tuple[Rows, Ints, Ints]:
    """The wanted rows, sorted by patient, day and row, with their patients and days.

    `columns` are the patient, day, kind and standing of all rows.
    """
    if len(end) and int(end[-1]) >> _ROW:
        raise OverflowError(f"a part of the event index has more than {1 << _ROW:,} events")
    found: tuple[Rows, Ints, Ints] = _merged(*read(start, end, *columns), wanted, plain, patients)
    return found


def marked(patient: Ints, kept: Flags | None, patients: int) -> Flags:
    """For each patient, True if the patient has a row for which `kept` is true. `kept` is None if all rows are kept."""
    found = np.zeros(patients, bool)
    _marked(*read(patient, np.empty(0, bool) if kept is None else kept), kept is None, found)
    return found


def read(*arrays: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], ...]:
    """Returns read-only, contiguous arrays, because the loops are compiled only for such arrays.

    Arrays that are already contiguous are not copied.
    """
    found = [np.ascontiguousarray(array).view() for array in arrays]
    for array in found:
        array.flags.writeable = False
    return tuple(found)

"""cohorts: the compiled loops give the same as plain numpy and Python, on random rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from cohorts.engine.kernels import counted, near
from cohorts.engine.row_kernels import OTHER, having, marked, merged, rows_of, traits
from graph.columns import bitmap_of
from graph.events import COUNTS, HIGHEST, LOWEST, UNSURE

CONCEPTS = 20


def posted(seed: int, patients: int, size: int) -> dict[str, npt.NDArray[Any]]:
    """Random rows by concept, patient and day, as in the index. A fifth do not count; some days are unknown."""
    rng = np.random.default_rng(seed)
    concept, patient = rng.integers(0, CONCEPTS, size), rng.integers(0, patients, size)
    day = np.where(rng.random(size) < 0.1, LOWEST, rng.integers(-400, 400, size))
    order = np.lexsort([day, patient, concept])
    return {
        "offsets": np.concatenate([[0], np.cumsum(np.bincount(concept, minlength=CONCEPTS))]),
        "patient": patient[order].astype(np.int32),
        "day": day[order].astype(np.int32),
        "kind": rng.integers(0, 4, size).astype(np.uint8),
        "standing": np.where(rng.random(size) < 0.2, UNSURE, COUNTS).astype(np.uint8),
    }


# The last has patients with more events than are sorted by insertion, the second more patients than are sorted at once.
@pytest.mark.parametrize(("patients", "size"), [(50, 400), (150_000, 100_000), (3, 2_000), (5, 0)])
@pytest.mark.parametrize(("wanted", "plain"), [(0b1111, True), (0b0101, False), (0, False)])
def test_rows_of_concepts_are_merged(patients: int, size: int, wanted: int, plain: bool) -> None:
    rows = posted(patients, patients, size)
    some = np.array([1, 4, 5, 19])
    start, end = rows["offsets"][some], rows["offsets"][some + 1]
    columns = [rows[name] for name in ("patient", "day", "kind", "standing")]
    right = np.concatenate([np.arange(*bounds) for bounds in zip(start, end, strict=True)])
    if not plain:
        right = right[(wanted >> rows["kind"][right] & 1 > 0) & (rows["standing"][right] == COUNTS)]
    assert rows_of(start, end, columns[2:], wanted, plain).tolist() == right.tolist()
    persons = having(start, end, [columns[0], *columns[2:]], wanted, plain, patients)
    assert set(np.flatnonzero(persons)) == set(rows["patient"][right])
    right = right[np.lexsort([right, rows["day"][right], rows["patient"][right]])]
    found, patient, day = merged(start, end, columns, wanted, plain, patients)
    assert found.tolist() == right.tolist()
    assert patient.tolist() == rows["patient"][right].tolist() and day.tolist() == rows["day"][right].tolist()


def test_traits_are_the_kinds_that_count() -> None:
    rows = posted(1, 9, 60)
    found = traits(rows["offsets"], rows["kind"], rows["standing"])
    for concept, bits in enumerate(found.tolist()):
        own = slice(*rows["offsets"][concept : concept + 2])
        counts = rows["standing"][own] == COUNTS
        own_kinds = {1 << kind for kind in rows["kind"][own][counts].tolist()}
        assert bits == sum(own_kinds) + (not counts.all()) * (1 << OTHER)


@pytest.mark.parametrize("seed", range(40))
def test_events_of_one_day_are_counted_as_others_are(seed: int) -> None:
    rng = np.random.default_rng(seed)

    def sorted_events(size: int) -> tuple[Any, Any]:
        patient, day = rng.integers(0, 12, size), rng.integers(0, 60, size)
        order = np.lexsort([day, patient])
        return patient[order].astype(np.int32), day[order].astype(np.int32)

    (patient, day), (whose, other) = sorted_events(30), sorted_events(40)
    since, until = rng.integers(-40, 40, 2).tolist()
    most = int(rng.integers(1, 4))
    starts, ends = np.array([0, 20, 30], np.int32), np.array([15, 29, 70], np.int32)
    period = rng.integers(-1, 3, 30).astype(np.int32) if seed % 2 else np.empty(0, np.int32)
    found = near(patient, day, (period, starts, ends), whose, other, since, until, most)
    window = np.array([[since, until, 0, 0]], np.int32)
    key = np.arange(len(whose))
    events, periods = (other,) * 4, (period, starts, ends)
    right = counted(patient, (day,) * 4, patient, periods, whose, events, whose, key, window, False, False, most)
    assert found.tolist() == right.tolist()
    bounds = [(0, 70) if not len(period) or p < 0 else (starts[p], ends[p]) for p in (period if len(period) else day)]
    for i, (first, last) in enumerate(bounds):
        days = other[whose == patient[i]]
        inside = (days >= max(day[i] + since, first)) & (days <= min(day[i] + until, last))
        assert found[i] == min(inside.sum(), most)


@pytest.mark.parametrize("share", [0, 0.00001, 0.01, 0.0625, 0.5, 1])
@pytest.mark.parametrize("size", [0, 1, 65_536, 200_001])
def test_flags_become_a_bitmap(share: float, size: int) -> None:
    flags = np.random.default_rng(1).random(size) < share
    for first in (0, 3 << 20):
        found = bitmap_of(flags, first)
        assert found.to_array().tolist() == (np.flatnonzero(flags) + first).tolist()
        found.add(7)
        assert len(found) == flags.sum() + (first > 0 or size < 8 or not flags[7])


def test_patients_of_kept_rows_are_marked() -> None:
    patient = np.array([0, 2, 2, 5], np.int32)
    assert np.flatnonzero(marked(patient, None, 7)).tolist() == [0, 2, 5]
    assert np.flatnonzero(marked(patient, np.array([False, True, False, False]), 7)).tolist() == [2]


def test_days_at_the_bounds_are_merged() -> None:
    start, end = np.array([0, 1]), np.array([1, 3])
    columns = [np.array(x, np.int32) for x in ([0, 0, 0], [HIGHEST, LOWEST, HIGHEST - 1])]
    columns += [np.zeros(3, np.uint8), np.ones(3, np.uint8)]
    assert merged(start, end, columns, 1, True, 1)[0].tolist() == [1, 2, 0]

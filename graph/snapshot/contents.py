"""graph: compares the data of patients in two snapshots of the same epoch, even if the patients have different numbers.

A snapshot that reuses the last snapshot may have other numbers for patients and texts than a snapshot that is built
from the store alone. But both snapshots must have the same data for each patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.columns import Csr, load_array, load_table
from graph.events import GONE, NUMBERS, OF_TEXTS, Index, Part
from graph.snapshot.keys import hashes

Sums = npt.NDArray[np.uint64]
_BY_NUMBER = ("patient.*", "patient_*", "event_*", "unmapped_*", "medicine.*", "absent.npy")
"""The files that contain numbers of patients, and files that only the next snapshot uses."""
_DAYS = ("day", "day_to", "end", "end_to", "kind", "standing")


def is_by_number(name: str) -> bool:
    """True if the file with this name may differ between two correct snapshots of the same epoch."""
    return any(fnmatch(name, pattern) for pattern in _BY_NUMBER)


def unlike(one: Path, other: Path) -> list[str]:
    """Returns the kinds of patient data that differ between two snapshots. Raises DamagedFile."""
    found, right = dict(_contents(one)), dict(_contents(other))
    return [name for name in right if not np.array_equal(found[name], right[name])]


def _contents(folder: Path) -> Iterator[tuple[str, Sums]]:
    """Yields each kind of patient data, with sums of its hashes. The sums do not depend on patient numbers."""
    keys, index = load_array(folder / "patient.key.npy"), Index(folder)
    there = np.ones(len(keys), bool)
    there[load_array(folder / "patient.gone.npy")] = False
    order = np.flatnonzero(there)[np.argsort(keys[there])]
    yield "patients", keys[order]
    yield "data of patients", _data(folder, len(keys))[order]
    every = [_events(part, index) for part in index.parts]
    yield "events", np.concatenate([events for events, _ in every])[order]
    yield "observation periods", np.concatenate([periods for _, periods in every])[order]
    for name in ("patient_by_concept", "patient_unsure", "unmapped_of"):
        pairs = Csr.load(folder, name)
        size = len(pairs.sizes())
        yield name, _added(size, np.repeat(np.arange(size), pairs.sizes()), _mixed(keys[pairs.values]))


def _data(folder: Path, size: int) -> Sums:
    found = np.zeros(size, np.uint64)
    table = load_table(folder, "patient")
    for name in table.column_names:
        found = _mixed(found, _hashed(table[name]))
    found = _mixed(found, load_array(folder / "patient.born.npy"))
    aged = np.zeros(size, np.uint64)
    aged[Index(folder).aged] = 1
    sources = load_table(folder, "patient_source")
    of_source = _added(size, np.asarray(sources["patient"]), _mixed(_hashed(sources["source"])))
    return _mixed(_mixed(found, aged), of_source)


def _hashed(texts: pa.ChunkedArray) -> Sums:
    """A hash of each text; 0 for null."""
    coded = texts.combine_chunks().dictionary_encode()
    own = np.append(hashes(coded.dictionary, b"contents"), np.uint64(0))
    return own[np.asarray(coded.indices.fill_null(len(own) - 1), np.int64)]


def _events(part: Part, index: Index) -> tuple[Sums, Sums]:
    """Returns two sums for each patient: of the hashes of the events, and of the hashes of the observation periods."""
    found = _mixed(part.concept)
    for name in _DAYS:
        found = _mixed(found, part.whole(name))
    for name in NUMBERS:
        values = part.column(name)
        found = _mixed(found, np.full(len(part), np.nan) if values is None else values)
    for names, own in zip(OF_TEXTS, index.all_texts(), strict=True):
        texts = np.append(hashes(own, b"contents"), np.uint64(0))
        for values in map(part.column, names):
            found = _mixed(found, np.zeros(len(part), np.uint64) if values is None else texts[values])
    there = part.whole("standing") != GONE
    patient, found = part.whole("patient")[there], _with_visits(part, found)[there]
    sizes = np.diff(part.observed.offsets)
    periods = _mixed(_mixed(part.periods[0]), part.periods[1])
    whose = np.repeat(np.arange(len(sizes)), sizes)
    return _added(part.patients, patient, found), _added(part.patients, whose, periods)


def _with_visits(part: Part, events: Sums) -> Sums:
    """Combines the hash of each event with the sum of the hashes of all events of the same visit."""
    visit = part.column("visit")
    if visit is None:
        return _mixed(events, np.zeros(len(events), np.uint64))
    sums = _added(int(visit.max(initial=-1)) + 2, visit, events)
    sums[-1] = 0
    return _mixed(events, sums[visit])


def _added(size: int, place: npt.NDArray[Any], values: Sums) -> Sums:
    found = np.zeros(size, np.uint64)
    np.add.at(found, place, values)
    return found


def _mixed(found: npt.NDArray[Any], values: npt.NDArray[Any] | None = None) -> Sums:
    """Hashes each number in `found`, together with its number in `values` if there is one.

    The method is SplitMix64 (https://doi.org/10.1145/2714064.2660195).
    """
    own = _bits(found)
    if values is not None:
        own = own * np.uint64(0x9E3779B97F4A7C15) + _bits(values)
    own = (own ^ (own >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    own = (own ^ (own >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return own ^ (own >> np.uint64(31))


def _bits(values: npt.NDArray[Any]) -> Sums:
    if values.dtype == np.uint64:
        return values
    if values.dtype.kind == "f":
        return np.where(np.isnan(values), np.nan, values).astype(np.float64).view(np.uint64)
    return values.astype(np.int64).view(np.uint64)

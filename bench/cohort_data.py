"""bench: writes made-up patients and events directly into the index of a snapshot, without ingesting records.

The concepts are those of MONDO, which is loaded into a store of its own. Codes are Zipf-distributed: the n-th most
frequent code is used 1/n as often as the first. Each part of the index is made separately, so memory does not grow with
the number of patients. All numbers depend only on the seed.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.columns import Csr, save_table, write_sums
from graph.events import COUNTS, KINDS, PART, UNSURE, save_part, save_parts
from graph.snapshot import Snapshot, read_snapshot

TERMINOLOGY = Path(__file__).resolve().parents[1] / "../shared/data/ontologies/mondo-2026-08.obo"
EACH = 30
"""The number of events of each patient."""
SEED = 44054006
DAYS = (16_000, 19_650)
"""The first and last day of the events: a period of ten years, as days since 1970-01-01."""
_UNSURE = 0.01
_SHARES = np.array(["condition"] * 12 + ["medication"] * 5 + ["observation"] * 3)

Ints = npt.NDArray[np.int32]


def loaded(store: Path) -> Snapshot:
    """Returns the snapshot of a store with TERMINOLOGY. If the store does not exist, TERMINOLOGY is loaded first."""
    if not store.exists():
        command = [sys.executable, "-m", "cli.main", "load", "--store", str(store), str(TERMINOLOGY)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return read_snapshot(str(store))


def frequent(base: Snapshot) -> Ints:
    """Returns the live concepts in random order. Concepts at the beginning get the most events."""
    return np.random.default_rng(SEED).permutation(np.flatnonzero(base.live)).astype(np.int32)


def kinds_of(concepts: Ints) -> npt.NDArray[np.uint8]:
    """The kind of event of each concept, as a number in graph.events.KINDS."""
    return np.array([KINDS.index(kind) for kind in _SHARES], np.uint8)[concepts % len(_SHARES)]


def made(base: Snapshot, patients: int, folder: Path) -> Path:
    """Makes a snapshot like `base` with this number of patients and their events. Returns its folder."""
    place = folder / base.folder.name
    shutil.copytree(base.folder, place)
    for old in [*place.glob("event_*"), *place.glob("patient*"), place / "manifest.json"]:
        old.unlink()
    _patients(place, patients, len(base.ids))
    sizes = []
    for number, size, columns in parts(base, patients):
        save_part(place, number, size, len(base.ids), columns)
        sizes.append((number, size))
    save_parts(place, sizes, pa.array(["mmol/L"], pa.string()))
    write_sums(place)
    return place


def parts(base: Snapshot, patients: int) -> Iterator[tuple[int, int, dict[str, npt.NDArray[Any]]]]:
    """Yields, for each part of the index of events, its number, its number of patients, and the columns of events."""
    by_use = frequent(base)
    share = np.cumsum(1 / np.arange(1, len(by_use) + 1))
    for number in range(-(-patients // PART)):
        size = min(PART, patients - number * PART)
        rng, patient = np.random.default_rng([SEED, number]), np.repeat(np.arange(size, dtype=np.int32), EACH)
        yield number, size, {"patient": patient, **events_of(rng, len(patient), by_use, share / share[-1])}


def events_of(
    rng: np.random.Generator, events: int, by_use: Ints, share: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Returns the columns of `events` random events, without the column of patients."""
    concept = by_use[np.searchsorted(share, rng.random(events, np.float32))]
    kind = kinds_of(concept)
    measured = kind == KINDS.index("observation")
    value = np.full(events, np.nan)
    value[measured] = rng.gamma(4, 2, int(measured.sum())).round(1)
    day = rng.integers(*DAYS, events, np.int32)
    return {
        "concept": concept,
        **dict.fromkeys(("day", "day_to", "end", "end_to"), day),
        "kind": kind,
        "standing": np.where(rng.random(events, np.float32) < _UNSURE, UNSURE, COUNTS).astype(np.uint8),
        "value": value,
        "unit": np.where(measured, 0, -1).astype(np.int32),
    }


def _patients(folder: Path, patients: int, concepts: int) -> None:
    """Saves the files of graph.snapshot.Patients.

    The set of patients of each concept is empty, because no cohort needs these sets.
    """
    rng = np.random.default_rng([SEED, patients])
    np.save(folder / "patient.born.npy", rng.integers(1930, 2020, patients, np.int32))
    np.save(folder / "patient.key.npy", rng.integers(0, 1 << 63, patients, np.uint64))
    np.save(folder / "patient.gone.npy", np.empty(0, np.int32))
    sex = pa.array(["female", "male"]).take(pa.array(rng.integers(0, 2, patients)))
    none = pa.nulls(patients, pa.string())
    save_table(pa.table({"sex": sex, "race": none, "ethnicity": none, "care_site": none}), folder, "patient")
    sources = {"patient": pa.array([], pa.int32()), "source": pa.array([], pa.string())}
    save_table(pa.table(sources), folder, "patient_source")
    for name in ("patient_by_concept", "patient_unsure"):
        Csr.of_pairs(concepts, [], []).save(folder, name)


def main() -> None:
    """Makes a snapshot in a separate process, so that its peak memory can be measured."""
    store, patients, folder = sys.argv[1:]
    made(loaded(Path(store)), int(patients), Path(folder))


if __name__ == "__main__":
    main()

"""bench: measures the time and memory to add one day's events to a snapshot, compared with a build from all events.

    python -m bench.cohort_day [--patients 1000000] [--changed 3000] [--new 100]

The patients are made by bench.cohort_data. The tables of the store are in memory and are made before the measurement,
so the time does not include reading from an engine. Both snapshots must have the same data about every patient.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bench.cohort_data import DAYS, EACH, SEED, events_of, frequent, loaded
from bench.cohort_questions import CLASSES, Choice, questions
from bench.machine import machine
from cohorts.engine import answer
from graph.columns import write_sums
from graph.events import KINDS, UNSURE
from graph.hierarchy import Hierarchy
from graph.snapshot import Snapshot, save_patients, snapshot_name, unlike
from graph.store import EDGES, NODES, CountedStore

_CHUNK = 50_000
"""The number of patients whose events are made together."""
_MORE = 3
"""The number of events that are added to each changed patient."""
_FILES = ("patient", "event_", "unmapped", "used.", "medicine.", "absent.", "lineage", "manifest")
Ints = npt.NDArray[np.int64]


class Days:
    """The tables of a store with made-up patients. If `after` is True, they include the events of the added day."""

    def __init__(self, base: Snapshot, patients: int, changed: int, new: int, after: bool) -> None:
        self._ids, self._by_use, self._patients, self._after = base.concepts["id"], frequent(base), patients, after
        self._share = np.cumsum(1 / np.arange(1, len(self._by_use) + 1))
        rng = np.random.default_rng([SEED, changed, new])
        self._changed = np.sort(rng.choice(patients, changed, replace=False))
        self._total = patients + (new if after else 0)
        self.day = self._of_day(new) if after else EDGES["EVENT"].arrow.empty_table()
        self.counts = {"Patient": self._total, "EVENT": 1, "SAME_PERSON": 0, "Resource": 0, "STANDS_FOR": 0}

    def lineage(self) -> str:
        return "made up"

    def changed(self, since: int) -> pa.Table:
        return pa.table({"id": _named(self._changed)})

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        return self.day.select(columns)

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        if table == "Patient":
            rng = np.random.default_rng(SEED)
            born, sex = rng.integers(1930, 2020, self._total), rng.integers(0, 2, self._total)
            own = {"id": _named(np.arange(self._total)), "birth_year": pa.array(born)}
            yield _filled(own | {"sex": pa.array(["female", "male"]).take(pa.array(sex))}, NODES[table].arrow, columns)
        elif table == "EVENT":
            gone = self._changed if self._after else np.empty(0, np.int64)
            for first in range(0, self._patients, _CHUNK):
                yield self._chunk(first, gone, keep=False).select(columns)
            yield self.day.select(columns)

    def _of_day(self, new: int) -> pa.Table:
        """All events of the changed patients and of the new patients."""
        pieces = [self._chunk(first, self._changed, keep=True) for first in range(0, self._patients, _CHUNK)]
        made = [(np.repeat(self._changed, _MORE), 1), (np.repeat(np.arange(self._patients, self._total), EACH), 2)]
        return pa.concat_tables([*pieces, *(self._rows(whose, [SEED, seed], len(whose)) for whose, seed in made)])

    def _chunk(self, first: int, some: Ints, keep: bool) -> pa.Table:
        """Returns the events of the _CHUNK patients from number `first`.

        If `keep` is True, only the patients in `some` are included; otherwise, only all others.
        """
        size = min(_CHUNK, self._patients - first)
        rows = self._rows(np.repeat(np.arange(first, first + size), EACH), [SEED, 0, first], size * EACH)
        return rows.filter(pa.array(np.repeat(np.isin(np.arange(first, first + size), some) == keep, EACH)))

    def _rows(self, whose: Ints, seed: list[int], events: int) -> pa.Table:
        made = events_of(np.random.default_rng(seed), events, self._by_use, self._share / self._share[-1])
        measured = made["unit"] >= 0
        kinds = pa.array(KINDS).take(pa.array(made["kind"]))
        day = pa.array(np.datetime_as_string(np.arange(*DAYS).astype("datetime64[D]"))).take(
            pa.array(made["day"] - DAYS[0])
        )
        status = pa.array(["active", "provisional"]).take(pa.array((made["standing"] == UNSURE).astype(np.int8)))
        own = {
            "source": _named(whose),
            "target": self._ids.take(pa.array(made["concept"])),
            "kind": kinds,
            "status": status,
            "start": day,
            "value": pa.array(made["value"], mask=~measured),
            "unit": pa.array(["mmol/L"]).take(pa.array(np.where(measured, 0, 0), mask=~measured)),
        }
        return _filled(own, EDGES["EVENT"].arrow, EDGES["EVENT"].arrow.names)


def _named(numbers: Ints) -> pa.Array:
    return pa.array(np.char.add("patient:", np.char.zfill(numbers.astype("U8"), 8)))


def _filled(own: dict[str, Any], schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    size = len(next(iter(own.values())))
    found = {name: own[name] if name in own else pa.nulls(size, schema.field(name).type) for name in columns}
    return pa.table(found, schema=pa.schema([schema.field(name) for name in columns]))


def build(base: Snapshot, folder: Path, epoch: int, before: Path | None, store: Days) -> tuple[Path, float]:
    """Builds a snapshot like `base` with the patients of `store`.

    Returns its folder, and the seconds that it took to write the files about patients and the checksums of all files.
    """
    place = folder / snapshot_name(epoch)
    shutil.copytree(base.folder, place)
    for old in [file for file in place.iterdir() if file.name.startswith(_FILES)]:
        old.unlink()
    began = time.perf_counter()
    save_patients(cast("CountedStore", store), base.concepts, Hierarchy.load(place), place, before)
    write_sums(place, before)
    return place, time.perf_counter() - began


def child(options: argparse.Namespace) -> None:
    base = loaded(options.store)
    after = options.child != "first"
    store = Days(base, options.patients[0], options.changed, options.new, after)
    before = options.folder / "first" / snapshot_name(1) if options.child == "day" else None
    place = options.folder / options.child
    place.mkdir()
    print(build(base, place, 2 if after else 1, before, store)[1])


def measured(options: argparse.Namespace, patients: int, what: str, folder: Path) -> Path:
    """Builds a snapshot in a separate process, and prints the seconds and the peak memory of the process."""
    given = ["--patients", patients, "--changed", options.changed, "--new", options.new, "--store", options.store]
    command = [sys.executable, "-m", "bench.cohort_day", *map(str, given), "--folder", str(folder), "--child", what]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    seconds = running.stdout.read()
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    assert running.returncode == 0, f"exit code {running.returncode}"
    print(f"| {patients:,} | {what} | {float(seconds):.1f} | {used.ru_maxrss / 1024:,.0f} |", flush=True)
    return folder / what / snapshot_name(1 if what == "first" else 2)


def asserted(day: Path, whole: Path) -> None:
    """Asserts that both snapshots have the same data about every patient, and give the same answers."""
    assert (wrong := unlike(day, whole)) == [], wrong
    one, other = Snapshot(day), Snapshot(whole)
    assert len(one.events.parts) > 1
    choice = Choice(other)
    for definition in (made.definition() for name in CLASSES for made in questions(choice, name, 5)):
        found, right = answer(one, definition).patients, answer(other, definition).patients
        keys = [np.sort(some.patients.keys[who.to_array()]).tolist() for some, who in ((one, found), (other, right))]
        assert keys[0] == keys[1], definition


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--changed", type=int, default=3000)
    parser.add_argument("--new", type=int, default=100)
    parser.add_argument("--store", type=Path, help="a store with the terminology; created if it does not exist")
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options)
        return
    print(f"{machine()}\n\n| patients | built | seconds | peak MiB |\n|---:|---|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        options.store = options.store or Path(name) / "store"
        loaded(options.store)
        for patients in options.patients:
            folder = Path(name) / str(patients)
            folder.mkdir()
            measured(options, patients, "first", folder)
            day, whole = (measured(options, patients, what, folder) for what in ("day", "whole"))
            asserted(day, whole)
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()

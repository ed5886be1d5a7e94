"""bench: measures questions about cohorts of made-up patients, compared with SQL, data frames and Cypher.

    python -m bench.cohorts [--patients 1000000] [--peers duckdb polars postgres ladybug neo4j] [--questions 200]

Run the script from the root of the checkout. neo4j needs `bin/neo4j run --`, and postgres needs PostgreSQL 15. All
programs get the same questions, and the script checks that all answers are equal. *Cold* is the time when the concept
sets of a question are used for the first time, with the files in the page cache. *Warm* is the median time when the
same question is repeated three times. The time of another program is the shorter time of two calls. A program that has
used `--budget` seconds in a class gets no more questions of this class.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.cohort_data import EACH, loaded
from bench.cohort_peers import Digest, DuckDb, Peer, Polars, digest
from bench.cohort_questions import CLASSES, Choice, Question, questions
from bench.cohort_servers import Ladybug, Neo4j, Postgres
from bench.growth import slope
from bench.machine import machine
from cohorts.engine import Postings, answer
from graph.snapshot import Snapshot

PEERS: dict[str, type[Peer]] = {
    "duckdb": DuckDb,
    "polars": Polars,
    "postgres": Postgres,
    "ladybug": Ladybug,
    "neo4j": Neo4j,
}


class Asked(NamedTuple):
    """The questions of a class (CLASSES), the answers of Tricuspid, and its times in milliseconds.

    `busy` is the processor time of warm answers.
    """

    questions: list[Question]
    answers: list[Digest]
    cold: list[float]
    warm: list[float]
    busy: list[float]


def built(store: Path, patients: int, folder: Path) -> tuple[Snapshot, float, float, float]:
    """Returns the snapshot, the seconds and peak MiB to make the snapshot, and the MiB of its events on disk."""
    folder.mkdir()
    began = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "bench.cohort_data", str(store), str(patients), str(folder)])
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"exit code {child.returncode}"
    seconds = time.perf_counter() - began
    place = next(folder.iterdir())
    size = sum(file.stat().st_size for file in place.glob("event_*"))
    return Snapshot(place), seconds, used.ru_maxrss / 1024, size / (1 << 20)


def milliseconds(run: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    found = run()
    return (time.perf_counter() - began) * 1000, found


def ours(snapshot: Snapshot, some: list[Question]) -> Asked:
    held = snapshot.derived(Postings)
    answer(snapshot, some[0].definition())
    asked = Asked(some, [], [], [], [])
    for question in some:
        definition = question.definition()
        held.forget()
        cold, found = milliseconds(lambda: answer(snapshot, definition))  # noqa: B023
        warm = [milliseconds(lambda: answer(snapshot, definition))[0] for _ in range(3)]  # noqa: B023
        began = time.process_time()
        answer(snapshot, definition)
        asked.busy.append((time.process_time() - began) * 1000)
        asked.answers.append(digest(found.patients))
        asked.cold.append(cold)
        asked.warm.append(float(np.median(warm)))
    return asked


def theirs(peer: Peer, asked: Asked, budget: float) -> list[float]:
    """Returns the milliseconds that another program takes for each question, until `budget` seconds are used up.

    Asserts that the answers are equal to the answers of Tricuspid.
    """
    times, until = [], time.perf_counter() + budget
    for question, right in zip(asked.questions, asked.answers, strict=True):
        runs = [milliseconds(lambda: peer.ask(question)) for _ in range(2)]  # noqa: B023
        assert runs[0][1] == runs[1][1] == right, (peer.name, runs, right, question)
        times.append(min(run[0] for run in runs))
        if time.perf_counter() > until:
            break
    return times


def _row(name: str, kind: str, times: list[float], than: list[float]) -> str:
    p50, p95 = np.percentile(times, [50, 95])
    ratio = np.median(times) / np.median(than[: len(times)])
    return f"| {name} | {kind} | {len(times)} | {p50:,.2f} | {p95:,.2f} | {ratio:,.1f} |"


def compared(snapshot: Snapshot, names: list[str], count: int, budget: float, folder: Path) -> dict[str, Asked]:
    choice = Choice(snapshot)
    print("\n| questions | program | asked | p50, ms | p95, ms | times ours, warm |\n|---|---|---:|---:|---:|---:|")
    every = {}
    for name in CLASSES:
        every[name] = ours(snapshot, questions(choice, name, count))
        print(_row(name, "ours, cold", every[name].cold, every[name].warm))
        print(_row(name, "ours, warm", every[name].warm, every[name].warm))
        print(_row(name, "ours, warm, processor time", every[name].busy, every[name].warm), flush=True)
    for kind in names:
        peer = PEERS[kind](folder)
        if len(snapshot.patients) > peer.most:
            print(f"| | {peer.name} | 0 | not loaded: more than {peer.most:,} patients | | |")
            continue
        seconds, _ = milliseconds(lambda: peer.load(snapshot))  # noqa: B023
        print(f"| load | {peer.name} | | {seconds:,.0f} | | |", flush=True)
        for name, asked in every.items():
            print(_row(name, peer.name, theirs(peer, asked, budget), asked.warm), flush=True)
        peer.close()
    return every


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=[])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--budget", type=float, default=60, help="seconds for each program and class")
    parser.add_argument("--store", type=Path, help="a store with the terminology; created if it does not exist")
    options = parser.parse_args()
    print(machine())
    warm: dict[str, list[tuple[float, float]]] = {name: [] for name in ("build", *CLASSES)}
    with tempfile.TemporaryDirectory() as name:
        store = options.store or Path(name) / "store"
        loaded(store)
        for patients in options.patients:
            folder = Path(name) / str(patients)
            snapshot, seconds, peak, size = built(store, patients, folder)
            load = os.getloadavg()[0]
            print(f"\n{patients:,} patients, {patients * EACH:,} events made in {seconds:.1f} s, peak {peak:,.0f} MiB")
            print(f"{size:,.0f} MiB of events on disk; load {load:.1f}", flush=True)
            every = compared(snapshot, options.peers, options.questions, options.budget, folder)
            warm["build"].append((patients, seconds))
            for name_, asked in every.items():
                warm[name_].append((patients, float(np.median(asked.warm))))
            print(f"\nload at the end {os.getloadavg()[0]:.1f}")
    if len(options.patients) > 1:
        for name, pairs in warm.items():
            print(f"{name}: time grows with patients ^ {slope(pairs):.2f}")


if __name__ == "__main__":
    main()

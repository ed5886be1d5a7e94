"""bench: measures response times while a job writes to the served store, compared with an idle store.

Run `python -m bench.one_writer` from the root of the checkout. A server serves a store with MONDO and the trials. The
script sends one query after another, first without a job, and then while `tricuspid ingest` writes patients and courses
to the same store. All answers of the same epoch must be equal. The last answer must be from the last epoch of the job.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.http import CLI, running, warmed
from bench.machine import machine

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
MONDO = DATA / "ontologies/mondo-2026-08.obo"
TRIALS, COURSES = DATA / "research/clinicaltrials-json", DATA / "education/surf-ooapi-demo/seeds/data.edn"
PATIENTS = DATA / "care/fhir-bulk-ndjson"
QUERY = """{ studies(about: "MONDO:0005550", first: 20) { totalCount nodes { id title abouts(first: 5) { nodes {
  field text concept { id label } } } } } courses(about: "MONDO:0005550") { totalCount } }"""


def ask(url: str, goes_on: Callable[[int], bool]) -> tuple[list[float], dict[int, bytes]]:
    """Returns the time of every query in ms, and the answer at each epoch. Fails if two answers at one epoch differ."""
    taken: list[float] = []
    answers: dict[int, bytes] = {}
    with httpx.Client(timeout=60) as client:
        while goes_on(len(taken)):
            began = time.perf_counter()
            answer = client.post(url, json={"query": QUERY})
            taken.append((time.perf_counter() - began) * 1e3)
            epoch = answer.raise_for_status().json()["extensions"]["epoch"]
            assert answers.setdefault(epoch, answer.content) == answer.content, f"two answers of epoch {epoch}"
    return taken, answers


def report(name: str, taken: list[float], quiet: float) -> float:
    cuts = statistics.quantiles(taken, n=100)
    print(f"| {name} | {len(taken):,} | {cuts[49]:.1f} | {cuts[98]:.1f} | {cuts[98] / (quiet or cuts[98]):.1f} |")
    return cuts[98]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=8766)
    port = parser.parse_args().port
    print(f"{machine()}\n\n| server | answers | p50, ms | p99, ms | of the idle p99 |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        store = ["--store", f"{name}/store"]
        for command in (["load", str(MONDO)], ["ingest", str(TRIALS)]):
            subprocess.run([*CLI, command[0], *store, command[1]], capture_output=True)
        with running("ours", store[1], port) as server:
            url = server.url
            warmed(server)
            ask(url, lambda done: done < 50)
            quiet = report("idle", ask(url, lambda done: done < 1_000)[0], 0)
            job = subprocess.Popen([*CLI, "ingest", *store, str(PATIENTS), str(COURSES)], stdout=subprocess.DEVNULL)
            taken, answers = ask(url, lambda _: job.poll() is None)
            report("during a job", taken, quiet)
            time.sleep(3)
            _, last = ask(url, lambda done: done < 1)
            print(f"\nepochs answered: {sorted(answers | last)}; exit code of the job: {job.wait()}", file=sys.stderr)


if __name__ == "__main__":
    main()

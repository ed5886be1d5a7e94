"""bench: compares two checkouts of Tricuspid: processor time of loading, ingest, and GraphQL over HTTP.

Run `python -m bench.versions OTHER [--rounds 7] [--changed]` from the root of a checkout. OTHER is the root of another
checkout. Both checkouts use the Python interpreter and the libraries that run this script. In each round, each checkout
loads a terminology, ingests trials and FHIR bundles into a new store, and answers the same requests over HTTP. All
answers must be equal. With `--changed`, the script only counts answers that differ. Use `--changed` if the two
checkouts are meant to give different answers. The script prints medians over the rounds, and the ratio of this checkout
to the other.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from bench.machine import machine

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "../shared/data"
TERMINOLOGY = [DATA / "ontologies/mondo-2026-08.obo", DATA / "ontologies/sssom/mondo_exactmatch_sctid.sssom.tsv"]
TRIALS, BUNDLES = DATA / "research/clinicaltrials-json", DATA / "care/synthea-fhir-r4"
_BUNDLES, _REQUESTS = 12, 400
_PARTLY = 3
"""The exit code of an ingest that refused some records."""
_STUDIES = """query ($id: ID!) { studies(about: $id, first: 20) { nodes { id title status phase
  abouts(first: 5) { nodes { field text confidence concept { id label ontology } } } } } }"""
_SEARCH = "query ($id: String!) { search(text: $id, first: 10) { totalCount nodes { id label ontology } } }"
_REACH = """query ($id: ID!) { concept(id: $id) { label studies { totalCount } patients { count }
  descendants { totalCount } } }"""
QUERIES = {"http": _STUDIES, "search": _SEARCH, "reach": _REACH}


def _command(checkout: Path, store: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", words[0], "--store", str(store), *words[1:]]


def _environment(checkout: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TRICUSPID_")}
    own = {"PYTHONPATH": str(checkout), "TRICUSPID_MEANING": "off", "TRICUSPID_SECRET": "the same for both stores"}
    return kept | own


def _run(checkout: Path, store: Path, *words: str) -> float:
    """Runs one command to its end. Returns its processor time in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command, place = _command(checkout, store, *words), _environment(checkout)
    done = subprocess.run(command, cwd=checkout, env=place, capture_output=True, text=True)
    assert done.returncode in (0, _PARTLY), done.stderr
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@contextmanager
def _served(checkout: Path, store: Path) -> Iterator[tuple[httpx.Client, int]]:
    """Starts a server on a free port. Yields a client of the server, and the process id of the server."""
    command = _command(checkout, store, "serve", "--port", "0")
    with subprocess.Popen(
        command, cwd=checkout, env=_environment(checkout), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr
        address = next(found[0] for line in server.stderr if (found := re.search(r"http://\S+", line)))
        try:
            with httpx.Client(base_url=address, timeout=60) as client:
                yield client, server.pid
        finally:
            server.terminate()


def _seconds(process: int) -> float:
    """Returns the processor time of a process (proc(5), fields 14 and 15 of stat)."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _asked(client: httpx.Client, query: str, ids: list[str]) -> list[Any]:
    return [client.post("", json={"query": query, "variables": {"id": id_}}).json()["data"] for id_ in ids]


def _round(checkout: Path, folder: Path, words: dict[str, list[str]]) -> tuple[dict[str, float], list[Any]]:
    """Loads, ingests and answers requests with one checkout.

    Returns the processor time of each of these tasks in seconds, and all answers.
    """
    store = folder / "store"
    bundles = sorted(BUNDLES.glob("*.json.bz2"))[:_BUNDLES]
    took = {"load": _run(checkout, store, "load", *map(str, TERMINOLOGY))}
    took["trials"] = _run(checkout, store, "ingest", str(TRIALS))
    took["fhir"] = _run(checkout, store, "ingest", *map(str, bundles))
    answers = []
    with _served(checkout, store) as (client, process):
        for name, query in QUERIES.items():
            _asked(client, query, words[name])
            before = _seconds(process)
            answers.append(_asked(client, query, words[name]))
            took[name] = _seconds(process) - before
    shutil.rmtree(store)
    return took, answers


def _words() -> dict[str, list[str]]:
    """Returns ids and names from all parts of the terminology file, at regular intervals."""
    text = TERMINOLOGY[0].read_text(encoding="utf-8")
    terms = re.findall(r"^id: (MONDO:\d+)\nname: (\w.*)$", text, re.MULTILINE)
    ids, names = zip(*terms[:: len(terms) // _REQUESTS], strict=True)
    return {"http": [*ids], "reach": [*ids], "search": [name[: 3 + len(name) // 2] for name in names]}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("other", type=Path)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--changed", action="store_true", help="count the answers that differ")
    given = parser.parse_args()
    words, checkouts = _words(), [given.other.resolve(), ROOT]
    seconds: list[list[dict[str, float]]] = [[], []]
    print(machine())
    for _ in range(given.rounds):
        answers = []
        for checkout, rounds in zip(checkouts, seconds, strict=True):
            with tempfile.TemporaryDirectory() as folder:
                took, said = _round(checkout, Path(folder), words)
            rounds.append(took)
            answers.append(said)
        different = sum(one != other for both in zip(*answers, strict=True) for one, other in zip(*both, strict=True))
        assert given.changed or not different, f"{different} answers differ"
    print(f"{different} of {_REQUESTS * len(QUERIES)} answers differ")
    for name in seconds[0][0]:
        other, own = (median(one[name] for one in rounds) for rounds in seconds)
        print(f"{name:8} {other:8.3f} s before {own:8.3f} s now, ratio {own / other:.3f}")


if __name__ == "__main__":
    main()

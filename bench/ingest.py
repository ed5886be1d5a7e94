"""bench: loads and ingests the real files step by step into an empty store, and prints the cost of each step.

    python -m bench.ingest --store ADDRESS [--data FOLDER]

Every step is a command in its own process. Peak memory is the memory of this process (getrusage, ru_maxrss). It does
not include the memory of a Neo4j server.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from graph.store import Address

DATA = Path(__file__).resolve().parents[1] / "../shared/data"
STEPS = (
    ("load", "MONDO", "ontologies/mondo-2026-08.obo"),
    ("load", "HPO", "ontologies/hp-2024-08-13.json.gz"),
    ("load", "HPO in Dutch", "ontologies/translations/hp-nl.*"),
    ("load", "DOID", "ontologies/doid-2018-07-05.json.gz"),
    ("load", "MONDO mappings", "ontologies/sssom/mondo_*.tsv"),
    ("load", "OMOP vocabularies", "ontologies/omop-vocabulary"),
    ("ingest", "Synthea FHIR", "care/synthea-fhir-r4"),
    ("ingest", "trials", "research/clinicaltrials-json"),
    ("ingest", "SURF courses", "education/surf-ooapi-demo/seeds/data.edn"),
)
_COMMONEST = 5


class Step(NamedTuple):
    """The cost of a command. `peak` is in MiB. `report` is the output of the command with --json."""

    kind: str
    name: str
    seconds: float
    peak: float
    report: dict[str, Any]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.ingest")
    parser.add_argument("--store", required=True, metavar="ADDRESS", help="an empty store")
    parser.add_argument("--data", type=Path, default=DATA, metavar="FOLDER")
    options = parser.parse_args()
    steps = []
    for kind, name, pattern in STEPS:
        paths = sorted(str(path) for path in options.data.resolve().glob(pattern))
        steps.append(run(kind, name, ["--store", options.store, "--json", *paths]))
        print(line(steps[-1]), flush=True)
    print("\n".join(summary(options.store, steps)))
    return 0


def run(kind: str, name: str, arguments: list[str]) -> Step:
    """Runs the command `kind`, `load` or `ingest`. Exits if the command fails. Refused records are not a failure."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        child = subprocess.Popen([sys.executable, "-m", "cli.main", kind, *arguments], stdout=output)
        _, status, used = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode not in (0, 3):
            sys.exit(f"{name}: exit code {child.returncode}")
        output.seek(0)
        report = orjson.loads(output.read())
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return Step(kind, name, seconds, used.ru_maxrss / unit, report)


def line(step: Step) -> str:
    items, refused, unmapped = step.report["read"], step.report["refused"], sum(step.report["unmapped"].values())
    cost = f"{step.kind:6}  {step.name:18}  {step.seconds:7.1f} s  {step.peak:6.0f} MiB  {items:>8,} items"
    return f"{cost}  {items / step.seconds:>8,.0f}/s  {refused:,} refused  {unmapped:,} unmapped"


def summary(address: str, steps: list[Step]) -> Iterator[str]:
    status = [sys.executable, "-m", "cli.main", "status", "--json", "--store", address]
    rows = orjson.loads(subprocess.run(status, check=True, capture_output=True).stdout)["rows"]
    load, care = (sum(s.seconds for s in steps if named in (s.kind, s.name)) for named in ("load", "Synthea FHIR"))
    resources = sum(s.report["written"] for s in steps if s.name == "Synthea FHIR")
    edges = sum(count for table, count in rows.items() if table.isupper())
    whole = sum(s.seconds for s in steps)
    yield f"{rows['Concept']:,} concepts, {rows['Concept'] / load:,.0f}/s of loading"
    yield f"{resources:,} resources, {resources / care:,.0f}/s of ingesting them"
    yield f"{edges:,} edges, {edges / whole:,.0f}/s over all; {whole:.1f} s"
    folder = Address(address).state
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    yield f"{size / (1 << 20):,.0f} MiB in {'snapshots alone' if Address(address).is_server else 'store and snapshots'}"
    reasons: dict[str, int] = {}
    for step in steps:
        for reason, count in step.report["unmapped"].items():
            reasons[reason] = reasons.get(reason, 0) + count
    yield "unmapped, most common reasons:"
    for reason, count in sorted(reasons.items(), key=lambda item: -item[1])[:_COMMONEST]:
        yield f"  {count:>8,}  {reason}"
    refused = [text for step in steps for text in step.report["refusals"]]
    yield f"refused, first {_COMMONEST} of each step: {len(refused)}"
    yield from (f"  {text}" for text in refused[:_COMMONEST])


if __name__ == "__main__":
    sys.exit(main())

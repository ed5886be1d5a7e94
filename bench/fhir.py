"""bench: measures the mapping of FHIR NDJSON to rows, compared with plain orjson and fhir.resources, on one core.

Run `python -m bench.fhir [--copies 1] [--peers PYTHON]` from the root of the checkout. The input is the resources of
the Synthea bundles, one per line, with literal references. Every reader yields patient, code and date for each coding
of a supported resource. The counts of rows and of distinct rows must be equal for all readers. Tricuspid also refuses
malformed resources, reads values, end dates and status, and makes pseudonyms and CURIEs. `--peers` is a Python
interpreter with orjson and fhir.resources (8.2, R4B models). Without this option, fhir.resources is left out. Finally,
the script runs `tricuspid ingest` on the compressed bundles, into an empty embedded store, with several numbers of
workers.
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
from typing import Any

import orjson

from bench.machine import machine
from ontologies.files import read_whole

BUNDLES = Path(__file__).resolve().parents[1] / "../shared/data/care/synthea-fhir-r4"
_OURS = """
import gc, json, sys, time
from pathlib import Path
from ontologies.curies import curie_of
from ingest.pseudonym import Pseudonym
from graph.kinds import Event
from ingest.sources.fhir_json import read
curie_of("http://hl7.org/fhir/sid/cvx", "1")  # the Bioregistry is imported once in a process
# Kinds that `walk` does not make, because it reads only six types of resources.
LEFT_OUT = ("encounter", "visit", "reason", "care_plan", "device", "imaging")
gc.disable()
start = time.process_time()
rows = [item for item in read(Path(sys.argv[1]), Pseudonym(b"0123456789abcdef")) if type(item) is Event]
seconds = time.process_time() - start
found = [(e.patient, e.concept.partition(":")[2], e.start) for e in rows if e.kind not in LEFT_OUT]
print(json.dumps([seconds, len(found), len(set(found))]))
"""
_WALK = """
KINDS = {"Condition": "code", "AllergyIntolerance": "code", "Observation": "code", "Procedure": "code",
         "MedicationRequest": "medicationCodeableConcept", "Immunization": "vaccineCode"}
WHEN = ("onsetDateTime", "effectiveDateTime", "authoredOn", "performedDateTime", "occurrenceDateTime")
def walk(one, get):
    kind = get(one, "resourceType")
    if kind in KINDS:
        who = get(get(one, "subject") or get(one, "patient"), "reference").rpartition("/")[2]
        period = get(one, "performedPeriod")
        moment = next((m for name in WHEN if (m := get(one, name))), None) or (period and get(period, "start"))
        moment = moment or get(one, "recordedDate")
        for part in (one, *(get(one, "component") or ())):
            for coding in get(get(part, KINDS[kind]), "coding") if get(part, KINDS[kind]) else ():
                if get(coding, "system") and get(coding, "code"):
                    yield who, get(coding, "code"), str(moment)[:10] if moment else None
start = time.process_time()
rows = []
with open(sys.argv[1], "rb") as file:
    for line in file:
        one = parse(line)
        if one is not None:
            rows += walk(one, get)
seconds = time.process_time() - start
print(json.dumps([seconds, len(rows), len(set(rows))]))
"""
_ORJSON = "import gc, json, sys, time, orjson\ngc.disable()\nparse, get = orjson.loads, dict.get\n" + _WALK
_MODELS = (
    """
import gc, json, sys, time, orjson
from importlib import import_module
NAMES = ("Condition", "AllergyIntolerance", "Observation", "Procedure", "MedicationRequest", "Immunization")
MODELS = {name: getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name) for name in NAMES}
def parse(line):
    kind = orjson.loads(line)["resourceType"]
    return MODELS[kind].model_validate_json(line) if kind in MODELS else None
def get(one, name):
    return one.get_resource_type() if name == "resourceType" else getattr(one, name, None)
"""
    + _WALK
)


def lines(path: Path, copies: int) -> int:
    """Writes the resources of every bundle, one per line, and returns their number."""
    written = 0
    with path.open("wb") as out:
        for resource in _resources():
            out.write(orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE))
            written += 1
        once = path.read_bytes() if copies > 1 else b""
        for _ in range(copies - 1):
            out.write(once)
    return written * copies


def _resources() -> Iterator[dict[str, Any]]:
    for file in sorted(BUNDLES.iterdir()):
        if ".json" in file.name and b'"Bundle"' in (data := read_whole(file))[:200]:
            entries = orjson.loads(data)["entry"]
            places = {e["fullUrl"]: f"{e['resource']['resourceType']}/{e['resource']['id']}" for e in entries}
            for one in (entry["resource"] for entry in entries):
                for name in ("subject", "patient"):
                    if name in one:
                        one[name]["reference"] = places.get(one[name]["reference"], one[name]["reference"])
                yield one


def reading(copies: int, peers: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "resources.ndjson"
        count = lines(path, copies)
        print(
            f"{count:,} resources, {path.stat().st_size / 1e6:.0f} MB\n\n| | resources/s | ours is |\n|---|---:|---:|"
        )
        ways = {"ours": (sys.executable, _OURS), "plain orjson": (sys.executable, _ORJSON)}
        if peers:
            ways["fhir.resources"] = peers, _MODELS
        ours, wanted = 0.0, None
        for name, (python, program) in ways.items():
            asked = [python, "-c", program, str(path)]
            seconds, *found = orjson.loads(subprocess.run(asked, check=True, capture_output=True).stdout)
            ours, wanted = ours or seconds, wanted or found
            assert found == wanted, f"{name} found {found}, ours {wanted}"
            print(f"| {name} | {count / seconds:,.0f} | {seconds / ours:.2f} times as fast |", flush=True)
        print(f"\nevery reader finds {wanted and wanted[0]:,} codings, with patient and date")


def command(most: int) -> None:
    print("\n| workers | s | resources/s |\n|---:|---:|---:|")
    for workers in range(most + 1):
        with tempfile.TemporaryDirectory() as folder:
            asked = ["ingest", "--json", "--store", f"{folder}/store", "--workers", str(workers), str(BUNDLES)]
            began = time.perf_counter()
            done = subprocess.run([sys.executable, "-m", "cli.main", *asked], check=True, capture_output=True)
            seconds, written = time.perf_counter() - began, orjson.loads(done.stdout)["written"]
            print(f"| {workers} | {seconds:.1f} | {written / seconds:,.0f} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--copies", type=int, default=1)
    parser.add_argument("--peers", metavar="PYTHON")
    options = parser.parse_args()
    print(machine(), end="; ")
    reading(options.copies, options.peers)
    command(os.cpu_count() or 1)


if __name__ == "__main__":
    main()

"""bench: measures how the time and memory of ingest grow with the number of patients.

Run `python -m bench.growth [--patients 10000 100000 1000000]` from the root of the checkout. The script writes made-up
records as FHIR NDJSON: for each patient, a Patient, three Conditions and an Observation, with 100,000 patients per
file. For each number of patients, one command ingests the files into an empty store. The reported memory is the peak
memory of the process that writes to the store.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import orjson

from bench.machine import machine

_FILE, _EACH = 100_000, 5


def records(folder: Path, patients: int) -> None:
    rng = random.Random(patients)
    codes = [str(rng.randrange(10**6, 10**8)) for _ in range(2_000)]
    for first in range(0, patients, _FILE):
        with (folder / f"{first:08}.ndjson").open("wb") as out:
            for number in range(first, min(first + _FILE, patients)):
                for resource in _of(f"p{number}", codes, rng):
                    out.write(orjson.dumps(resource, option=orjson.OPT_APPEND_NEWLINE))


def _of(patient: str, codes: list[str], rng: random.Random) -> list[dict[str, object]]:
    subject = {"reference": f"Patient/{patient}"}
    made: list[dict[str, object]] = [
        {
            "resourceType": "Patient",
            "id": patient,
            "birthDate": f"{rng.randrange(1930, 2020)}-03-01",
            "gender": "female",
        }
    ]
    for number in range(_EACH - 1):
        code = {"coding": [{"system": "http://snomed.info/sct", "code": rng.choice(codes), "display": "a finding"}]}
        day = f"{rng.randrange(2000, 2026)}-0{rng.randrange(1, 10)}-11"
        kind = {"resourceType": "Condition", "onsetDateTime": day}
        if not number:
            kind = {"resourceType": "Observation", "status": "final", "effectiveDateTime": day}
        made.append({**kind, "id": f"{patient}-{number}", "subject": subject, "code": code})
    return made


def ingested(folder: Path, store: str, output: Path) -> tuple[float, float, int]:
    """Ingests a folder. Returns the seconds, the peak MiB and the number of written resources."""
    began = time.perf_counter()
    with output.open("wb") as out:
        command = [sys.executable, "-m", "cli.main", "ingest", "--json", "--store", store, str(folder)]
        child = subprocess.Popen(command, stdout=out)
        _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, f"exit code {child.returncode}"
    written = orjson.loads(output.read_bytes())["written"]
    return time.perf_counter() - began, used.ru_maxrss / 1024, written


def slope(pairs: list[tuple[float, float]]) -> float:
    """Returns the exponent of y ~ x ** exponent, from the first and the last pair (x, y)."""
    (x0, y0), (x1, y1) = pairs[0], pairs[-1]
    return math.log(y1 / y0) / math.log(x1 / x0)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    options = parser.parse_args()
    print(f"{machine()}\n\n| patients | resources | s | resources/s | MiB | store and snapshot, MiB |")
    print("|---:|---:|---:|---:|---:|---:|", flush=True)
    times, peaks = [], []
    for patients in options.patients:
        with tempfile.TemporaryDirectory() as name:
            folder, store = Path(name) / "records", Path(name) / "store"
            folder.mkdir()
            records(folder, patients)
            seconds, peak, written = ingested(folder, str(store), Path(name) / "report")
            assert written == patients * _EACH
            size = sum(file.stat().st_size for file in store.rglob("*") if file.is_file()) / (1 << 20)
        row = f"{patients:,} | {written:,} | {seconds:.1f} | {written / seconds:,.0f} | {peak:,.0f} | {size:,.0f}"
        print(f"| {row} |", flush=True)
        times.append((float(patients), seconds))
        peaks.append((float(patients), peak))
    if len(times) > 1:
        print(f"\ntime grows with patients ^ {slope(times):.2f}, memory with patients ^ {slope(peaks):.2f}")


if __name__ == "__main__":
    main()

"""tests of ingest: an excerpt of the demonstration with all kinds of files, for tests that read it many times."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import NamedTuple

from tests.ingest.graphs import DEMONSTRATION

_TRIALS = ("NCT99000001", "NCT99000005", "NCT99000012")


class Excerpt(NamedTuple):
    terminology: list[Path]
    records: list[Path]


def make_excerpt(folder: Path) -> Excerpt:
    """One terminology and mapping set of each format, every fourth patient with its records, and some trials."""
    translations = folder / "nl.babelon.tsv"
    _every(8, DEMONSTRATION / "translations/nl.babelon.tsv", translations)
    care = [_care(f"{name}.ndjson", folder) for name in ("Patient", "Condition", "Procedure")]
    trials = folder / "trials"
    trials.mkdir()
    for name in _TRIALS:
        shutil.copy(DEMONSTRATION / f"trials/{name}.json", trials)
    parts = ("terminology/maxo.obo", "terminology/snomed.json", "terminology/omop", "mappings/maxo-snomed.sssom.tsv")
    terminology = [*(DEMONSTRATION / part for part in parts), translations]
    return Excerpt(terminology, [*care, trials, DEMONSTRATION / "datasets", DEMONSTRATION / "courses"])


def _every(step: int, file: Path, target: Path) -> None:
    head, *lines = file.read_text().splitlines(keepends=True)
    target.write_text("".join([head, *lines[::step]]))


def _care(name: str, folder: Path) -> Path:
    """The records of every fourth patient."""
    lines = (DEMONSTRATION / "care" / name).read_text().splitlines(keepends=True)
    (folder / name).write_text("".join(line for line in lines if _number(json.loads(line)) % 4 == 0))
    return folder / name


def _number(resource: dict[str, dict[str, str]]) -> int:
    """The number of the patient, such as 17 of `Patient/demo-017`."""
    patient = resource["subject"]["reference"] if "subject" in resource else str(resource["id"])
    return int(patient.rpartition("-")[2])

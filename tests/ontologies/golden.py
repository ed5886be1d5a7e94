"""ontologies' tests: writes a stream as lines of JSON, the format of the golden files beside the samples."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from ontologies.formats import recognise
from ontologies.model import Concept, Item

SAMPLES = Path(__file__).parent / "samples"
GOLDEN = SAMPLES / "golden"
VALUE_SETS = ("value_sets", "fhir_value_sets", "omop_concept_sets")
"""Files of value sets, which have no release."""
SAMPLE_FILES = (
    SAMPLES / "tiny.obo",
    SAMPLES / "tiny.json",
    SAMPLES / "tiny.sssom.tsv",
    SAMPLES / "tiny.babelon.tsv",
    SAMPLES / "tiny.synonyms.tsv",
    SAMPLES / "omop/CONCEPT.csv",
    SAMPLES / "tiny.medic.txt",
    SAMPLES / "tiny.owl",
    SAMPLES / "tiny.owl.ttl",
    SAMPLES / "tiny.skos.ttl",
    SAMPLES / "tiny.names.csv",
    *(SAMPLES / f"tiny.{name}.json" for name in VALUE_SETS),
)


def stream(path: Path) -> list[Item]:
    """All items of a file, read by the format that claims it."""
    form = recognise(path)
    assert form, f"no format claims {path.name}"
    return list(form.read(path))


def as_lines(items: Iterable[Item]) -> list[str]:
    """Items as lines of JSON. Leaves out empty tuples and absent concept_ids of OMOP."""
    rows = ([type(item).__name__, *(part for part in _without_absent(item) if part != ())] for item in items)
    return [json.dumps(line, ensure_ascii=False) for line in rows]


def _without_absent(item: Item) -> Iterable[object]:
    return item[:-1] if isinstance(item, Concept) and item.omop is None else item


def golden(sample: Path) -> Path:
    return GOLDEN / f"{sample.name}.jsonl"


if __name__ == "__main__":
    for sample in SAMPLE_FILES:
        golden(sample).write_text("".join(f"{line}\n" for line in as_lines(stream(sample))), "utf-8")

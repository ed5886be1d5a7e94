"""ingest: samples of each source and their golden items. `python -m tests.ingest.golden` writes the golden files."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa

from ingest.pseudonym import Pseudonym
from ingest.records import Item, Version
from ingest.sources import recognise

SAMPLES = Path(__file__).parent / "samples"
SUFFIX = ".golden.jsonl"
PSEUDONYM = Pseudonym(b"a secret for tests only")


def samples() -> list[Path]:
    """All samples. A sample's name begins with the name of its source: `fhir_json.bundle.json`."""
    return sorted(path for path in SAMPLES.iterdir() if not path.name.endswith(SUFFIX))


def facts(items: Iterable[Item]) -> list[Item]:
    """The items without versions of resources, which tests/ingest/test_identity.py tests."""
    return [item for item in items if not isinstance(item, Version)]


def golden_of(sample: Path) -> Path:
    return sample.with_name(sample.name + SUFFIX)


def lines_of(sample: Path) -> list[str]:
    """One line per item: its type and its fields."""
    source = recognise(sample)
    assert source, sample
    items = source.read(sample, PSEUDONYM)
    return [json.dumps([type(item).__name__, _fields(item)], ensure_ascii=False, default=_rows) for item in items]


def _fields(item: Item) -> dict[str, Any]:
    """The fields of an item, without the number of values if it is one."""
    return {name: value for name, value in item._asdict().items() if (name, value) != ("number", 1)}


def _rows(columns: pa.Table | pa.Array) -> list[Any]:
    rows: list[Any] = columns.to_pylist()
    return rows


if __name__ == "__main__":
    for path in samples():
        golden_of(path).write_text("\n".join(lines_of(path)) + "\n", encoding="utf-8")

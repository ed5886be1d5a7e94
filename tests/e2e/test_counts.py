"""End-to-end tests: a store's counts equal an independent count of the real files. `bench.counts` reads all files."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.counts import chosen, compared, whole
from graph.store import open_store
from tests.e2e.raw_counts import raw
from tests.ingest.graphs import ingest_into

SOME = (
    "care/synthea-fhir-r4/*.bz2",
    "care/fhir-bulk-ndjson/[API][alm]*.ndjson",
    "research/clinicaltrials-json/NCT*.json",
    "research/clinicaltrials-xml/NCT*.xml",
    "research/pubmed-biopython/pubmed*.xml",
    "research/datacite-bolognese/datacite-example-[dg]*.xml",
)


def test_counts_equal_an_independent_count(shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.run.write_meanings", lambda *_: None)
    files = chosen(SOME, 3, shared)
    courses = (shared / "education/surf-ooapi-demo/seeds/data.edn").read_text().split("{:description")
    (tmp_path / "some.edn").write_text("[" + "".join(f"{{:description{one}" for one in courses[1:31]) + "]")
    files.append(tmp_path / "some.edn")
    store = open_store(str(tmp_path / "store"))
    report = ingest_into(store, *files)
    found = compared(store, report, raw(files))
    store.close()
    assert [row for row in found if row[1] != row[2]] == []
    assert whole(report) and report.refused == 0
    assert all(theirs for name, _, theirs in found if " " not in name), found

"""ingest: the criteria of a trial, in their two parts; what it keeps out, or denies, it is not about."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyroaring import BitMap

from graph.reader import read_snapshot
from graph.store import Store
from ingest.trials import criteria
from tests.graph.rows import table
from tests.ingest.graphs import ingest_into, load_into, obo

SUGAR = "MONDO:0005148\nname: type 2 diabetes mellitus"
HEART = "MONDO:0005252\nname: heart failure"
EPILEPSY = "MONDO:0005027\nname: epilepsy"

PARTS = {
    "Inclusion Criteria:\n* a\n\nExclusion Criteria:\n* b": [("inclusion", "* a"), ("exclusion", "* b")],
    "Inclusion Criteria: a. Exclusion Criteria: b": [("inclusion", "a."), ("exclusion", "b")],
    "INCLUSION\na\nKEY EXCLUSION CRITERIA\nb": [("inclusion", "a"), ("exclusion", "b")],
    "- Inclusion:\na\nPatient exclusion criteria (arm 2):\nb": [("inclusion", "a"), ("exclusion", "b")],
    "18 or older": [("inclusion", "18 or older")],
    "a\nExclusion:\nb\nInclusion:\nc": [("inclusion", "a"), ("exclusion", "b"), ("inclusion", "c")],
    "no exclusion criteria apply": [("inclusion", "no exclusion criteria apply")],
    "": [],
}


@pytest.mark.parametrize(("text", "parts"), PARTS.items())
def test_parts_by_their_headings(text: str, parts: list[tuple[str, str]]) -> None:
    assert [part for part in criteria(text) if part[1]] == parts


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text", ["-" * 10**6, "a " * 10**6, "#\n" * 10**6, "exclusion " * 10**5, "(inclusion (" * 10**5]
)
def test_a_long_text_takes_time_in_proportion(text: str) -> None:
    assert len(list(criteria(text))) == 1


def test_a_study_is_found_by_what_it_includes_alone(store: Store, tmp_path: Path) -> None:
    load_into(store, obo(tmp_path / "mondo.obo", "1", SUGAR, HEART, EPILEPSY, ontology="mondo"))
    said = "Inclusion Criteria:\n* Type 2 diabetes mellitus, no epilepsy\n"
    said += "Exclusion Criteria:\n* Heart failure\n* no epilepsy"
    protocol = {"identificationModule": {"nctId": "NCT00000001"}, "eligibilityModule": {"eligibilityCriteria": said}}
    (tmp_path / "trial.json").write_text(json.dumps({"protocolSection": protocol}))
    ingest_into(store, tmp_path / "trial.json")
    assert sorted(table(store, "STUDY_ABOUT", "field", "target", "assertion")) == [
        ("exclusion", "MONDO:0005027", "excluded"),
        ("exclusion", "MONDO:0005252", "excluded"),
        ("inclusion", "MONDO:0005027", "negated"),
        ("inclusion", "MONDO:0005148", "present"),
    ]
    snapshot = read_snapshot(store.address)
    studies = snapshot.records["Study"]
    found = {id: len(studies.about(BitMap([place]))) for place, id in enumerate(snapshot.concepts["id"].to_pylist())}
    assert found == {"MONDO:0005027": 0, "MONDO:0005148": 1, "MONDO:0005252": 0}
    assert studies.abouts.num_rows == 4

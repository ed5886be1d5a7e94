"""ingest: the inclusion and exclusion criteria of a trial. A trial is not about what it excludes or negates."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyroaring import BitMap

from graph.snapshot import read_snapshot
from graph.store import Store
from ingest.eligibility import criteria
from ingest.pseudonym import Pseudonym
from ingest.records import Text
from ingest.sources import recognise
from tests.graph.rows import table
from tests.ingest.graphs import ingest_into, load_into, obo

SUGAR = "MONDO:0005148\nname: type 2 diabetes mellitus"
HEART = "MONDO:0005252\nname: heart failure"
EPILEPSY = "MONDO:0005027\nname: epilepsy"

IN, OUT = "inclusion", "exclusion"
PARTS = {
    "Inclusion Criteria:\n* a\n\nExclusion Criteria:\n* b": [(IN, "* a"), (OUT, "* b")],
    "Inclusion Criteria: a. Exclusion Criteria: b": [(IN, "a."), (OUT, "b")],
    "INCLUSION\na\nKEY EXCLUSION CRITERIA\nb": [(IN, "a"), (OUT, "b")],
    "- Inclusion:\na\nPatient exclusion criteria (arm 2):\nb": [(IN, "a"), (OUT, "b")],
    "18 or older": [(IN, "18 or older")],
    "a\nExclusion:\nb\nInclusion:\nc": [(IN, "a"), (OUT, "b"), (IN, "c")],
    "no exclusion criteria apply": [(IN, "no exclusion criteria apply")],
    "": [],
    "Inclusiecriteria:\na\nExclusiecriteria:\nb": [(IN, "a"), (OUT, "b")],
    "a\nNiet-inclusiecriteria:\nb": [(IN, "a"), (OUT, "b")],
    "a\nNon-inclusion criteria:\nb": [(IN, "a"), (OUT, "b")],
    "a\nExclusion criteria for all participants:\nb": [(IN, "a"), (OUT, "b")],
    "a\nExclusion Criteria - b": [(IN, "a"), (OUT, "b")],
    "a\nExclusion Criteria – b, c: severe": [(IN, "a"), (OUT, "b, c: severe")],
    "a\nExclusion Criteria for Stage 1\nb\nInclusion criteria stage 2\nc": [(IN, "a"), (OUT, "b"), (IN, "c")],
    "a\nStudy Exclusion Criteria - participants are ineligible for the study if they:\nb": [(IN, "a"), (OUT, "b")],
    "a\nYou will be excluded if:\nb\nc": [(IN, "a"), (OUT, "b\nc")],
    "a\nKey exclusion:\nb": [(IN, "a"), (OUT, "b")],
    "a\nPatients will be excluded if they have b.\nc": [
        (IN, "a"),
        (OUT, "Patients will be excluded if they have b."),
        (IN, "c"),
    ],
    "a\nPatients will be excluded if\nb": [(IN, "a"), (OUT, "b")],
    "a. Not eligible if pregnant. c": [(IN, "a."), (OUT, "Not eligible if pregnant."), (IN, "c")],
    "a\nNot eligible if:\nb": [(IN, "a"), (OUT, "b")],
    "a\nSubjects who meet any of the following exclusion criteria are not to be enrolled.\nb": [(IN, "a"), (OUT, "b")],
    "For subjects in group A, the following exclusion criterion applies:\nb": [(OUT, "b")],
    "a\nPatients cannot be included if one of these is met:\nb": [(IN, "a"), (OUT, "b")],
    "a\nExclusion criteria include: b": [(IN, "a"), (OUT, "b")],
    "a\nSpecific Exclusion Criteria for Women:b": [(IN, "a"), (OUT, "b")],
    "read and write Exclusion Criteria: b": [(IN, "read and write"), (OUT, "b")],
    "Exclusion criteria\nb\nEligibility criteria for the second step Inclusion criteria\nc": [(OUT, "b"), (IN, "c")],
    "Exclusion:\nb\nTo be eligible, one must meet all of the following criteria:\nc": [(OUT, "b"), (IN, "c")],
    "a; patients with heart failure are not eligible; c": [
        (IN, "a;"),
        (OUT, "patients with heart failure are not eligible;"),
        (IN, "c"),
    ],
    "Deelnemers met astma worden uitgesloten. c": [(OUT, "Deelnemers met astma worden uitgesloten."), (IN, "c")],
    "Exclusion:\nb\n- Does not meet inclusion criteria\nc": [(OUT, "b\n- Does not meet inclusion criteria\nc")],
    "Exclusion:\nAge at inclusion: 90 or more": [(OUT, "Age at inclusion: 90 or more")],
    "Inclusion/Exclusion criteria:\na": [(IN, "a")],
    "Patients on insulin will not be excluded.": [(IN, "Patients on insulin will not be excluded.")],
    "renal failure of which other causes were excluded by scan": [
        (IN, "renal failure of which other causes were excluded by scan")
    ],
    "Drugs (excluding nicotine): none": [(IN, "Drugs (excluding nicotine): none")],
}


@pytest.mark.parametrize(("text", "parts"), PARTS.items())
def test_headings_separate_inclusion_and_exclusion(text: str, parts: list[tuple[str, str]]) -> None:
    found = list(criteria(text))
    assert [(part.field, part.text) for part in found] == parts
    assert all(text[part.start :].startswith(part.text) for part in found)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        "-" * 10**6,
        "a " * 10**6,
        "#\n" * 10**6,
        "exclusion " * 10**5,
        "(inclusion (" * 10**5,
        "you may be excluded " * 10**4,
    ],
)
def test_a_long_text_takes_time_in_proportion(text: str) -> None:
    assert 1 <= len(list(criteria(text))) < 1000


HEADED = {
    "clinicaltrials-xml/NCT03424005.xml": ("exclusion", "Prior treatment with any of the Stage 1"),
    "clinicaltrials-xml/NCT02679963.xml": ("exclusion", "Uncontrolled or symptomatic brain metastases"),
    "clinicaltrials-xml/NCT02465060.xml": (
        "exclusion",
        "a patient with any gastrointestinal disease that would impair",
    ),
    "clinicaltrials-json/NCT02028676.json": ("inclusion", "On ART for at least 36 weeks"),
}


@pytest.mark.parametrize(("file", "said"), HEADED.items())
def test_real_trials_have_the_right_exclusion_criteria(shared: Path, file: str, said: tuple[str, str]) -> None:
    path = shared / "research" / file
    source = recognise(path)
    assert source is not None
    items = [item for item in source.read(path, Pseudonym(bytes(20))) if isinstance(item, Text)]
    assert {item.field for item in items if said[1] in item.text} == {said[0]}


def test_a_study_is_about_its_inclusion_criteria_and_outcomes(store: Store, tmp_path: Path) -> None:
    load_into(store, obo(tmp_path / "mondo.obo", "1", SUGAR, HEART, EPILEPSY, ontology="mondo"))
    said = "Inclusion Criteria:\n* Type 2 diabetes mellitus, no epilepsy\n"
    said += "Exclusion Criteria:\n* Heart failure\n* no epilepsy"
    protocol = {"identificationModule": {"nctId": "NCT00000001"}, "eligibilityModule": {"eligibilityCriteria": said}}
    measures = [{"measure": "Deaths, by HF"}, {"measure": "Heart failure (HF)", "description": "epilepsy"}]
    section = protocol | {"outcomesModule": {"secondaryOutcomes": measures}}
    (tmp_path / "trial.json").write_text(json.dumps({"protocolSection": section}))
    ingest_into(store, tmp_path / "trial.json")
    assert sorted(table(store, "STUDY_ABOUT", "field", "target", "assertion")) == [
        ("exclusion", "MONDO:0005027", "excluded"),
        ("exclusion", "MONDO:0005252", "excluded"),
        ("inclusion", "MONDO:0005027", "negated"),
        ("inclusion", "MONDO:0005148", "present"),
        ("secondary_outcome", "MONDO:0005252", "present"),
    ]
    assert [row for row in table(store, "STUDY_ABOUT", "field", "text", "start") if "outcome" in row[0]] == [
        ("secondary_outcome", "HF", 11)
    ]
    snapshot = read_snapshot(store.address)
    studies = snapshot.records["Study"]
    ids, asked = snapshot.concepts["id"].to_pylist(), ["criterion"]
    found = {id: len(studies.about_as(BitMap([place]), asked)) for place, id in enumerate(ids)}
    assert [id for id, place in zip(ids, range(len(ids)), strict=True) if studies.about(BitMap([place]))] == [
        "MONDO:0005252"
    ]
    assert found == {"MONDO:0005027": 0, "MONDO:0005148": 1, "MONDO:0005252": 0}
    assert studies.abouts.num_rows == 5

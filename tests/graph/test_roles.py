"""graph: the role of a concept in a record, by the field in which the record names the concept."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
from pyroaring import BitMap

from graph.hierarchy import Level
from graph.paths import reasons
from graph.snapshot import LISTED, fresh_snapshot, listed
from graph.snapshot.roles import purpose, roles
from graph.store import Batch, open_store
from tests.graph.rows import concepts, edges, nodes

SUMMARY = "Many patients have diabetes. This study compares insulin with diet in asthma. Stroke is rare."
RECORDS = pa.table(
    {
        "id": ["s:1", "s:2"],
        "summary": [SUMMARY, None],
        "texts": [None, orjson.dumps({"description@nl": "Over astma. En diabetes."}).decode()],
    }
)
FIELDS = {
    ("Study", "title"): "subject",
    ("Study", "title@nl"): "subject",
    ("Study", "condition"): "subject",
    ("Study", "condition_browse"): "subject",
    ("Study", "keyword"): "subject",
    ("Dataset", "subject"): "subject",
    ("Dataset", "theme"): "subject",
    ("Dataset", "code"): "subject",
    ("Publication", "heading"): "subject",
    ("Publication", "chemical"): "subject",
    ("Study", "intervention"): "intervention",
    ("Study", "intervention_browse"): "intervention",
    ("Course", "goals"): "outcome",
    ("Study", "primary_outcome"): "outcome",
    ("Study", "secondary_outcome"): "outcome",
    ("Study", "other_outcome"): "outcome",
    ("Course", "outcome:1003-1"): "outcome",
    ("Course", "outcome:1003-1 text@nl"): "outcome",
    ("Study", "inclusion"): "criterion",
    ("Study", "exclusion"): "criterion",
    ("Study", "inclusion@nl"): "criterion",
    # Fields of records that have no text in this field.
    ("Study", None): "subject",
    ("Publication", "abstract"): "subject",
    ("Study", "abstract"): "subject",
}


@pytest.mark.parametrize(("field", "role"), FIELDS.items())
def test_a_field_gives_the_role(field: tuple[str, str | None], role: str) -> None:
    kind, name = field
    assert roles(_abouts((0, name, 0)), RECORDS, kind).to_pylist() == [role]


def test_concepts_in_the_first_statement_of_purpose_are_subjects() -> None:
    places = [(0, "summary", SUMMARY.index(word)) for word in ("diabetes", "insulin", "asthma", "Stroke")]
    dutch = [(1, "description@nl", place) for place in (5, 15)]
    said = _abouts(*places, (0, "summary", None), *dutch)
    expected = ["mention", "subject", "subject", "mention", "subject", "subject", "mention"]
    assert roles(said, RECORDS, "Study").to_pylist() == expected
    assert roles(_abouts(*dutch), RECORDS, "Course").to_pylist() == ["subject"] * 2


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", ""),
        ("  \n", ""),
        ("Asthma is common. It is bad.", "Asthma is common."),
        ("Asthma.\nDoel: minder astma.\nMeer.", "Doel: minder astma."),
        ("BACKGROUND: much. OBJECTIVE: To test drugs. RESULTS: we compared.", "OBJECTIVE: To test drugs."),
        ("In deze cursus leert u over hartfalen.", "In deze cursus leert u over hartfalen."),
    ],
)
def test_the_sentence_that_states_the_purpose_of_a_text(text: str, first: str) -> None:
    found = purpose(text)
    assert text[found.start : found.stop].strip() == first


def test_a_negated_annotation_lists_no_record() -> None:
    said = _abouts((0, "title", 0), (0, "condition", 0), (0, "inclusion", 0), (0, "exclusion", 0))
    said = said.append_column("assertion", pa.array(["negated", None, "present", "excluded"]))
    said = said.append_column("role", roles(said, RECORDS, "Study"))
    assert listed(said, LISTED).tolist() == [False, True, False, False]
    assert listed(said, ["criterion"]).tolist() == [False, False, True, False]


def _abouts(*rows: tuple[int, str | None, int | None]) -> pa.Table:
    record, field, start = zip(*rows, strict=True)
    columns = {"source": pa.array(record, pa.int32()), "field": pa.array(field, pa.string())}
    return pa.table(columns | {"start": pa.array(start, pa.int64())})


def test_records_are_listed_by_role(tmp_path: Path) -> None:
    study = nodes("Study", {"id": "s:1", "title": "Sarcoma", "eligibility": "At risk for heart failure."})
    abouts = [
        edges("STUDY_ABOUT", ("s:1", "m:1"), method="exact", confidence=0.9, field="condition", assertion="present"),
        edges("STUDY_ABOUT", ("s:1", "m:2"), method="exact", confidence=0.9, field="inclusion", assertion="present"),
    ]
    with closing(open_store(str(tmp_path))) as store:
        there = {"Concept": concepts("m:1", "m:2"), "Study": study}
        store.write(Batch(nodes=there, edges={"STUDY_ABOUT": pa.concat_tables(abouts)}))
        snapshot = fresh_snapshot(store, tmp_path)
    studies, (sarcoma, failure) = snapshot.records["Study"], map(snapshot.ids.find, ("m:1", "m:2"))
    assert sarcoma is not None and failure is not None
    assert [list(studies.about(BitMap([concept]))) for concept in (sarcoma, failure)] == [[0], []]
    assert list(studies.about_as(BitMap([failure]), ["subject", "criterion"])) == [0]
    why = [reasons(snapshot, "Study", [0], failure, Level.LIKELY, roles=some) for some in (LISTED, ["criterion"])]
    assert why[0] == [None] and why[1][0] is not None and why[1][0].about == 1

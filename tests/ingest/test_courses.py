"""ingest: courses of OOAPI with odd values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graph.kinds import Course, Outcome
from ingest.records import Link, NotRead, Refused, Text
from ingest.sources import ooapi, recognise
from tests.ingest.golden import PSEUDONYM


def test_negative_credits_are_refused(shared: Path) -> None:
    items = list(ooapi.read(shared / "faults/ooapi-odd.json", PSEUDONYM))
    credits = {item.id: item.credits for item in items if isinstance(item, Course)}
    assert credits == {"course:A%201/2": None, "course:a%201/2": 5, "course:B3": 1}
    refused = {item.position: item.reason for item in items if isinstance(item, Refused)}
    assert [*refused] == ["item 3", "item 4", "item 6", "item 7"]
    assert refused["item 4"] == "Expected `float` >= 0.0 - at `$.studyLoad.value`"


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("offeringId", "offering"),
        ("courseOfferingId", "offering"),
        ("educationSpecificationId", "education specification"),
    ],
)
def test_objects_that_are_not_read_are_counted_by_kind(tmp_path: Path, key: str, kind: str) -> None:
    file = tmp_path / "page.json"
    file.write_text(json.dumps({"items": [{key: "x", "name": "Spring"}]}))
    source = recognise(file)
    assert source and [*source.read(file, PSEUDONYM)] == [NotRead(kind, "item 1")]


def test_outcomes_of_programmes_and_courses_are_separate(tmp_path: Path) -> None:
    """Outcomes of a programme are read like those of a course. A course with the same key has separate outcomes."""
    file = tmp_path / "page.json"
    words = [{"value": "You know heart failure", "language": "en"}]
    programme = {"programId": "1", "name": "Nursing", "learningOutcomes": [words, {"learningOutcomeId": "o"}]}
    inside = {"programmeId": "2", "name": "Care", "learningOutcomeIds": ["p"]}
    course = {"courseId": "1", "name": "Anatomy", "learningOutcomes": [words], "programmes": [inside]}
    file.write_text(json.dumps({"items": [programme, course]}))
    items = [*ooapi.read(file, PSEUDONYM)]
    assert [item for item in items if isinstance(item, Link) and item.kind != "COURSE_OF"] == [
        Link("PROGRAMME_TEACHES", "programme:1", "outcome:programme:1-1"),
        Link("PROGRAMME_TEACHES", "programme:1", "outcome:o"),
        Link("PROGRAMME_TEACHES", "programme:2", "outcome:p"),
        Link("TEACHES", "course:1", "outcome:1-1"),
    ]
    result = [item.record for item in items if isinstance(item, Text) and item.record_kind == "Outcome"]
    assert (
        result == [item.id for item in items if isinstance(item, Outcome)] == ["outcome:programme:1-1", "outcome:1-1"]
    )

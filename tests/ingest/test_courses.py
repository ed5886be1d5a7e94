"""ingest: courses of OOAPI with odd values."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.records import Course, NotRead, Refused
from ingest.sources import ooapi, recognise
from tests.ingest.golden import PSEUDONYM


def test_credits_below_nothing_are_refused_as_other_bad_values(shared: Path) -> None:
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
def test_what_is_not_read_is_told_by_its_name(tmp_path: Path, key: str, kind: str) -> None:
    file = tmp_path / "page.json"
    file.write_text(json.dumps({"items": [{key: "x", "name": "Spring"}]}))
    source = recognise(file)
    assert source and [*source.read(file, PSEUDONYM)] == [NotRead(kind, "item 1")]

"""ingest: courses of OOAPI with odd values."""

from __future__ import annotations

from pathlib import Path

from ingest.records import Course, Refused
from ingest.sources import ooapi
from tests.ingest.golden import PSEUDONYM


def test_credits_below_nothing_are_refused_as_other_bad_values(shared: Path) -> None:
    items = list(ooapi.read(shared / "faults/ooapi-odd.json", PSEUDONYM))
    credits = {item.id: item.credits for item in items if isinstance(item, Course)}
    assert credits == {"course:A%201/2": None, "course:a%201/2": 5, "course:B3": 1}
    refused = {item.position: item.reason for item in items if isinstance(item, Refused)}
    assert [*refused] == ["item 3", "item 4", "item 6", "item 7"]
    assert refused["item 4"] == "Expected `float` >= 0 - at `$.studyLoad.value`"

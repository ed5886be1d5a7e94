"""ontologies: which results `remembered` keeps, and which texts are too long to keep."""

from __future__ import annotations

import sys

import pytest

from graph.lexical import root, stem
from ingest.codes import _readable
from ingest.dates import date
from ingest.text import line
from ontologies.curies import _from_iri, _system_prefix, canonical, registered
from ontologies.remembered import LONGEST, remembered


def test_results_for_short_texts_are_kept_and_for_long_texts_not() -> None:
    asked: list[tuple[str | None, ...]] = []

    @remembered(10)
    def joined(*texts: str | None) -> str:
        asked.append(texts)
        return "".join(text or "" for text in texts)

    long = "x" * (LONGEST + 1)
    said = [joined("a", None), joined("a", None), joined("a", long), joined("a", long)]
    assert said == ["a", "a", f"a{long}", f"a{long}"]
    assert asked == [("a", None), ("a", long), ("a", long)]


def _dated(text: str) -> str | None:
    return date(text, [])


@pytest.mark.parametrize("function", [root, stem, _dated, line, _from_iri, _system_prefix, canonical, registered])
def test_no_long_text_is_kept_in_memory(function: object) -> None:
    assert callable(function)
    text = "".join(["2024", "-x" * LONGEST])
    before = sys.getrefcount(text)
    function(text)
    assert sys.getrefcount(text) == before


def test_no_long_code_is_kept_in_memory() -> None:
    text = "".join(["2024", "-x" * LONGEST])
    before = sys.getrefcount(text)
    _readable("http://snomed.info/sct", text)
    assert sys.getrefcount(text) == before

"""tests of ingest: a display in records becomes the name of a code only if ten patients of one source have it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import pyarrow as pa
import pytest

from ingest import enough
from ingest.labels import OVER, PERSONAL, Labels


def said(*some: tuple[str, str, Iterable[int]], source: str = "", made: Labels | None = None) -> Labels:
    """Labels made from tuples (code, name, numbers of the patients)."""
    made = made or Labels()
    for concept, name, patients in some:
        for patient in patients:
            made.say(source, concept, name, f"patient:{patient:032x}")
    return made


def found(made: Labels) -> tuple[dict[str, str], Counter[str]]:
    lost: Counter[str] = Counter()
    return made.found(lost), lost


def test_a_name_needs_ten_patients() -> None:
    made = said(("a:1", "hartfalen", range(10)), ("a:2", "astma", range(9)), ("a:3", "jicht", [1] * 20))
    made.count(())
    assert found(made) == ({"a:1": "hartfalen"}, {})


def test_patients_are_counted_once_over_all_batches() -> None:
    made = Labels()
    for first in range(7):
        said(("a:1", "hartfalen", range(first, first + 3)), ("a:2", "astma", range(3)), made=made)
        made.count(())
    assert found(made) == ({}, {})
    said(("a:1", "hartfalen", range(20, 21)), made=made)
    made.count(())
    assert found(made) == ({"a:1": "hartfalen"}, {})


def test_patients_are_counted_separately_by_source_and_name() -> None:
    made = said(("a:1", "hartfalen", range(9)), ("a:1", "decompensatie", range(9)))
    said(("a:1", "hartfalen", range(20, 29)), source="other", made=made)
    made.count(())
    assert found(made) == ({}, {})


def test_the_first_name_in_order_that_cannot_name_a_person_is_used() -> None:
    some = ("hartfalen", "decompensatio cordis", "Piet Jansen", "bel 06-12345678")
    made = said(*(("a:1", name, range(10)) for name in some))
    made.count(())
    assert found(made) == ({"a:1": "decompensatio cordis"}, {PERSONAL: 2})


def test_names_of_defined_codes_are_ignored() -> None:
    made = said(("a:1", "hartfalen", range(10)))
    made.count({"a:1"})
    assert found(made) == ({}, {})


def test_names_over_the_memory_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(enough, "MOST", 2)
    made = said(*((f"a:{n}", "name", range(10)) for n in range(5)))
    made.count(())
    assert found(made) == ({"a:0": "name", "a:1": "name"}, {OVER: 3})


def test_patients_in_columns_are_counted_like_single_patients() -> None:
    rows = [("a:1", "hartfalen", patient) for patient in range(10)] + [
        ("a:2", "astma", patient) for patient in range(9)
    ]
    columns = zip(*((concept, name, f"patient:{patient:032x}") for concept, name, patient in rows * 2), strict=True)
    made = Labels()
    made.say_all("", pa.table(list(map(pa.array, columns)), ["concept", "name", "patient"]))
    made.count(())
    assert found(made) == ({"a:1": "hartfalen"}, {})

"""graph: lookups find the same names as a scan of all names, best first."""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.lexical import KINDS, Names, look_up, normalise, with_norms

NORMAL = [
    ("Ménière's disease", "meniere s disease"),
    ("Coeliakie; reünie, patiënt", "coeliakie reunie patient"),
    ("CO₂-ĳzer IJzer ﬁbrose", "co2 ijzer ijzer fibrose"),
    ("β-Thalassemie ΟΔΟΣ", "β thalassemie οδοσ"),
    ("Straße STRASSE", "strasse strasse"),
    ("Sjögren–Larsson", "sjogren larsson"),
    ("Sørensen, Œdème, Łódź, Ægir, Đặng", "sorensen oedeme lodz aegir dang"),
    ("type_2 (T2DM)", "type 2 t2dm"),
    ("\ufeffhart\u00adfalen, hart\u2060falen, \u200ehart\u200dfalen\ufe0f", "hartfalen hartfalen hartfalen"),
    ("heart\u200bfailure, heart\u2011failure, Me\u0301nie\u0300re", "heart failure heart failure meniere"),
    ("糖尿病　２型", "糖尿病 2型"),
    ("!?… –\0", ""),
    ("\U0010ffff", ""),
]


@pytest.mark.parametrize(("text", "norm"), NORMAL)
def test_normal_forms(text: str, norm: str) -> None:
    assert normalise(text) == norm


@given(st.text())
@example("ΐİǰŉẞϴ")
@settings(max_examples=400, deadline=None)
def test_normalising_again_changes_nothing(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_every_character_has_one_normal_form() -> None:
    every = map(chr, range(sys.maxunicode + 1))
    folded = (c for c in every if unicodedata.decomposition(c) or c.casefold() != c)
    assert [ascii(c) for c in folded if normalise(norm := normalise(f"a{c}b")) != norm] == []


@given(st.text(max_size=20))
@settings(deadline=None)
def test_composed_and_decomposed_letters_have_one_normal_form(text: str) -> None:
    assert len({normalise(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC", "NFKD")}) == 1


Row = tuple[int, str, str, bool, bool]


def names_of(rows: list[Row]) -> Names:
    """Names from rows: a concept, the text and kind of its name, and whether it is deprecated and a stub."""
    concept, text, kind, deprecated, stub = zip(*rows, strict=True) if rows else ((),) * 5
    table = pa.table(
        {
            "concept": pa.array(concept, pa.int32()),
            "text": pa.array(text, pa.string()),
            "kind": pa.array(kind, pa.string()),
            "language": pa.array(["en"] * len(rows), pa.string()),
            "count": np.zeros(len(rows), np.int64),
        }
    )
    return Names.build(with_norms(table), np.array(deprecated, bool), np.array(stub, bool))


letters = st.text(st.sampled_from("abé ijĳ-ﬁ糖\U0001d7d9\U00020000\U0010ffff"), max_size=6)
texts = st.one_of(letters, st.text(max_size=8))


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    some = draw(st.lists(st.tuples(texts, st.sampled_from(KINDS), st.booleans(), st.booleans()), max_size=15))
    return [(number, *row) for number, row in enumerate(some)]


def ranked(rows: list[Row]) -> list[tuple[str, Row]]:
    """Sorts live before deprecated, loaded before stub, labels before synonyms, and short before long names."""
    named = [(normalise(row[1]), row) for row in rows]
    return sorted(
        ((norm, row) for norm, row in named if norm),
        key=lambda one: (one[1][3], one[1][4], one[1][2] != "label", one[0].count(" "), len(one[0]), one[1][0]),
    )


def starts(norm: str, word: str) -> bool:
    return any(own.startswith(word) for own in norm.split())


@given(rows(), texts)
@settings(max_examples=300, deadline=None)
def test_lookups_equal_a_scan(rows: list[Row], text: str) -> None:
    made, order, norm = names_of(rows), ranked(rows), normalise(text)
    words = norm.split()
    asked: dict[str, tuple[Any, list[bool]]] = {
        "exact": (made.exact(norm), [own == norm for own, _ in order]),
        "starting": (made.starting(norm), [own.startswith(norm) for own, _ in order]),
        "words": (made.with_words(words), [bool(words) and all(starts(own, w) for w in words) for own, _ in order]),
    }
    counts = [sum(starts(own, word) for word in set(words)) for own, _ in order]
    most = max(counts, default=0)
    enough = most > 0 and most * 2 >= len(set(words))
    asked["most words"] = (made.with_most_words(words), [enough and count == most for count in counts])
    for what, (found, wanted) in asked.items():
        assert found.tolist() == [place for place, yes in enumerate(wanted) if yes], what
    assert [made[place].concept for place in range(len(order))] == [row[0] for _, row in order]


@given(rows(), texts)
@settings(max_examples=25, deadline=None)
def test_saved_names_are_loaded_unchanged(tmp_path_factory: pytest.TempPathFactory, rows: list[Row], text: str) -> None:
    folder = tmp_path_factory.mktemp("names")
    made = names_of(rows)
    made.save(folder)
    again, norm = Names.load(folder), normalise(text)
    assert again.table.equals(made.table)
    for one, other in ((again.exact(norm), made.exact(norm)), (again.starting(norm), made.starting(norm))):
        assert one.tolist() == other.tolist()
    assert again.with_words(norm.split()).tolist() == made.with_words(norm.split()).tolist()


def test_kinds_of_matches_are_in_order() -> None:
    made = names_of(
        [
            (0, "diabetes of the young", "label", False, False),
            (1, "young diabetes", "label", False, False),
            (2, "Diabetes", "exact", False, False),
            (3, "diabetes", "label", False, False),
            (4, "type two", "label", False, False),
        ]
    )
    found = [(how, concepts.tolist()) for how, concepts, _ in look_up(made, lambda text: [4], "DIABETES")]
    assert found == [
        ("exact label", [3]),
        ("exact synonym", [2]),
        ("identifier", [4]),
        ("prefix", [3, 0, 2]),
        ("words", [3, 1, 0, 2]),
    ]


HOSTILE = ["", "\0", "-?!", "‮‏⁦", "\ud800", "\U0010ffff", "x" * 1_000_000, "a " * 500_000, "ﷺ" * 5000, "%_'\""]


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(text[:8]) for text in HOSTILE])
def test_hostile_texts_raise_no_error(tmp_path: Path, text: str) -> None:
    made = names_of([(0, "a b", "label", False, False)])
    for how, concepts, found in look_up(made, lambda _: [], text):
        assert len(concepts) == len(found), how
    for norm in (text, text[:400]):
        assert set(made.exact(norm).tolist()) <= {0}
        assert set(made.with_words([norm]).tolist()) <= {0}

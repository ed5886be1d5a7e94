"""graph: words with typing errors are found in the same way as by comparing all words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.columns import Texts
from graph.lexical import Edits
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from linking.search import find_concepts
from tests.ingest.graphs import load_into, obo


def edits(one: str, other: str) -> int:
    """Optimal string alignment, letter by letter."""
    rows: list[list[int]] = [[*range(len(other) + 1)]]
    for a, letter in enumerate(one, 1):
        row = [a]
        for b, its in enumerate(other, 1):
            row.append(min(rows[-1][b] + 1, row[-1] + 1, rows[-1][b - 1] + (letter != its)))
            if a > 1 < b and one[a - 2] == its and letter == other[b - 2]:
                row[-1] = min(row[-1], rows[-2][b - 2] + 1)
        rows.append(row)
    return rows[-1][-1]


words = st.text("abc", min_size=1, max_size=9)


@given(st.lists(words | st.sampled_from(["abé", "abc1", "糖尿病"]), max_size=20), words)
@example([], "abcab")
@example(["acbd", "abdc", "bacd", "cabd"], "abcd")
@settings(max_examples=300, deadline=None)
def test_near_words_equal_a_comparison_of_all_words(known: list[str], asked: str) -> None:
    known = sorted(set(known), key=str.encode)
    places, found = Edits(Texts(pa.array(known, pa.string()))).near(asked)
    most = 0 if len(asked) < 4 else 1 if len(asked) < 6 else 2
    counted = {word: edits(asked, word) for word in known if word.isascii() and word.isalpha()}
    wanted = {word: n + (word[0] != asked[0]) / 2 for word, n in counted.items() if 0 < n <= most}
    assert {known[place]: n for place, n in zip(places.tolist(), found.tolist(), strict=True)} == wanted


@pytest.mark.parametrize("asked", ["", "abc", "ab12", "naïef", "糖尿病糖尿病", "a" * 1000, "\ud800" * 5, "ab cd"])
def test_words_with_other_than_latin_letters_are_not_corrected(asked: str) -> None:
    known = ["a" * 999, "abcd", "ab13", "naief", "糖尿病糖尿痛"]
    assert len(Edits(Texts(pa.array(sorted(known, key=str.encode)))).near(asked)[0]) == 0


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("tiny")
    labels = [
        "breast cancer",
        "rest cancer",
        "jaw cancer",
        "hartslag",
        "heart failure",
        "kidney",
        "kieny",
        "type 2 rash",
    ]
    labels += [f"kidney {part}" for part in ("cyst", "stone", "cancer", "artery")]
    file = obo(folder / "x.obo", "1", *(f"X:{n}\nname: {label}" for n, label in enumerate(labels)), ontology="x")
    with closing(open_store(str(folder / "store"))) as store:
        load_into(store, file)
        return fresh_snapshot(store, folder / "store")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("brest cancer", ("similar spelling", "breast cancer")),
        ("cancr brest", ("similar spelling", "breast cancer")),
        ("brest canc", ("similar spelling", "breast cancer")),
        ("kidny", ("similar spelling", "kidney")),
        ("hart failre", ("similar spelling", "heart failure")),
        ("brest cancer xyzzy", ("some words", "breast cancer")),
        ("type 3 rahs", ("some words", "type 2 rash")),
        ("breast cancer", ("exact label", "breast cancer")),
    ],
)
def test_the_first_hit(tiny: Snapshot, text: str, first: tuple[str, str]) -> None:
    hits, _ = find_concepts(tiny, text)
    assert (hits[0].how, hits[0].text) == first


@pytest.fixture(scope="module")
def mondo(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Every fourth disease of MONDO, the diseases of the kidney, and the diseases in MEANT."""
    folder = tmp_path_factory.mktemp("mondo")
    stanzas = (shared / "ontologies/mondo-2026-08.obo").read_text("utf-8").split("\n[Term]\nid: ")[1:]
    wanted = {meant for _, meant, _ in MEANT}
    kept = [one for n, one in enumerate(stanzas) if not n % 4 or "kidney" in one[:200] or one[:13] in wanted]
    with closing(open_store(str(folder / "store"))) as store:
        load_into(store, obo(folder / "mondo.obo", "1", *(one.partition("\n\n")[0] for one in kept), ontology="mondo"))
        return fresh_snapshot(store, folder / "store")


MEANT = [
    ("brest cancer", "MONDO:0007254", 1),
    ("breast cacner", "MONDO:0007254", 1),
    ("parkinsn disease", "MONDO:0005180", 1),
    ("diabets type 2", "MONDO:0005148", 3),
    ("diabts mell typ 2", "MONDO:0005148", 3),
    ("alzheimr", "MONDO:0004975", 1),
    ("hart failre", "MONDO:0005252", 1),
    ("pnemonia", "MONDO:0005249", 1),
    ("schizofrenia", "MONDO:0005090", 1),
    ("cronic obstrutive pulmonary", "MONDO:0005002", 1),
    ("lung cancre", "MONDO:0008903", 1),
]


@pytest.mark.parametrize(("text", "meant", "within"), MEANT)
def test_the_right_concept_is_found_among_nine_thousand_names(
    mondo: Snapshot, text: str, meant: str, within: int
) -> None:
    hits, _ = find_concepts(mondo, text, limit=within)
    assert meant in [mondo.ids[hit.concept] for hit in hits]
    assert {hit.how for hit in hits} == {"similar spelling"}


def test_a_misspelt_word_gives_the_same_hits_as_the_right_word(mondo: Snapshot) -> None:
    """No concept in this release has the name "kidney disease"."""
    right, _ = find_concepts(mondo, "kidney disease", limit=10)
    wrong, _ = find_concepts(mondo, "kidny disease", limit=10)
    assert [hit.text for hit in wrong] == [hit.text for hit in right]
    assert {hit.how for hit in wrong} == {"similar spelling"}

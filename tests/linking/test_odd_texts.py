"""linking: texts with odd characters or negations that gave wrong results before. Each is one line of a file."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest

from graph.snapshot import read_snapshot
from graph.store import open_store
from ingest.recording import Recording
from ingest.records import Grounded, Text
from ingest.rows import Rows
from ingest.sources import pubmed
from ingest.text import line, plain
from linking.grounding import Dictionary
from linking.grounding.assertion import assertion
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import load_into, obo

TERMS = (
    'MONDO:0005148\nname: type 2 diabetes mellitus\nsynonym: "T2DM" EXACT ABBREVIATION []\n'
    'synonym: "DM2" EXACT ABBREVIATION []\nsynonym: "DM type 2" EXACT []\nsynonym: "DM2 - DM type 2" EXACT []',
    'MONDO:0005015\nname: diabetes mellitus\nsynonym: "suikerziekte" EXACT []\nsynonym: "diabetes" EXACT []',
    'MONDO:0005252\nname: heart failure\nsynonym: "hartfalen" EXACT []',
    "MONDO:0005044\nname: hypertension",
    "MONDO:0000002\nname: chronische nier\u00adziekte",
    "MONDO:0000003\nname: Ménière disease",
)
T2, DM, HEART, HYPER, KIDNEY, EAR = (term.partition("\n")[0] for term in TERMS)
# For each line of offsets.txt: the concepts and the texts of their mentions.
OFFSETS = [
    [(DM, "suikerziekte"), (HEART, "hartfalen")],
    [(HEART, "hart\u00adfalen")],
    [(HEART, "heart\u00a0failure"), (DM, "diabetes")],
    [(HEART, "Heart\u200b failure"), (HEART, "HEART FAILURE")],
    [(HEART, "heart failure")],
    [(HEART, "heart failure")],
    [(HEART, "heart-failure"), (HEART, "heart  failure")],
    [(T2, "diabetes mellitus\u2010type 2")],
    [(T2, "T2DM"), (T2, "DM2"), (T2, "dm type II")],
]
# For each line of negation.txt: the assertion of each mention, in order.
NEGATION = """
    negated; negated present; negated; negated; present; present present; present present; present; present
    negated negated negated; negated; present; negated present; family present; present; hypothetical
    negated present; negated present; negated negated present; negated
"""


@pytest.fixture(scope="module")
def dictionary(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    folder = tmp_path_factory.mktemp("odd")
    store = open_store(str(folder / "store"))
    load_into(store, obo(folder / "mondo.obo", "1", *TERMS, ontology="mondo"))
    store.close()
    return Dictionary(read_snapshot(str(folder / "store")))


def lines(file: Path) -> list[str]:
    return file.read_text(encoding="utf-8").splitlines()


def test_positions_refer_to_the_original_text(dictionary: Dictionary, shared: Path) -> None:
    for text, wanted in zip(lines(shared / "faults/offsets.txt"), OFFSETS, strict=True):
        found = dictionary.text(text)
        assert [(match.concept, match.text) for match in found] == wanted
        assert all(text[match.start : match.end] == match.text for match in found)


def test_the_assertions_of_texts_with_negations(dictionary: Dictionary, shared: Path) -> None:
    wanted = [said.split() for said in re.split(r"[;\n]", NEGATION) if said.strip()]
    said = [[match.assertion for match in dictionary.text(text)] for text in lines(shared / "faults/negation.txt")]
    assert said == wanted


@pytest.mark.parametrize("unseen", ["\u00ad", "\u200d", "\u2060", "\ufeff", "\u200e"])
def test_invisible_characters_hide_no_name_and_no_negation(dictionary: Dictionary, unseen: str) -> None:
    text = f"G{unseen}een har{unseen}tfalen; wel chro{unseen}nische nierziekte"
    assert [(match.concept, match.assertion) for match in dictionary.text(text)] == [
        (HEART, "negated"),
        (KIDNEY, "present"),
    ]
    assert plain(text) == line(text) == "Geen hartfalen; wel chronische nierziekte"


def test_decomposed_letters_equal_composed_letters(dictionary: Dictionary) -> None:
    text = unicodedata.normalize("NFD", "één broer, Ménière disease, hypertension")
    (ear, high) = dictionary.text(text)
    assert (ear.concept, ear.text, high.concept) == (EAR, unicodedata.normalize("NFD", "Ménière disease"), HYPER)
    apart = unicodedata.normalize("NFD", "coëfficiënt: geen asthma")
    assert assertion(apart, apart.index("asthma"), len(apart)) == "negated"


def test_a_slash_with_spaces_separates_two_names(dictionary: Dictionary) -> None:
    assert [match.text for match in dictionary.text("DM2 / dm type II")] == ["DM2", "dm type II"]


def test_a_present_mention_counts_before_a_negated_one_in_any_order(dictionary: Dictionary, shared: Path) -> None:
    rows = Rows()
    recording = Recording(rows, "job", str)
    for item in pubmed.read(shared / "faults/negated-then-present.xml", PSEUDONYM):
        recording.add(Grounded(item, dictionary.text(item.text, record=True)) if isinstance(item, Text) else item)
    abouts = rows.batch().edges["PUBLICATION_ABOUT"].select(["source", "target", "assertion"])
    assert [tuple(row.values()) for row in abouts.to_pylist()] == [
        ("pubmed:99000011", HEART, "present"),
        ("pubmed:99000012", HEART, "present"),
    ]

"""tests: the content of the Dutch lexicon, and the concepts that get its names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from graph.dutch import of_site
from graph.dutch.lexicon import KINDS, NAMES, OWN, BadLexicon, entries, lexicon
from graph.lexical import normalise
from graph.snapshot import Snapshot, read_snapshot
from linking.grounding import english as english_of
from linking.search import ranked
from linking.search.ranking import HOW
from tests.small import small_snapshot

LABELS = {
    "MONDO:0005015": "diabetes mellitus", "MONDO:0005249": "pneumonia", "MONDO:0007254": "breast cancer",
    "MONDO:0001106": "kidney failure", "HP:0030839": "Knee pain", "HP:0001250": "Seizure", "UBERON:0002113": "kidney",
    "UBERON:0000955": "brain", "MONDO:0002492": "acute kidney injury", "MONDO:0021108": "meningitis",
    "HP:0009115": "Aplasia of the proximal phalanx of the toe", "HP:0000822": "Hypertension",
    "HP:0008872": "Abnormally high-pitched voice", "MONDO:0005300": "chronic kidney disease",
    "HP:0000765": "Chest wall swelling",
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return small_snapshot(tmp_path_factory.mktemp("dutch"), labels=dict(LABELS))


def found(snapshot: Snapshot, text: str) -> list[tuple[str, str]]:
    hits = ranked(snapshot, text)
    return [(snapshot.ids[int(one)], HOW[int(how)]) for one, how in zip(hits.concepts, hits.how, strict=True)]


@pytest.mark.parametrize(
    ("text", "concept", "how"),
    [
        ("suikerziekte", "MONDO:0005015", "exact synonym"),
        ("Longontsteking", "MONDO:0005249", "exact synonym"),
        ("longontstekingen", "MONDO:0005249", "exact synonym"),
        ("borstkanker", "MONDO:0007254", "exact synonym"),
        ("hoge bloeddruk", "HP:0000822", "exact synonym"),
        ("nierfalen", "MONDO:0001106", "exact synonym"),
        ("hersenvliesontsteking", "MONDO:0021108", "exact synonym"),
        ("ontsteking van het hersenvlies", "MONDO:0021108", "compound"),
        ("acute nierschade", "MONDO:0002492", "exact synonym"),
        ("borst kanker", "MONDO:0007254", "compound"),
        ("borst-kanker", "MONDO:0007254", "compound"),
        ("pijn in de knie", "HP:0030839", "exact synonym"),
        ("aplasie van de proximale falanx van de teen", "HP:0009115", "compound"),
        ("nierfalcn", "MONDO:0001106", "similar spelling"),
        ("kidny failure", "MONDO:0001106", "similar spelling"),
    ],
)
def test_the_first_hit(loaded: Snapshot, text: str, concept: str, how: str) -> None:
    assert found(loaded, text)[:1] == [(concept, how)]


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("vreemde wand van borst", "vreemde wall chest"),
        ("vreemde kanker van borst", "vreemde cancer breast"),
        ("vreemde hoge bloeddruk", "vreemde hypertension"),
        ("vreemde", "vreemde"),
        ("van de", "van de"),
    ],
)
def test_a_translated_phrase_prefers_words_of_one_name(loaded: Snapshot, text: str, english: str) -> None:
    assert english_of(loaded).phrase(text) == english


def test_a_phrase_is_not_translated_without_names(tmp_path: Path) -> None:
    assert english_of(read_snapshot(str(tmp_path))).phrase("vreemde kanker") == "vreemde kanker"


@pytest.mark.parametrize("text", ["leverfalen", "darmkanker", "oogontsteking", "hersenbloeding", "schouderpijn"])
def test_a_compound_of_another_organ_or_kind_finds_nothing(loaded: Snapshot, text: str) -> None:
    assert found(loaded, text) == []


def test_a_name_is_given_only_to_concepts_of_its_kind(tmp_path: Path) -> None:
    labels = {"UBERON:0002113": "kidney", "MONDO:9": "kidney", "NCIT:9": "kidney"}
    snapshot = small_snapshot(tmp_path, labels=dict(labels))
    having = snapshot.names.of_concepts(snapshot.names.exact("nieren")).tolist()
    assert {snapshot.ids[one] for one in having} == {"UBERON:0002113", "NCIT:9"}


def test_a_dutch_name_is_no_evidence_that_concepts_are_equal(tmp_path: Path) -> None:
    """The lexicon gives both concepts the name `hoge bloeddruk`. They have no other name in common."""
    snapshot = small_snapshot(tmp_path, labels={"MONDO:1": "hypertensive disorder", "HP:1": "Hypertension"})
    one, other = (snapshot.concept(id_) for id_ in ("MONDO:1", "HP:1"))
    assert one is not None and other is not None
    assert other not in snapshot.hierarchy.meant(one)


def test_a_site_can_add_rows(tmp_path: Path) -> None:
    (tmp_path / OWN).write_text("dutch\tenglish\tkind\tregister\npibbes\tpneumonia\tdisease\tlay\n")
    assert found(small_snapshot(tmp_path, labels=dict(LABELS)), "pibbes") == [("MONDO:0005249", "exact synonym")]


@pytest.mark.parametrize(
    "line", ["pibbes\tpneumonia\tfruit\tlay", "\tpneumonia\tdisease\tlay", "pibbes", "a\t|\tdisease\t"]
)
def test_an_error_about_a_wrong_row_has_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / OWN).write_text(f"dutch\tenglish\tkind\tregister\n{line}\n")
    with pytest.raises(BadLexicon, match=r"lexicon\.tsv, line 2: .* correct or remove the line"):
        of_site(tmp_path)


def test_each_dutch_name_is_listed_once() -> None:
    words = lexicon()
    said = Counter(normalise(name) for entry in words for name in {normalise(one) for one in entry.dutch})
    assert [name for name, many in said.items() if many > 1] == []
    assert len(said) > 9_000
    assert {entry.kind for entry in words} == set(KINDS)
    assert sum(1 for _ in entries(NAMES)) == len(words)

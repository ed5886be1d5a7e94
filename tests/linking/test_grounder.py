"""linking: grounding of mentions and texts: exact names first, then other evidence, each with a probability."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.lexical import is_dutch
from graph.snapshot import Snapshot
from linking.grounding import FEATURES, Grounder, Weights
from linking.grounding.evidence import Words, shared, votes
from tests.linking.pictures import picture, understood


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Grounder]:
    folder = tmp_path_factory.mktemp("grounder")
    snapshot: Snapshot = picture(folder)
    return {"words": Grounder(snapshot), "meaning": Grounder(snapshot, understood(snapshot, folder)[0])}


@pytest.mark.parametrize("how", ["words", "meaning"])
def test_an_exact_name_has_a_high_score(both: dict[str, Grounder], how: str) -> None:
    for name, concept in (("T2DM", "MONDO:0005148"), ("suikerziekte", "MONDO:0005015"), ("Kidney", "UBERON:0002113")):
        best = both[how].mentions([name])[0][0]
        assert (best.concept, best.method) == (concept, "exact") and best.score > 0.9


@pytest.mark.parametrize("how", ["words", "meaning"])
def test_typing_errors_are_corrected_and_other_texts_have_low_scores(both: dict[str, Grounder], how: str) -> None:
    edit, rubbish = both[how].mentions(["neonatal diabetis melitus", "the weather in spring"])
    assert edit[0].concept == "MONDO:0016391" and edit[0].name == "neonatal diabetes mellitus"
    assert all(match.score < 0.3 for match in rubbish)


def test_meaning_finds_descriptions_in_other_words(both: dict[str, Grounder]) -> None:
    for said in ("diabetes of newborns", "congenital diabetes"):
        best = both["meaning"].mentions([said])[0][0]
        assert (best.concept, best.method) == ("MONDO:0016391", "semantic") and best.score > 0.5
    words = both["words"].mentions(["diabetes of newborns"])[0][0]
    assert words.concept != "MONDO:0016391" or words.score < 0.5


def test_only_the_given_ontologies_are_used(both: dict[str, Grounder]) -> None:
    only = Grounder(both["meaning"].snapshot, both["meaning"].meaning, ["SNOMEDCT"])
    assert {m.concept.partition(":")[0] for m in only.mentions(["type 2 diabetes"])[0]} == {"snomedct"}
    assert all(m.concept.startswith("snomedct:") for m in only.text("Type 2 diabetes mellitus and kidney disorder."))
    assert Grounder(both["meaning"].snapshot, None, ["nowhere"]).mentions(["kidney"]) == [[]]


def test_matches_in_a_text_have_position_and_assertion(both: dict[str, Grounder]) -> None:
    text = "No history of type 1 diabetes mellitus. Neonatal diabetes melitus was found."
    found = {match.concept: match for match in both["meaning"].text(text)}
    assert found["MONDO:0005147"].assertion == "negated"
    near = found["MONDO:0016391"]
    assert text[near.start : near.end] == "Neonatal diabetes melitus" and near.assertion == "present"


def test_a_part_of_a_name_is_no_match(both: dict[str, Grounder]) -> None:
    for text in ("Her type of housing.", "A neonatal ward.", "Neonatal sepsis and diabetes."):
        named = {match.name for match in both["meaning"].text(text)}
        assert named <= {"diabetes", "diabetes mellitus"}


def test_a_mention_of_two_things_has_both_first(both: dict[str, Grounder]) -> None:
    text = "type 1 and type 2 diabetes mellitus"
    one, other, *_ = both["meaning"].mentions([text])[0]
    assert (one.concept, other.concept) == ("MONDO:0005147", "MONDO:0005148")
    assert (text[one.start : one.end], text[other.start : other.end]) == ("type 1", "type 2 diabetes mellitus")


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_text_gives_probabilities_of_live_concepts(both: dict[str, Grounder], texts: list[str]) -> None:
    grounder = both["words"]
    for matches in grounder.mentions(texts, top=3):
        assert len(matches) <= 3 and all(0 <= match.score <= 1 for match in matches)
        assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)
    for text in texts:
        for match in grounder.text(text):
            assert 0 <= match.start < match.end <= len(text)


def test_probabilities_leave_room_for_no_match() -> None:
    weights = Weights.plain(np.ones(len(FEATURES)), 1.0)
    logits = np.array([1.0, 1.0, 1.0], np.float32)
    assert np.allclose(weights.chances(logits, np.array([0, 0, 1], np.int32)), [1 / 3, 1 / 3, 1 / 2])
    assert weights.chances(logits[:0], np.zeros(0, np.int32)).shape == (0,)
    huge = weights.chances(np.array([900.0, -900.0], np.float32), np.array([0, 0], np.int32))
    assert np.allclose(huge, [1, 0])


def test_near_synonyms_count_as_shared_words(both: dict[str, Grounder]) -> None:
    words = Words(both["words"].snapshot.names)
    loose, covered, covers, head = words.shared_loosely("renal lesions", ["kidney diseases", "kidney"])
    assert (loose, head) == (1, 1) and covered == pytest.approx(1) and covers == pytest.approx(1)
    assert words.shared_loosely("contrast media induced nephropathy", ["nephropathy"])[0] == 1
    assert words.shared_loosely("renal lesions", ["kidney"])[::3] == (0, 0)
    assert words.shared_loosely("", ["kidney"]) == words.shared_loosely("kidney", []) == (0, 0, 0, 0)


def test_the_concept_with_the_most_similar_names_has_the_most_votes() -> None:
    shares = votes(np.array([0.9, 0.9, 0.5], np.float32), np.array([0, 2]))
    assert 0.99 < shares[0] < shares.sum() < 1
    assert votes(np.array([0.1], np.float32), np.array([0]))[0] < 0.01
    assert votes(np.empty(0, np.float32), np.zeros(1, np.int64)).shape == (0,)


@pytest.mark.parametrize("name", ["verhoogde bloeddruk", "aandoening van de nieren", "afwijkende vorm van het oor"])
def test_a_dutch_name_is_recognised(name: str) -> None:
    assert is_dutch(name)


@pytest.mark.parametrize("name", ["high blood pressure", "kidney disease", "cutis laxa", "", "𝄞"])
def test_other_names_are_not_recognised_as_dutch(name: str) -> None:
    assert not is_dutch(name)


def test_shared_words_count_by_rarity_and_numbers_separately(both: dict[str, Grounder]) -> None:
    words = Words(both["words"].snapshot.names)
    same, covered, covers, odd = shared(words.of("type 1 diabetes"), words.of("diabetes of type 2"))
    assert not same and odd == 2 and 0 < covered < 1 and 0 < covers < 1
    assert shared(words.of("diabetes type 2"), words.of("type 2 diabetes"))[0] == 1
    assert shared({}, words.of("kidney")) == (0.0, 0.0, 0.0, 0.0)

"""linking: mentions of one document. A certain match makes its concept more probable for others."""

from __future__ import annotations

import pytest

from linking.grounding import Match
from linking.grounding.document import together


def match(concept: str, score: float, method: str = "semantic", text: str = "") -> Match:
    return Match(concept, "", score, method, text, 0, len(text))


SAID = {
    "isolated aniridia": [match("x:2", 0.5), match("x:1", 0.4), match("y:1", 0.6)],
    "aniridia": [match("x:1", 0.97, "exact"), match("x:2", 0.02)],
    "acute liver failure": [match("x:3", 0.96, "exact", "acute liver failure")],
    "ALF": [match("x:9", 0.02)],
    "alf": [match("x:9", 0.02)],
    "A": [match("x:8", 0.3)],
}


def beside(*texts: str, documents: str = "") -> list[list[tuple[str, float]]]:
    found = together(
        texts, [SAID[text] for text in texts], documents or "d" * len(texts), lambda concept: ord(concept[0])
    )
    return [[(one.concept, one.score) for one in some] for some in found]


def test_a_certain_match_makes_its_concept_more_probable_elsewhere() -> None:
    helped, name = beside("isolated aniridia", "aniridia")
    assert [concept for concept, _ in helped] == ["x:1", "y:1", "x:2"]
    scores = dict(helped)
    # Concepts of the same release share one total probability. Those of another release keep their score.
    assert scores["x:1"] > 0.5 > scores["x:2"] and 0.9 <= scores["x:1"] + scores["x:2"] < 1 and scores["y:1"] == 0.6
    assert name == [("x:1", 0.97), ("x:2", 0.02)]


def test_mentions_of_other_documents_have_no_influence() -> None:
    own = [("y:1", 0.6), ("x:2", 0.5), ("x:1", 0.4)]
    assert beside("aniridia", "isolated aniridia", documents="de")[1] == own
    assert beside("isolated aniridia", "isolated aniridia") == [own, own]


@pytest.mark.parametrize(("short", "concept"), [("ALF", "x:3"), ("alf", "x:9"), ("A", "x:8")])
def test_an_abbreviation_means_the_long_form_in_the_document(short: str, concept: str) -> None:
    assert beside(short, "acute liver failure", "aniridia")[0][0][0] == concept
    (first, *_), _ = together([short, "acute liver failure"], [SAID[short], SAID["acute liver failure"]], "dd", len)
    assert concept != "x:3" or (first.text, first.end, first.method) == (short, 3, "normalised")

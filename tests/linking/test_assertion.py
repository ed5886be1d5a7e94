"""linking: the assertion of mentions in Dutch and English texts. The mention is between < and >."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linking.grounding.assertion import assertion

SAID = {
    "Patients with <asthma>": "present",
    "zorg bij <diabetes>": "present",
    "no history of <epilepsy>": "negated",
    "The patient denies pain, nausea and <vomiting>.": "negated",
    "without <fever>": "negated",
    "<Stroke> was ruled out.": "negated",
    "geen tekenen van <hartfalen>": "negated",
    "Zonder <koorts>": "negated",
    "<Epilepsie> is uitgesloten": "negated",
    "Dr. A saw no <fever>": "negated",
    "no fever but <cough>": "present",
    "geen koorts maar <hoest>": "present",
    "No fever. <Cough> is there": "present",
    "no fever\n<cough>": "present",
    "did not walk before the age of two, with late <speech>": "present",
    "Not only <asthma> but more": "present",
    "niet alleen <astma>": "present",
    "no increase in <blood pressure>": "present",
    "mother and child with <asthma>": "present",
    "parents of children with <autism>": "present",
    "mother had <breast cancer>": "family",
    "family history of <diabetes>": "family",
    "<diabetes> in the family": "family",
    "zijn moeder had <borstkanker>": "family",
    "in de familie: <jicht>": "family",
    "her mother had no <epilepsy>": "negated",
    "rule out <stroke>": "hypothetical",
    "suspected <sepsis>": "hypothetical",
    "if <fever> occurs": "hypothetical",
    "<stroke> cannot be ruled out": "hypothetical",
    "verdenking op <longembolie>": "hypothetical",
    "mogelijk <epilepsie>": "hypothetical",
    "mogelijke oorzaken van <epilepsie>": "present",
    "The patient is negative for <heart failure>.": "negated",
    "No heart failure or diabetes, has <hypertension>.": "present",
    "Geen hartfalen of diabetes, heeft <hypertensie>": "present",
    "No heart failure, has had no <stroke>": "negated",
    "<Stroke>, had been ruled out": "negated",
    "Without heart failure, <diabetes mellitus> is rare": "present",
    "Without heart failure <diabetes mellitus> is rare": "present",
    "Without <heart failure> diabetes mellitus is rare": "negated",
    "Without fever or <cough> is best": "negated",
    "Zonder hartfalen is <diabetes>": "negated",
    "Adults with diabetes, excluding those with <asthma>": "negated",
    "Excluding patients with <asthma> or stroke": "negated",
    "Documented absence of <heart failure>": "negated",
    "No heart failure at baseline. <Heart failure> developed in five.": "present",
    "<Heart failure> developed in five. No heart failure in controls.": "present",
    "<asthma>": "present",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_the_assertion_of_a_mention(text: str, said: str) -> None:
    start, end = text.index("<"), text.index(">") - 1
    assert assertion(text.replace("<", "").replace(">", ""), start, end) == said


@given(st.lists(st.sampled_from(["no ", "geen ", "if ", "but ", ". ", "mother had ", "\n", "x"]) | st.text(max_size=4)))
def test_any_text_and_position_has_an_assertion(pieces: list[str]) -> None:
    text = "".join(pieces)
    for start in range(len(text) + 1):
        assert assertion(text, start, min(start + 3, len(text))) in ("present", "negated", "family", "hypothetical")


@pytest.mark.timeout(60)
def test_a_long_text_takes_no_more_time() -> None:
    text = "not " * 500_000
    for start in range(0, 20_000, 10):
        assert assertion(text, start + 4, start + 7) == "negated"

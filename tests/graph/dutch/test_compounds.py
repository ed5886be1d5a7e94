"""tests: English names of Dutch compounds from their parts, and the skeletons of cognates."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.dutch import compounds
from graph.dutch.cognates import skeleton
from graph.lexical import normalise


@pytest.mark.parametrize(
    ("text", "english"),
    [
        ("galwegkanker", "bile duct cancer"),
        ("schildklieroperatie", "thyroid surgery"),
        ("kinderhartchirurgie", "pediatric cardiac surgery"),
        ("elleboogfractuur", "elbow fracture"),
        ("zwangerschapsdiabetes", "gestational diabetes"),
        ("chronische nierontsteking", "chronic nephritis"),
        ("bloed in de urine", "blood in urine"),
        ("kanker aan de alvleesklier", "cancer of pancreas"),
        ("ontsteking van de oogzenuw", "inflammation of optic nerve"),
        ("long ontsteking", "pneumonia"),
    ],
)
def test_a_phrase_is_called_by_its_parts(text: str, english: str) -> None:
    assert english in compounds().english(normalise(text))


@pytest.mark.parametrize("text", ["", "fietsenstalling", "kidney failure", "a" * 200, "kanker " * 20, "xyzkanker"])
def test_what_is_no_such_phrase_is_called_nothing(text: str) -> None:
    assert compounds().english(normalise(text)) == []


@given(st.text("nierlogshavkztbd ", max_size=60))
@settings(max_examples=150, deadline=None)
def test_whatever_is_asked_ends_with_few_names(text: str) -> None:
    assert len(compounds().english(normalise(text))) <= 200


@pytest.mark.parametrize(
    ("dutch", "english"),
    [
        ("nefrogene", "nephrogenic"), ("trombose", "thrombosis"), ("veneuze", "venous"), ("diafragma", "diaphragm"),
        ("hypoplasie", "hypoplasia"), ("ventriculair", "ventricular"), ("microcefalie", "microcephaly"),
        ("calcificatie", "calcification"), ("metafysen", "metaphyses"), ("oedeem", "edema"), ("tachypnoe", "tachypnea"),
        ("carcinoom", "carcinoma"), ("chronische", "chronic"), ("dysfunctie", "dysfunction"), ("lymfoom", "lymphoma"),
        ("gelokaliseerde", "localized"), ("geactiveerd", "activated"),
    ],
)  # fmt: skip
def test_words_of_one_origin_have_one_skeleton(dutch: str, english: str) -> None:
    assert skeleton(dutch) == skeleton(english)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("obstructie van de dunne darm", ["obstructie", "van", "de", "dunne darm"]),
        ("dunne huid", ["dunne", "huid"]),
        ("", []),
    ],
)
def test_words_that_are_listed_together_are_taken_together(text: str, units: list[str]) -> None:
    assert compounds().units(text.split()) == units

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
def test_a_compound_is_translated_by_its_parts(text: str, english: str) -> None:
    assert english in compounds().english(normalise(text))


@pytest.mark.parametrize("text", ["", "fietsenstalling", "kidney failure", "a" * 200, "kanker " * 20, "xyzkanker"])
def test_other_texts_have_no_translation(text: str) -> None:
    assert compounds().english(normalise(text)) == []


@given(st.text("nierlogshavkztbd ", max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_limited_number_of_names(text: str) -> None:
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
def test_cognates_have_the_same_skeleton(dutch: str, english: str) -> None:
    assert skeleton(dutch) == skeleton(english)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("obstructie van de dunne darm", ["obstructie", "van", "de", "dunne darm"]),
        ("dunne huid", ["dunne", "huid"]),
        ("", []),
    ],
)
def test_listed_pairs_of_words_are_one_unit(text: str, units: list[str]) -> None:
    assert compounds().units(text.split()) == units

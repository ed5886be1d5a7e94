"""linking: grounding of Dutch and English text with a small dictionary: which mentions are found, and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.snapshot import read_snapshot
from graph.store import open_store
from linking.grounding import Dictionary, Match
from tests.ingest.graphs import load_into, obo

MONDO = (
    'MONDO:0005148\nname: type 2 diabetes mellitus\nsynonym: "T2DM" EXACT ABBREVIATION []\nis_a: MONDO:0005015',
    'MONDO:0005015\nname: diabetes mellitus\nsynonym: "suikerziekte" EXACT DUTCH []',
    'MONDO:0005252\nname: heart failure\nsynonym: "HF" EXACT ABBREVIATION []\nsynonym: "weak heart" BROAD []',
    "MONDO:0005267\nname: heart disorder",
    "MONDO:0005550\nname: infectious disease",
    'MONDO:0005002\nname: chronic obstructive pulmonary disease\nsynonym: "COLD" EXACT []',
    'MONDO:0000001\nname: disease\nsynonym: "disorder" EXACT []',
    "MONDO:0002254\nname: syndrome",
    "MONDO:0002255\nname: syndromic disorder",
    "MONDO:0021125\nname: disease characteristic",
    "MONDO:0021141\nname: acquired\nis_a: MONDO:0021125",
    "MONDO:0009999\nname: dropsy\nis_obsolete: true",
    "MONDO:0005009\nname: hartritmestoornis\nis_a: MONDO:0007777",
    "MONDO:0004992\nname: kanker\nxref: DOID:162",
    "MONDO:0007254\nname: breast carcinoma",
    "MONDO:0005140\nname: ovarian carcinoma",
    "MONDO:0005070\nname: borstkanker",
    "MONDO:0005071\nname: eierstokkanker",
    "MONDO:0100200\nname: broad thumb",
    "MONDO:0100201\nname: short thumb",
    "MONDO:0100202\nname: hypotonia, muscular",
    'MONDO:0100203\nname: kidney failure\nsynonym: "renal impairment" RELATED []',
    'MONDO:0100204\nname: self-cutting\nsynonym: "cutting" EXACT []\nsynonym: "fallic" EXACT []',
    "MONDO:0100205\nname: lesion of liver",
    "MONDO:0100206\nname: lesion of kidney",
)
HP = (
    "HP:0000819\nname: Diabetes mellitus",
    "HP:0012823\nname: Clinical modifier",
    "HP:0030645\nname: Central\nis_a: HP:0012823",
    "SO:0000001\nname: region",
)
LOINC = ("loinc:1\nname: Address", "loinc:4548-4\nname: Hemoglobin A1c")
T2, DM, SUGAR, HEART, INFECTION = "MONDO:0005148", "MONDO:0005015", "HP:0000819", "MONDO:0005252", "MONDO:0005550"


@pytest.fixture(scope="module")
def grounder(tmp_path_factory: pytest.TempPathFactory) -> Dictionary:
    folder = tmp_path_factory.mktemp("grounding")
    store = open_store(str(folder / "store"))
    for name, terms in (("mondo", MONDO), ("hp", HP), ("loinc", LOINC)):
        load_into(store, obo(folder / f"{name}.obo", "1", *terms, ontology=name))
    store.close()
    return Dictionary(read_snapshot(str(folder / "store")))


def named(matches: list[Match]) -> list[tuple[str, str]]:
    return [(match.concept, match.text) for match in matches]


BREAST, OVARY = "MONDO:0007254", "MONDO:0005140"


MENTIONS = {
    "Diabetes Mellitus": {DM, SUGAR},
    "diabetes-mellitus": {DM, SUGAR},
    "SUIKERZIEKTE": {DM, "HP:0000819"},
    "Diabetes mellitus, type 2": {T2},
    "Failure, Heart": {HEART},
    "heart failures": {HEART},
    "Failures, heart": {HEART},
    "T2DM": {T2},
    "HF": {HEART},
    "hf": set(),
    "t2dm": set(),
    "cold": set(),
    "COLD": {"MONDO:0005002"},
    "Infectious Diseases": {INFECTION},
    "hartritmestoornissen": {"MONDO:0005009"},
    "Heart failure (HF)": {HEART},
    "weak heart": set(),
    "dropsy": set(),
    "acquired": set(),
    "Central": set(),
    "region": set(),
    "Address": {"loinc:1"},
    "heart failure and more": set(),
    "": set(),
    ",": set(),
}


@pytest.mark.parametrize(("text", "concepts"), MENTIONS.items())
def test_a_mention_is_matched_as_a_whole(grounder: Dictionary, text: str, concepts: set[str]) -> None:
    found = grounder.mention(text)
    assert {match.concept for match in found} == concepts
    assert {(match.text, match.start, match.end) for match in found} <= {(text, 0, len(text))}


TEXTS = {
    "Patients with type 2 diabetes mellitus.": [(T2, "type 2 diabetes mellitus")],
    "Mensen met suikerziekte of kanker": [
        ("HP:0000819", "suikerziekte"),
        (DM, "suikerziekte"),
        ("MONDO:0004992", "kanker"),
    ],
    "Infectious diseases of the heart": [(INFECTION, "Infectious diseases")],
    "the disease and its diseases": [],
    "DISEASE CHARACTERISTICS: T2DM. DISORDERS and SYNDROME:": [(T2, "T2DM")],
    "a common cold, a COLD case": [("MONDO:0005002", "COLD")],
    "in Heart-Failure clinics": [(HEART, "Heart-Failure")],
    "Heart failure (HF) and hf": [(HEART, "Heart failure"), (HEART, "HF")],
    "the HF band of radio": [],
    "a syndrome, or heart disorder": [("MONDO:0005267", "heart disorder")],
    "T2DM in a year": [(T2, "T2DM")],
    "diseases of the heart. Failure is an option": [],
    "heart (failure)": [],
    "acquired in a central region, at this address": [],
    "a hemoglobin A1c of 7": [("loinc:4548-4", "hemoglobin A1c")],
    "dropsy": [],
    "diabetes mellitus type 2": [(T2, "diabetes mellitus type 2")],
    "carcinoma of the breast": [(BREAST, "carcinoma of the breast")],
    "breast and ovarian carcinomas": [(BREAST, "breast"), (OVARY, "ovarian carcinomas")],
    "carcinoma of the ovary": [],
    "borst- en eierstokkanker": [("MONDO:0005070", "borst"), ("MONDO:0005071", "eierstokkanker")],
    "short, broad thumbs": [("MONDO:0100201", "short"), ("MONDO:0100200", "broad thumbs")],
    "broad left thumb": [("MONDO:0100200", "broad left thumb")],
    "thumbs were broad": [("MONDO:0100200", "thumbs were broad")],
    "muscular hypotonias": [("MONDO:0100202", "muscular hypotonias")],
    "renal failure, renal impairment": [("MONDO:0100203", "renal failure"), ("MONDO:0100203", "renal impairment")],
    "the cutting edge and fallic motivation": [],
    "lesions of the liver and kidney": [("MONDO:0100205", "lesions of the liver"), ("MONDO:0100206", "kidney")],
    "hartritmestoornissen": [("MONDO:0005009", "hartritmestoornissen")],
    "failure of heart (FH). An FH clinic": [(HEART, "failure of heart"), (HEART, "FH"), (HEART, "FH")],
    "high frequency (HF) with heart failure. An HF band": [(HEART, "heart failure")],
}


@pytest.mark.parametrize(("text", "found"), TEXTS.items())
def test_names_in_running_text(grounder: Dictionary, text: str, found: list[tuple[str, str]]) -> None:
    assert named(grounder.text(text)) == found


def test_each_ontology_has_one_match(grounder: Dictionary) -> None:
    assert sorted(named(grounder.text("Diabetes mellitus"))) == [
        (SUGAR, "Diabetes mellitus"),
        (DM, "Diabetes mellitus"),
    ]


def test_the_score_falls_with_the_difference_from_the_name(grounder: Dictionary) -> None:
    surest = [
        grounder.mention(text)[0] for text in ("heart failure", "heart-failure", "Failure, heart", "failures, heart")
    ]
    assert [match.method for match in surest] == ["exact", "normalised", "normalised", "normalised"]
    scores = [match.score for match in surest]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4
    assert 0 < scores[-1] < scores[0] < 1


def test_each_match_has_its_assertion(grounder: Dictionary) -> None:
    text = "Heart failure without suikerziekte; mother had kanker, but suspected breast carcinoma."
    assert [match.assertion for match in grounder.text(text)] == [
        "present",
        "negated",
        "negated",
        "family",
        "hypothetical",
    ]


def test_a_match_has_the_label_of_its_concept(grounder: Dictionary) -> None:
    assert [match.label for match in grounder.text("suikerziekte")] == ["Diabetes mellitus", "diabetes mellitus"]


def test_a_text_can_end_in_a_short_abbreviation(grounder: Dictionary) -> None:
    text = "Type 2 diabetes mellitus (T2-DM) and heart failure (HF). They had HF"
    found = [match for match in grounder.text(text, "en") if match.start == text.rindex("HF")]
    assert [(match.text, match.concept, match.end) for match in found] == [("HF", HEART, len(text))]


def test_phrases_are_the_words_outside_names(grounder: Dictionary) -> None:
    text = "Slechte doorbloeding van het linkerbeen, heart failure (and cold feet of many quite old gentle small dogs)."
    said = [text[start:end] for start, end in grounder.phrases(text)]
    assert said == ["Slechte doorbloeding", "linkerbeen", "cold feet", "many quite old gentle small dogs"]
    assert grounder.phrases(text) == grounder.phrases(text, grounder.text(text))


BABELON = (
    "source_language\tsource_value\tsubject_id\tpredicate_id\ttranslation_language\ttranslation_value\t"
    "translation_status\nen\tAnxiety\tHP:0000739\trdfs:label\tnl\tAngst\tOFFICIAL\n"
)


def test_no_dutch_names_are_found_in_an_english_text(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "store"))
    load_into(store, obo(tmp_path / "hp.obo", "1", "HP:0000739\nname: Anxiety", ontology="hp"))
    (tmp_path / "hp-nl.babelon.tsv").write_text(BABELON)
    load_into(store, tmp_path / "hp-nl.babelon.tsv")
    store.close()
    dictionary = Dictionary(read_snapshot(str(tmp_path / "store")))
    assert named(dictionary.text("de angst van de patiënt")) == [("HP:0000739", "angst")]
    assert named(dictionary.text("the angst of the poet, and his anxiety")) == [("HP:0000739", "anxiety")]
    assert dictionary.text("angst", "en") == []


PIECES = [
    "heart",
    " failure",
    "Type 2 ",
    "diabetes",
    " mellitus",
    "(",
    ". ",
    "\n",
    "HF",
    "kankeren",
    "é",
    "\0",
    " ",
    "s",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=30).map("".join))
def test_positions_are_exact_sorted_and_do_not_overlap(grounder: Dictionary, text: str) -> None:
    end = 0
    spans = {(match.start, match.end) for match in grounder.text(text)}
    for match in grounder.text(text):
        assert text[match.start : match.end] == match.text != ""
    for start, stop in sorted(spans):
        assert end <= start < stop <= len(text)
        end = stop
    assert sorted(spans) == list(dict.fromkeys((m.start, m.end) for m in grounder.text(text)))


HOSTILE = [
    "a " * 120_000,
    "heart " * 40_000,
    "(" * 250_000,
    "heart failure\n" * 15_000,
    "\U0001f4a9é\u0301 " * 50_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:7])
@pytest.mark.timeout(60)
def test_a_long_text_takes_time_in_proportion(grounder: Dictionary, text: str) -> None:
    """Each text has about a megabyte. In quadratic time, the test would not end."""
    assert len(grounder.text(text)) in (0, 15_000)
    assert grounder.mention(text) == []

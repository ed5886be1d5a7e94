"""linking: kinds of errors in grounding, each tested by texts that had the error: the mentions and their assertion."""

from __future__ import annotations

import pytest

from graph.snapshot import read_snapshot
from graph.store import open_store
from linking.grounding import Grounder, Match
from linking.grounding.assertion import assertion
from linking.grounding.grounder import _has_word
from tests.ingest.graphs import load_into, obo

MONDO = (
    'MONDO:1\nname: severe acute respiratory syndrome\nsynonym: "SARS" EXACT ABBREVIATION []',
    "MONDO:2\nname: cancer",
    "MONDO:3\nname: cardiovascular cancer",
    "MONDO:4\nname: cardiovascular disease",
    "MONDO:5\nname: acne",
    "MONDO:6\nname: injury",
    "MONDO:7\nname: depression",
    'MONDO:8\nname: edema\nsynonym: "water retention" EXACT []',
    "MONDO:9\nname: bilateral hearing loss",
    "MONDO:10\nname: diabetes mellitus type 2",
    'MONDO:11\nname: myotonic dystrophy type 2\nsynonym: "DM2" EXACT ABBREVIATION []',
    "MONDO:12\nname: eclampsia",
    'MONDO:13\nname: asthma\nsynonym: "molds" EXACT []\nsynonym: "fish" EXACT []\nsynonym: "analgesia" EXACT []',
    'MONDO:15\nname: disease\nsynonym: "condition" EXACT []',
    "MONDO:14\nname: hearing disorder",
    'MONDO:16\nname: anemia\nsynonym: "ALL" EXACT ABBREVIATION []',
    "MONDO:17\nname: COVID-19",
    "MONDO:18\nname: protein S deficiency",
    "MONDO:19\nname: Crohn's disease",
    "MONDO:20\nname: infection",
    'MONDO:21\nname: hypersensitivity\nsynonym: "sensitivity" EXACT []',
    "MONDO:22\nname: gastrointestinal infection",
    'MONDO:23\nname: hereditary carcinoma\nsynonym: "ADCC" EXACT ABBREVIATION []',
)
OTHERS = {
    "ncbitaxon": (
        "NCBITaxon:1\nname: Anemia",
        'NCBITaxon:2\nname: Betacoronavirus pandemicum\nsynonym: "COVID-19" EXACT []',
        "NCBITaxon:3\nname: Felis catus",
        "NCBITaxon:4\nname: SARS coronavirus",
    ),
    "maxo": (
        "MAXO:1\nname: genome sequencing",
        'MAXO:4\nname: detection by size\nsynonym: "by size" EXACT []',
        "MAXO:2\nname: biopsy of skin",
        'MAXO:3\nname: S phase\nsynonym: "aan" EXACT []',
    ),
    "uberon": (
        "UBERON:1\nname: cell soma",
        "UBERON:2\nname: heart",
        "UBERON:3\nname: blood",
        "UBERON:8\nname: serum",
        "UBERON:9\nname: breast",
        "UBERON:0000105\nname: life cycle stage",
        'UBERON:10\nname: death stage\nis_a: UBERON:0000105\nsynonym: "death" EXACT []',
        "UBERON:6\nname: mass",
        "UBERON:7\nname: kidney",
        "UBERON:4\nname: stapes",
        'UBERON:5\nname: navicular bone\nsynonym: "centrale" EXACT []',
    ),
    "obi": (
        "IAO:0000030\nname: information content entity",
        "OBI:1\nname: study design\nis_a: IAO:0000030",
        "OBI:2\nname: outcome",
        "OBI:3\nname: protein",
        "OBI:4\nname: antigen",
    ),
}
HP = (
    "HP:1\nname: Hearing loss",
    "HP:2\nname: Kidney cyst",
    "HP:11\nname: Liver cyst",
    "HP:12\nname: Confusion",
    "HP:13\nname: Rare depression",
    'HP:3\nname: Ptosis\nsynonym: "Eye drop" RELATED []',
    "HP:4\nname: Sad",
    'HP:5\nname: Atypical sorting\nsynonym: "Ordering" RELATED []',
    "HP:0012823\nname: Clinical modifier",
    "HP:7\nname: Position\nis_a: HP:0012823",
    "HP:8\nname: Frequent",
    "HP:9\nname: Affected",
    "HP:14\nname: Severe infection",
    "HP:15\nname: Blood pressure",
    "HP:16\nname: Seizure",
    'HP:17\nname: Typical absence seizure\nsynonym: "Absence seizure" EXACT []\nsynonym: "Absence" EXACT []',
    'HP:10\nname: Hearing impairment\nsynonym: "hearing disorder" RELATED []',
)


@pytest.fixture(scope="module")
def grounder(tmp_path_factory: pytest.TempPathFactory) -> Grounder:
    folder = tmp_path_factory.mktemp("texts")
    store = open_store(str(folder / "store"))
    for name, terms in {"mondo": MONDO, "hp": HP, **OTHERS}.items():
        load_into(store, obo(folder / f"{name}.obo", "1", *terms, ontology=name))
    store.close()
    return Grounder(read_snapshot(str(folder / "store")))


FOUND = {
    # A name inside a longer token or name.
    "SARS-CoV-2 infection": ["MONDO:20 infection"],
    "severe acute respiratory syndrome coronavirus 2, SARS-Cov-2 and SARS CoV2": [],
    "a SARS-related stay, SARS": ["MONDO:1 SARS", "MONDO:1 SARS"],
    "K-SADS-PL": [],
    "pre-eclampsia and non-cancer pain": [],
    # Names joined across a comma.
    "cancer, cardiovascular diseases": ["MONDO:2 cancer", "MONDO:4 cardiovascular diseases"],
    "cancer, cardiovascular": ["MONDO:3 cancer, cardiovascular"],
    # A name without its qualifier.
    "acne rosacea": [],
    "acne in adults": ["MONDO:5 acne"],
    "acute liver injury, injury of the kidney": ["UBERON:7 kidney"],
    "an injury of a child": ["MONDO:6 injury"],
    # Words with another meaning in another field, and common words.
    "freeze point depression": [],
    "depression of mood": ["MONDO:7 depression"],
    "water retention of the soil": [],
    "water retention of the legs": ["MONDO:8 water retention"],
    "molds, fish and conditions under analgesia": [],
    "Eye Drops twice a day": [],
    "an eye drop": ["HP:3 eye drop"],
    "Positive": [],
    "frequent, affected members": [],
    "ordered by size": [],
    # A shorter name in a longer one, a shared last word, and parts separated by a slash.
    "bilateral hearing loss": ["HP:1 bilateral hearing loss", "MONDO:9 bilateral hearing loss"],
    "hearing disorder": ["HP:10 hearing disorder", "MONDO:14 hearing disorder"],
    "cysts of the jaws and of the kidney": ["HP:2 kidney", "UBERON:7 kidney"],
    "cysts of the jaws and the kidney": ["HP:2 kidney", "UBERON:7 kidney"],
    "cysts of the jaws. And of the kidney": ["UBERON:7 kidney"],
    "kidney and liver cysts": ["HP:11 liver cysts", "HP:2 kidney", "UBERON:7 kidney"],
    # Another form of a word, an exception for frequency, a virus with a number, the name of an instrument.
    "the word is confusing; he was confused": ["HP:12 confused"],
    "Without cancer, depression is rare": ["MONDO:2 cancer", "MONDO:7 depression"],
    "sorted by size": [],
    "SARS coronavirus 2": [],
    "Depression Diagnostic Observation Schedule, anti-depression drugs": [],
    "DM2 / dm type II": ["MONDO:10 DM2", "MONDO:10 dm type II"],
    "DM2, myotonic dystrophy type 2": ["MONDO:11 DM2", "MONDO:11 myotonic dystrophy type 2"],
    "Known dm2; T2DM, DMII. No DM": ["MONDO:10 DMII", "MONDO:10 T2DM", "MONDO:10 dm2"],
    # A name that seldom means its concept, or that describes the design of any study.
    "anemia and COVID-19": ["MONDO:16 anemia", "MONDO:17 COVID-19"],
    "Felis catus": ["NCBITaxon:3 Felis catus"],
    "The study is designed for one outcome; study design": [],
    "COVID19, not COVID19-0001-USR": ["MONDO:17 COVID19"],
    "Felis-like, anemia-free, depression-negative; see appendix 2": [],
    # Another form of a word, or another order of words, has another meaning.
    "genomic sequences, genome sequencing": ["MAXO:1 genome sequencing"],
    "cells in the soma. Somas of cells": ["UBERON:1 Somas of cells"],
    "skin biopsies": ["MAXO:2 skin biopsies"],
    "absence of seizures, absence of cancer and seizures": ["HP:16 seizures", "HP:16 seizures", "MONDO:2 cancer"],
    "absence seizures": ["HP:17 absence seizures"],
    # An S that is a word, or a genitive.
    "phase 2; S phase": ["MAXO:3 S phase"],
    "protein deficiency; protein S deficiency": ["MONDO:18 protein S deficiency", "OBI:3 protein"],
    "CROHN'S DISEASE": ["MONDO:19 CROHN'S DISEASE"],
    # Samples for tests, and phrases that any text may contain.
    "blood samples and samples of blood, body mass index; at the heart of it": [],
    "blood flows to the heart": ["UBERON:2 heart", "UBERON:3 blood"],
    # What is measured, with which instrument, and in what material.
    "severity of infection": ["MONDO:20 infection"],
    "severe infection": ["HP:14 severe infection"],
    "post-infection gastrointestinal symptoms": ["MONDO:20 infection"],
    "gastrointestinal infections": ["MONDO:22 gastrointestinal infections"],
    "Sensitivity and specificity of the antigen test": [],
    "antigen, sensitivity": ["MONDO:21 sensitivity", "OBI:4 antigen"],
    "ADCC response, Depression Impact Measurement Scales, Depression-7 (D-7)": [],
    "Depression and Cancer Severity Index": [],
    "DEPRESSION\nScale": ["MONDO:7 DEPRESSION"],
    "blood pressure and heart rate, fatigue domain": [],
    "serum ferritin, antibodies in serum, responses in cord blood": [],
    "the serum": ["UBERON:8 serum"],
    "breast milk": [],
    "in the breast": ["UBERON:9 breast"],
    "C-reactive protein": [],
    "the protein": ["OBI:3 protein"],
    "time of death": [],
    "severe acute respiratory syndrome (SARS) corona virus 2": [],
    "dia\u00adbetes mellitus type 2": ["MONDO:10 dia\u00adbetes mellitus type 2"],
}


@pytest.mark.parametrize(("text", "found"), FOUND.items())
def test_matches_in_a_text(grounder: Grounder, text: str, found: list[str]) -> None:
    def said(match: Match) -> str:
        return f"{match.concept} {match.text}"

    assert sorted(map(said, grounder.text(text, "en"))) == found


@pytest.mark.parametrize("text", ["De centrale vraag in drie stappen.", "de verschillen aan de hand van het hart"])
def test_dutch_words_are_not_matched_to_latin_names(grounder: Grounder, text: str) -> None:
    assert [match for match in grounder.text(text, "nl") if match.text != "hart"] == []


@pytest.mark.parametrize("mention", ["Positive", "Ordered", "Eye drops"])
def test_an_ordinary_word_is_not_matched_by_its_root(grounder: Grounder, mention: str) -> None:
    assert grounder.mention(mention) == []


@pytest.mark.parametrize(
    ("name", "score", "method", "meant"),
    [
        ("weakness of muscles", 0.8, "lexical", True),
        ("weakness of muscles", 0.6, "lexical", False),
        ("muscle weaknesses", 0.8, "lexical", False),
        ("weakness", 0.6, "exact", True),
    ],
)
def test_an_ordinary_word_means_a_longer_name_only_with_a_high_score(
    name: str, score: float, method: str, meant: bool
) -> None:
    assert _has_word(Match("X:1", "", score, method, "weakness", 0, 8, "present", name), "weakness") is meant


def test_an_abbreviation_can_look_like_an_ordinary_word(grounder: Grounder) -> None:
    assert grounder.mentions(["POSITIVE"])[0] and not grounder.mentions(["positive"])[0]


# A text of a record or of a patient, with the assertion of the mention between < and >.
SAID = {
    ("record", "Any cancer except for <basal cell carcinoma>."): "negated",
    ("record", "Adults except those with <asthma>."): "negated",
    ("record", "No cancer except for <basal cell carcinoma>."): "present",
    ("patient", "Examination was normal except for <ptosis>."): "present",
    ("patient", "Well with the exception of <asthma>."): "present",
    ("patient", "The test is negative for <tuberculosis>."): "negated",
    ("record", "All adults, excluding those with <asthma>."): "negated",
    # Exceptions in the text of a patient, and where they end.
    ("patient", "Had all childhood illnesses except for <measles>."): "negated",
    ("patient", "Any cancer except <basal cell carcinoma>."): "negated",
    ("patient", "Alle kinderziekten behalve <mazelen>."): "negated",
    ("patient", "Lungs were clear except for <wheezing>."): "present",
    ("patient", "No complaints apart from <headache>."): "present",
    ("patient", "Niets bijzonders, afgezien van <hoofdpijn>."): "present",
    ("patient", "Except for <ptosis> the examination was normal."): "present",
    ("patient", "Behalve <koorts> geen klachten."): "present",
    ("patient", "Excluding those with <asthma>, patients had diabetes."): "negated",
    ("patient", "Excluding those with asthma, patients had <diabetes>."): "present",
    ("record", "Excluding those with asthma, patients had <diabetes>."): "present",
    ("record", "Except for those with asthma, 10% of the children had <diabetes>."): "present",
    ("record", "Excluding patients with asthma, <diabetes> was common."): "present",
    ("record", "Excluding patients with asthma, COPD or <diabetes>."): "negated",
    ("record", "Excluding patients with asthma, those that had <stroke>, and smokers."): "negated",
    ("record", "Met uitzondering van astma, hadden alle patiënten <diabetes>."): "present",
    ("record", "Met uitzondering van astma en <diabetes>."): "negated",
    ("patient", "Without tremor, with <scoliosis>."): "present",
    ("patient", "No fever and a <cough>."): "present",
    ("patient", "No fever and <cough>."): "negated",
    ("patient", "Geen borstkanker en een <longontsteking>."): "present",
    ("patient", "No fever, with or without <chills>."): "negated",
    ("patient", "In children without asthma, <stroke> is rare."): "present",
    ("patient", "Children without asthma or <stroke> are well."): "negated",
    ("patient", "(absence of some <teeth>), cataract"): "negated",
    ("patient", "(absence of some teeth), cataract and <deafness>"): "present",
    ("patient", "No (current or past) <fever>."): "negated",
    ("patient", "None of the mutations in the <seizure> gene were found."): "present",
    ("patient", "None of the children in this group had <seizures>."): "negated",
    ("patient", "a positive family history for this disease, <bifid ribs>"): "present",
    ("patient", "a family history of <bifid ribs>"): "family",
    ("patient", "a family history of asthma, <bifid ribs>"): "family",
    ("patient", "with a family history of similar symptoms, <bifid ribs>"): "present",
    ("patient", "Family history was positive, <ataxia> since childhood."): "present",
    ("patient", "Positive family history, <ataxia> and deafness."): "present",
    ("patient", "The mother has the same condition, <ataxia>."): "present",
    ("patient", "Her brother was similarly affected, <ataxia>."): "present",
    ("patient", "Belaste familieanamnese, <ataxie>."): "present",
    ("patient", "Familieanamnese positief voor dezelfde aandoening, <ataxie>."): "present",
    ("patient", "Her brother has asthma, <ataxia>."): "family",
    ("patient", "The ultrasound excluded <septal defects>."): "negated",
    ("patient", "<Focal seizures> have not been seen."): "negated",
    ("patient", "<Absences> have not occurred."): "negated",
    ("patient", "The tear ducts never opened at birth, and one eye is <lazy>."): "present",
    ("patient", "She never had signs of <asthma>."): "negated",
    ("patient", "Score on the Beck <Depression> Inventory: 3."): "hypothetical",
    ("patient", "<Asthma> Control Questionnaire filled in."): "hypothetical",
    ("record", "The <Asthma> Control Questionnaire in children"): "present",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_the_assertion_of_a_mention(text: tuple[str, str], said: str) -> None:
    of, words = text
    start, end = words.index("<"), words.index(">") - 1
    plain = words.replace("<", "").replace(">", "")
    assert assertion(plain, start, end, of == "record") == said

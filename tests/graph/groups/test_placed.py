"""graph: codes without a parent are placed below the concept that their label names."""

from __future__ import annotations

import json

import pytest

from graph.groups.placed import NEVER, _read, _words
from tests.graph.groups.made import BROAD, EXACT, NARROW, STEWARD, XREF, Graph

FAILURE = "congestive heart failure"


def code(label: str, event: str = "condition", patients: int = 10) -> Graph:
    made = Graph().concept("MONDO:1", FAILURE).concept("MONDO:2", "disease").below(("MONDO:1", "MONDO:2"))
    return made.stub("snomedct:1", label).event("snomedct:1", event, patients)


PLACED = {("snomedct:1", "MONDO:1")}


def test_a_code_is_placed_below_the_concept_that_its_label_names() -> None:
    found = code("Chronic congestive heart failure").groups()
    (row,) = found.narrower
    assert found.places == PLACED
    assert row["level"] == "LIKELY" and 0.8 <= row["probability"] < 1
    assert json.loads(row["evidence"]) == {"label": pytest.approx(row["probability"], abs=1e-3)}


def test_a_code_with_an_equal_name_is_joined_and_not_placed() -> None:
    found = code("Congestive heart failure (disorder)").groups()
    assert found.one("snomedct:1", "MONDO:1") and found.narrower == []


@pytest.mark.parametrize("word", sorted(NEVER))
@pytest.mark.parametrize("place", [0, 1])
def test_a_label_with_negation_doubt_or_family_gives_no_place(word: str, place: int) -> None:
    words = ["acute", FAILURE]
    words.insert(place, word)
    assert code(" ".join(words)).groups().narrower == []


@pytest.mark.parametrize(
    "label",
    [
        "Suspected congestive heart failure",
        "FAMILY HISTORY: congestive heart failure",
        "No congestive heart failure",
        "Congestive heart failure ruled out",
        "Congestive heart failure screening",
        "Maternal history of congestive heart failure",
        "Geen congestive heart failure",
        "At-risk congestive heart failure",
    ],
)
def test_a_label_with_negation_in_another_spelling_gives_no_place(label: str) -> None:
    found = code(label).groups()
    assert found.narrower == [] and found.sets() == set()


@pytest.mark.parametrize(
    "event", ["observation", "procedure", "medication", "immunization", "encounter", "specimen", "allergy"]
)
def test_a_test_or_procedure_is_not_placed_below_an_illness(event: str) -> None:
    assert code("Acute congestive heart failure", event).groups().narrower == []


@pytest.mark.parametrize("event", ["condition", "reason"])
def test_the_reason_of_an_encounter_is_placed_like_a_condition(event: str) -> None:
    assert code("Acute congestive heart failure", event).groups().places == PLACED
    assert code(FAILURE, event).groups().one("snomedct:1", "MONDO:1")


def test_a_procedure_or_test_of_a_terminology_is_not_placed_below_an_illness() -> None:
    made = code("Acute congestive heart failure")
    for kind in ("procedure", "test", "situation", "organism"):
        assert made.concept("snomedct:1", "Acute congestive heart failure", kind=kind).groups().narrower == []


def test_an_illness_is_not_placed_below_a_test() -> None:
    made = Graph().concept("loinc:1", FAILURE).stub("snomedct:1", f"Acute {FAILURE}").event("snomedct:1")
    assert made.groups().narrower == []


@pytest.mark.parametrize(("patients", "places"), [(1, set()), (9, set()), (10, PLACED)])
def test_a_label_of_few_patients_gives_no_place(patients: int, places: set[tuple[str, str]]) -> None:
    assert code("Acute congestive heart failure", patients=patients).groups().places == places


def test_a_label_from_a_family_history_gives_no_place() -> None:
    assert code("Acute congestive heart failure", "family_history", 1).groups().places == set()


def test_a_code_without_patients_is_not_placed() -> None:
    made = code("Acute congestive heart failure")
    made.events.clear()
    assert made.groups().narrower == []


def test_a_code_with_a_broader_concept_is_not_placed() -> None:
    made = code("Acute congestive heart failure").concept("X:1", "elsewhere").mapping("snomedct:1", "X:1", BROAD)
    assert made.groups().places == {("snomedct:1", "X:1")}
    assert code("Acute congestive heart failure").below(("snomedct:1", "MONDO:2")).groups().narrower == []


@pytest.mark.parametrize("predicate", [XREF, "skos:closeMatch", "skos:relatedMatch"])
def test_close_and_related_mappings_do_not_prevent_a_place(predicate: str) -> None:
    made = code("Chronic congestive heart failure").concept("X:1", "elsewhere").mapping("X:1", "snomedct:1", predicate)
    assert made.groups().places == PLACED


def test_the_longest_name_gives_the_place() -> None:
    made = code("Acute congestive heart failure").concept("MONDO:3", "heart failure").concept("MONDO:4", "failure")
    assert made.groups().places == PLACED


@pytest.mark.parametrize("label", ["Acute disease", "Neuropathy due to congestive heart failure", "Acute", "", "?"])
def test_labels_that_end_in_no_name_give_no_place(label: str) -> None:
    assert code(label).groups().narrower == []


def test_a_place_needs_the_least_probability() -> None:
    made = code("Acute congestive heart failure")
    assert made.by(likely=0.95).groups().narrower == []


def test_no_code_is_placed_below_a_deprecated_concept() -> None:
    made = Graph().obsolete("MONDO:1", label=FAILURE).stub("snomedct:1", f"Acute {FAILURE}").event("snomedct:1")
    assert made.groups().narrower == []


def test_codes_are_not_placed_below_each_other() -> None:
    """Each concept has a name that ends in a name of the other concept."""
    made = Graph()
    made.concept("DOID:1", "acute renal colic", synonyms=["spasm of gut"]).event("DOID:1")
    made.concept("MONDO:1", "chronic spasm of gut", synonyms=["renal colic"]).event("MONDO:1")
    assert len(made.groups().places) < 2


@pytest.mark.parametrize("predicate", [EXACT, BROAD, NARROW, "skos:closeMatch"])
@pytest.mark.parametrize("release", [STEWARD, "curated"])
@pytest.mark.parametrize("pair", [("snomedct:1", "MONDO:1"), ("MONDO:1", "snomedct:1")])
def test_a_rejected_mapping_prevents_the_place(predicate: str, release: str, pair: tuple[str, str]) -> None:
    made = code("Chronic congestive heart failure").mapping(*pair, predicate, "rejected", release=release)
    assert made.groups().places == set()


def test_a_mapping_rejected_later_prevents_the_place_too() -> None:
    made = code("Chronic congestive heart failure").mapping("snomedct:1", "MONDO:1")
    assert made.groups().certain("snomedct:1", "MONDO:1")
    assert made.steward("snomedct:1", "MONDO:1").groups().places == set()


def test_rejecting_one_member_prevents_a_place_below_the_whole_group() -> None:
    made = code("Chronic congestive heart failure").concept("DOID:1", "cardiac failure").mapping("DOID:1", "MONDO:1")
    assert made.groups().places == PLACED
    assert made.steward("snomedct:1", "DOID:1").groups().places == set()


_BEFORE = (
    "Suspected|Possible|Probable|Likely|Presumed|Query|Previous|Prior|Past|History of|H/O:|FH:|F/H|Hx|R/O|Maternal|"
    "Family history of|Risk of|At risk of|Absence of|No|Denies|Mother with|Verdachte|Verdenking op|Mogelijke|"
    "Vermoedelijke|Waarschijnlijke|Doorgemaakte|Familieanamnese|Familieanamnese met|Familiaire|Risicofactor|"
    "Verhoogd risico|Zonder|Niet|Geen|Afwezigheid|Afwezigheid van|Vroegere|Moeder met|Screening op|"
    "Preventie van"
)


@pytest.mark.parametrize("before", _BEFORE.split("|"))
@pytest.mark.parametrize("label", [FAILURE, "acute " + FAILURE])
def test_words_for_doubt_family_and_the_past_in_both_languages(before: str, label: str) -> None:
    assert [*_read(_words(f"{before} {label}"), {FAILURE: 1})] == []


def test_a_code_that_only_trials_use_is_placed() -> None:
    made = Graph().concept("MONDO:1", FAILURE).concept("MONDO:2", "disease").below(("MONDO:1", "MONDO:2"))
    made.stub("local:1", "Chronic congestive heart failure").coded("local:1")
    assert made.groups().places == {("local:1", "MONDO:1")}
    made.codings.clear()
    assert made.coded("local:1", "intervention_browse").groups().places == set()


def test_a_code_with_children_but_no_parent_is_placed() -> None:
    made = code("Acute congestive heart failure").concept("snomedct:2", "Acute pump failure")
    assert made.below(("snomedct:2", "snomedct:1")).groups().places == PLACED


def test_a_code_is_not_placed_below_its_own_descendant() -> None:
    made = code("Acute congestive heart failure").concept("snomedct:2", "Pump failure")
    made.below(("snomedct:2", "snomedct:1")).mapping("MONDO:1", "snomedct:2")
    assert made.groups().places == set()


def test_a_place_that_is_not_probable_enough_is_doubtful() -> None:
    made = code("Congestive heart failure with swollen ankles").by(likely=0.7)
    found = made.groups()
    assert found.places == set() and found.doubtful == {("snomedct:1", "MONDO:1")}
    assert made.by(likely=0.55).groups().places == PLACED

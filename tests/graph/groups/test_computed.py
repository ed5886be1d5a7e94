"""graph: groups from computed evidence: names, cross-references, shared identifiers and candidates."""

from __future__ import annotations

import json

import pytest

from graph.groups.weights import SHIPPED
from tests.graph.groups.made import XREF, Found, Graph, called


def evidence(found: Found, one: str, other: str) -> dict[str, float]:
    said = json.loads(found.joined_by(one, other)["evidence"])
    assert isinstance(said, dict)
    return said


# Names


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Type 2 diabetes", "type 2 diabetes"),
        ("type 2 diabetes mellitus", "Diabetes mellitus type 2 (disorder)"),
        ("fractures of the ankle", "ankle fracture"),
    ],
)
def test_concepts_with_equal_names_are_likely_equal_but_not_certain(one: str, other: str) -> None:
    found = called(("A:1", one), ("B:1", other)).groups()
    assert found.one("A:1", "B:1") and not found.certain("A:1", "B:1")
    row = found.joined_by("A:1", "B:1")
    assert row["level"] == "LIKELY" and 0.8 <= row["probability"] < 1
    assert [*evidence(found, "A:1", "B:1")] == ["names"]


def test_an_exact_synonym_is_a_name() -> None:
    assert Graph().concept("A:1", "x", synonyms=["renal colic"]).concept("B:1", "renal colic").groups().sets()


@pytest.mark.parametrize("kind", ["broad", "narrow", "related", "abbreviation"])
def test_other_synonyms_are_no_evidence(kind: str) -> None:
    made = Graph().concept("A:1", "first").concept("B:1", "renal colic")
    made.names.append(("A:1", "renal colic", kind))
    assert made.groups().sets() == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [("type 1 diabetes", "type 2 diabetes"), ("hepatitis A", "hepatitis B"), ("", ""), ("?", "?")],
)
def test_similar_but_different_names_are_not_joined(one: str, other: str) -> None:
    assert called(("A:1", one), ("B:1", other)).groups().sets() == set()


@pytest.mark.parametrize(("one", "other"), [("of the", "in the"), ("? (disorder)", "! (finding)")])
def test_names_without_a_meaningful_word_are_not_equal(one: str, other: str) -> None:
    assert called(("A:1", one), ("B:1", other)).groups().sets() == set()


def test_a_short_synonym_is_no_evidence() -> None:
    """`MS` is multiple sclerosis, mitral stenosis, morphine sulfate, …"""
    made = Graph().concept("A:1", "multiple sclerosis", synonyms=["MS"])
    assert made.concept("B:1", "mitral stenosis", synonyms=["MS"]).groups().sets() == set()


def test_a_name_of_a_deprecated_concept_is_no_evidence() -> None:
    assert Graph().obsolete("A:1", label="gout").concept("B:1", "gout").groups().sets() == set()


def test_only_names_of_the_concept_itself_are_evidence() -> None:
    """B:1 is mapped to A:1, which has the name of C:1. B:1 lacks this name, and A:1 may not join C:1."""
    made = Graph().concept("A:1", "gout").concept("A:2", "podagra").concept("B:1", "x").concept("C:1", "gout")
    made.mapping("A:1", "B:1").mapping("A:2", "C:1")
    assert not made.groups().one("A:1", "C:1")
    assert not made.groups().one("B:1", "C:1")


# Two live concepts of one terminology


def test_two_live_concepts_of_one_terminology_are_not_joined_by_names() -> None:
    found = called(("A:1", "gout"), ("A:2", "gout"), ("B:1", "gout")).groups()
    assert not found.one("A:1", "A:2")


def test_the_more_probable_of_two_concepts_of_one_terminology_is_joined() -> None:
    found = Graph().concept("A:1", "gout").concept("A:2", "x", synonyms=["gout"]).concept("B:1", "gout").groups()
    assert found.sets() == {frozenset(("A:1", "B:1"))}


def test_two_concepts_of_one_terminology_are_not_joined_through_a_third() -> None:
    found = called(("A:1", "gout"), ("A:2", "podagra")).concept("B:1", "gout", synonyms=["podagra"]).groups()
    assert not found.one("A:1", "A:2")
    assert [why for *_, why in found.conflicts] == ["two of one terminology"]


def test_a_deprecated_concept_does_not_prevent_a_join() -> None:
    made = Graph().obsolete("A:1", "A:2").concept("A:2", "gout").concept("B:1", "gout")
    assert made.groups().one("A:1", "A:2", "B:1")


def test_a_computed_pair_adds_no_third_concept_of_one_terminology() -> None:
    made = (
        called(("A:1", "gout"), ("A:2", "y"), ("A:3", "podagra"), ("B:1", "x"))
        .mapping("A:1", "B:1")
        .mapping("A:2", "B:1")
    )
    assert made.groups().one("A:1", "A:2", "B:1")
    made.concept("B:1", "x", synonyms=["podagra"])
    assert not made.groups().one("A:3", "B:1")


# Identifiers


def test_a_single_cross_reference_joins() -> None:
    made = Graph().concept("A:1", "gout disease").concept("B:1", "gout disorder").mapping("A:1", "B:1", XREF)
    assert evidence(made.groups(), "A:1", "B:1").keys() == {"crossReference"}


def test_concepts_that_share_an_identifier_are_joined() -> None:
    made = Graph().concept("A:1", "gout disease").concept("B:1", "gout disorder").mapping("A:1", "X:1", XREF)
    found = made.mapping("B:1", "X:1", XREF).groups()
    assert found.one("A:1", "B:1", "X:1") and not found.certain("A:1", "B:1")


def test_an_identifier_that_several_concepts_of_a_terminology_have_joins_nothing() -> None:
    made = Graph().stub("icd10:E11").concept("MONDO:1", "first disease")
    for number in range(3):
        made.concept(f"ORPHA:{number}", f"rare disease of kind {number}").mapping(f"ORPHA:{number}", "icd10:E11", XREF)
    assert made.groups().sets() == set()
    made.mapping("MONDO:1", "icd10:E11", XREF)
    assert not any(made.groups().one("MONDO:1", f"ORPHA:{number}") for number in range(3))


def test_types_with_different_numbers_are_not_joined_by_an_identifier() -> None:
    made = Graph().concept("A:1", "type 1 diabetes").concept("B:1", "type 2 diabetes")
    assert not made.mapping("A:1", "X:1", XREF).mapping("B:1", "X:1", XREF).groups().one("A:1", "B:1")


def test_types_with_different_numbers_are_not_joined_whatever_is_below_them() -> None:
    made = Graph().concept("A:1", "type 1 diabetes").concept("B:1", "type 2 diabetes").concept("B:2", "y")
    made.stub("X:1", "other words").below(("B:2", "B:1")).candidate("A:1", "B:1", 0.7)
    made.mapping("A:1", "X:1", XREF).mapping("B:1", "X:1", XREF)
    for number in range(100, 200):
        made.concept(f"A:{number}", f"part {number}").below((f"A:{number}", "A:1"))
    assert not made.groups().one("A:1", "B:1")


@pytest.mark.parametrize("state", ["rejected", "proposed"])
def test_a_cross_reference_that_is_not_accepted_is_no_evidence(state: str) -> None:
    made = Graph().concept("A:1", "first").concept("B:1", "second").mapping("A:1", "B:1", XREF, state)
    assert made.groups().sets() == set()


# Candidates and the combination


def test_a_candidate_joins_if_its_probability_is_high_enough() -> None:
    made = called(("A:1", "first"), ("B:1", "second"))
    assert made.candidate("A:1", "B:1", 0.79).groups().sets() == set()
    found = called(("A:1", "first"), ("B:1", "second")).candidate("B:1", "A:1", 0.81).groups()
    assert found.joined_by("A:1", "B:1")["probability"] == 0.81
    assert evidence(found, "A:1", "B:1") == {"candidate": 0.81}


@pytest.mark.parametrize(
    ("chance", "doubtful"), [(0.49, []), (0.51, [("A:1", "B:1")]), (0.79, [("A:1", "B:1")]), (0.9, [])]
)
def test_a_pair_that_is_not_probable_enough_is_listed_as_doubtful(
    chance: float, doubtful: list[tuple[str, str]]
) -> None:
    found = called(("A:1", "first"), ("B:1", "second")).candidate("A:1", "B:1", chance).groups()
    ends = (found.found.doubtful[end].to_pylist() for end in ("one", "other"))
    assert [(found.ids[one], found.ids[other]) for one, other in zip(*ends, strict=True)] == doubtful


@pytest.mark.parametrize("two", [(0.8, 0.85), (0.85, 0.8)])
def test_the_more_probable_of_two_candidates_for_a_pair_counts(two: tuple[float, float]) -> None:
    made = called(("A:1", "first"), ("B:1", "second")).candidate("A:1", "B:1", two[0]).candidate("B:1", "A:1", two[1])
    assert evidence(made.groups(), "A:1", "B:1") == {"candidate": 0.85}


def test_a_proposal_of_another_release_is_no_candidate() -> None:
    made = called(("A:1", "first"), ("B:1", "second"))
    assert made.mapping("A:1", "B:1", state="proposed", confidence=1.0).groups().sets() == set()


def test_names_and_candidates_count_as_one_kind_of_evidence() -> None:
    made = called(("A:1", "gout"), ("B:1", "gout")).candidate("A:1", "B:1", 0.9)
    alone = made.groups().joined_by("A:1", "B:1")["probability"]
    assert alone == SHIPPED["names"][0]
    made.mapping("A:1", "X:1", XREF).mapping("B:1", "X:1", XREF)
    found = made.groups()
    said = evidence(found, "A:1", "B:1")
    both = 1 - (1 - max(said["names"], said["candidate"])) * (1 - said["sharedIdentifier"])
    assert found.joined_by("A:1", "B:1")["probability"] == pytest.approx(both, abs=1e-4)
    assert both > alone


def test_the_weight_of_evidence_is_learnt_from_stated_mappings() -> None:
    """If most concepts with equal names are stated to be different, a shared name is weaker evidence."""
    made = Graph().concept("A:0", "gout").concept("B:0", "gout")
    for number in range(1, 60):
        made.concept(f"A:{number}", f"name {number}00").concept(f"B:{number}", f"name {number}00")
        made.concept(f"B:{number}9", f"other {number}00").mapping(f"A:{number}", f"B:{number}9")
    assert not made.groups().one("A:0", "B:0")


def test_the_least_probability_can_be_set() -> None:
    made = called(("A:1", "gout"), ("B:1", "gout"))
    assert made.by(likely=0.99).groups().sets() == set()
    assert made.by(likely=0.97).groups().sets() == {frozenset(("A:1", "B:1"))}


# Few patients


def test_a_name_from_fewer_than_ten_patients_is_no_evidence() -> None:
    for patients, joins in ((9, False), (10, True)):
        made = Graph().concept("MONDO:1", "gout").stub("snomedct:1", "gout").event("snomedct:1", patients=patients)
        assert made.groups().one("MONDO:1", "snomedct:1") == joins


def test_a_name_from_a_family_history_is_no_evidence() -> None:
    made = Graph().concept("MONDO:1", "gout").stub("snomedct:1", "gout").event("snomedct:1", "family_history", 1)
    assert made.groups().sets() == set()


@pytest.mark.parametrize(("job", "joins"), [(None, False), ("j", True)])
def test_the_name_of_a_mapped_code_is_evidence_if_the_mapping_set_gave_it(job: str | None, joins: bool) -> None:
    made = Graph().concept("MONDO:1", "gout").stub("snomedct:1", "gout", job=job).event("snomedct:1", patients=1)
    assert made.mapping("snomedct:1", "X:1").groups().one("MONDO:1", "snomedct:1") == joins


def test_a_name_from_a_terminology_is_evidence_for_any_number_of_patients() -> None:
    made = Graph().concept("MONDO:1", "gout").concept("snomedct:1", "gout").event("snomedct:1", patients=1)
    assert made.groups().one("MONDO:1", "snomedct:1")

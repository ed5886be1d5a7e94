"""graph: groups from the statements of terminologies, mapping sets and stewards."""

from __future__ import annotations

import pytest

from tests.graph.groups.made import BROAD, EXACT, NARROW, STEWARD, XREF, Graph


@pytest.mark.parametrize("predicate", [EXACT, "owl:equivalentClass", "owl:sameAs"])
def test_stated_equivalents_are_certain(predicate: str) -> None:
    found = Graph().concept("A:1").concept("B:1").mapping("A:1", "B:1", predicate).groups()
    assert found.certain("A:1", "B:1")
    row = found.joined_by("A:1", "B:1")
    assert (row["probability"], row["level"], row["evidence"]) == (1.0, "CERTAIN", '{"mapping":1.0}')


@pytest.mark.parametrize("predicate", ["skos:closeMatch", "skos:relatedMatch", BROAD, NARROW])
def test_other_mapping_predicates_make_no_group(predicate: str) -> None:
    assert Graph().concept("A:1").concept("B:1").mapping("A:1", "B:1", predicate).groups().sets() == set()


def test_a_proposal_without_confidence_has_no_effect() -> None:
    assert Graph().mapping("A:1", "B:1", state="proposed").groups().sets() == set()


def test_exact_mappings_are_followed_any_number_of_steps() -> None:
    made = Graph().mapping("A:1", "B:1").mapping("C:1", "B:1").mapping("C:1", "D:1")
    assert made.groups().sets("CERTAIN") == {frozenset(("A:1", "B:1", "C:1", "D:1"))}


def test_a_mapping_of_a_concept_to_itself_has_no_effect() -> None:
    made = Graph().concept("A:1").concept("B:1").mapping("A:1", "A:1").mapping("A:1", "A:1", BROAD).groups()
    assert made.sets() == set() and made.forest == []


def test_an_empty_graph_has_no_groups() -> None:
    assert Graph(concepts={"A:1": {"id": "A:1", "label": "", "ontology": "A"}}).groups().forest == []


# Replacement


def test_a_chain_of_replacements_is_followed() -> None:
    made = Graph().obsolete("A:1", "A:2").obsolete("A:2", "A:3").concept("A:3").groups()
    assert made.certain("A:1", "A:2", "A:3")
    assert made.joined_by("A:1", "A:2")["evidence"] == '{"replacedBy":1.0}'


def test_several_concepts_can_be_replaced_by_one() -> None:
    assert Graph().obsolete("A:1", "A:3").obsolete("A:2", "A:3").concept("A:3").groups().certain("A:1", "A:2", "A:3")


def test_a_live_concept_is_not_replaced() -> None:
    assert Graph().concept("A:1", replaced_by="A:2").concept("A:2").groups().sets() == set()


@pytest.mark.parametrize("target", [None, "", "A:1", "A:9", "nothing"])
def test_a_replacement_by_itself_or_by_an_unknown_concept_joins_nothing(target: str | None) -> None:
    assert Graph().obsolete("A:1", target).concept("A:2").groups().sets() == set()


def test_a_loop_of_replacements_is_one_group() -> None:
    made = Graph().obsolete("A:1", "A:2").obsolete("A:2", "A:3").obsolete("A:3", "A:1").groups()
    assert made.certain("A:1", "A:2", "A:3") and len(made.forest) == 2


def test_a_replaced_concept_is_joined_with_mappings_of_its_replacement() -> None:
    assert Graph().obsolete("A:1", "A:2").concept("A:2").mapping("A:2", "B:1").groups().certain("A:1", "B:1")


# Broad and narrow mappings


def test_broad_and_narrow_mappings_are_narrower_pairs() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD).mapping("A:1", "C:1", NARROW).groups()
    assert made.places == {("A:1", "B:1"), ("C:1", "A:1")}
    assert {(row["probability"], row["level"], row["evidence"]) for row in made.narrower} == {
        (1.0, "CERTAIN", '{"mapping":1.0}')
    }


def omop(one: str = "Gout", other: str = "Gout") -> Graph:
    return Graph().concept("icd10:M10", one).concept("snomedct:1", other).mapping("icd10:M10", "snomedct:1", BROAD)


def test_a_one_to_one_broader_match_with_an_equal_name_joins() -> None:
    assert omop().groups().certain("icd10:M10", "snomedct:1")
    assert omop().groups().conflicts == set() and omop().groups().narrower == []
    assert omop("Gouts", "Gout (disorder)").groups().certain("icd10:M10", "snomedct:1")


def test_a_broader_match_with_another_name_stays_broader() -> None:
    assert not omop("Gout, unspecified").groups().certain("icd10:M10", "snomedct:1")
    assert not omop("", "").groups().certain("icd10:M10", "snomedct:1")


@pytest.mark.parametrize("further", [("icd10:M11", "snomedct:1"), ("icd10:M10", "snomedct:2")])
def test_a_broader_match_that_is_not_one_to_one_stays_broader(further: tuple[str, str]) -> None:
    assert not omop().mapping(*further, BROAD).groups().certain("icd10:M10", "snomedct:1")


def test_a_one_to_one_broader_match_can_be_in_two_releases() -> None:
    made = omop().mapping("icd10:M10", "snomedct:1", BROAD, release="other").groups()
    assert made.certain("icd10:M10", "snomedct:1")


def test_a_one_to_one_broader_match_that_a_steward_rejects_stays_broader() -> None:
    made = omop().obsolete("snomedct:9", "snomedct:1").steward("icd10:M10", "snomedct:9").groups()
    assert not made.one("icd10:M10", "snomedct:1") and ("icd10:M10", "snomedct:1") in made.places


# Two concepts of one terminology


def two_objects() -> Graph:
    return Graph().concept("MONDO:1").concept("S:1").concept("S:2").mapping("MONDO:1", "S:1").mapping("MONDO:1", "S:2")


def test_curated_mappings_to_two_concepts_of_one_terminology_join_both() -> None:
    assert two_objects().groups().certain("MONDO:1", "S:1", "S:2")


def test_curated_mappings_to_two_concepts_of_one_terminology_are_a_conflict() -> None:
    assert any("S:1" in row[:2] and "S:2" in row[:2] for row in two_objects().groups().conflicts)


# Rejections


@pytest.mark.parametrize("pair", [("A:1", "B:1"), ("B:1", "A:1")])
def test_a_pair_rejected_by_a_steward_is_not_joined_in_either_direction(pair: tuple[str, str]) -> None:
    made = Graph().mapping("A:1", "B:1").steward(*pair).groups()
    assert made.sets() == set()
    assert ("A:1", "B:1", "accepted and rejected") in made.conflicts


def test_a_pair_that_stewards_accept_and_reject_is_rejected() -> None:
    made = Graph().steward("A:1", "B:1", "accepted").steward("A:1", "B:1", "rejected").groups()
    assert made.sets() == set()


def test_a_pair_rejected_by_a_steward_is_not_joined_by_any_path() -> None:
    made = Graph().mapping("A:1", "X:1").mapping("X:1", "Y:1").mapping("Y:1", "B:1").steward("B:1", "A:1").groups()
    assert not made.one("A:1", "B:1")
    assert [why for *_, why in made.conflicts] == ["rejected"]


def test_a_pair_rejected_by_a_steward_is_not_joined_as_groups_grow() -> None:
    """A:1 joins a larger group before B:1 could."""
    made = Graph().steward("C:1", "D:1", "accepted").mapping("A:1", "C:1").mapping("B:1", "C:1").steward("A:1", "B:1")
    assert made.groups().sets() == {frozenset(("A:1", "C:1", "D:1"))}


def test_a_pair_rejected_by_a_steward_is_not_joined_by_a_replacement() -> None:
    made = Graph().obsolete("A:1", "A:2").concept("A:2").mapping("A:2", "B:1").steward("A:1", "B:1").groups()
    assert not made.one("A:1", "B:1")


def test_a_pair_rejected_by_a_steward_is_not_joined_by_names() -> None:
    made = Graph().concept("A:1", "gout").concept("B:1", "gout").concept("C:1", "gout").steward("A:1", "B:1").groups()
    assert not made.one("A:1", "B:1")
    assert len(made.sets()) == 1


def test_an_identifier_that_a_steward_rejects_is_no_evidence() -> None:
    """A is not X, so a shared X is no evidence that A and B are the same."""
    made = Graph().concept("A:1", "gout disease").concept("B:1", "gout disorder").stub("X:1")
    made.mapping("B:1", "X:1", XREF).mapping("A:1", "X:1", EXACT)
    assert made.groups().one("A:1", "B:1")
    assert not made.steward("A:1", "X:1").groups().one("A:1", "B:1")


def test_a_curated_rejection_counts_before_computed_evidence() -> None:
    made = Graph().concept("A:1", "gout").concept("B:1", "gout")
    assert made.groups().one("A:1", "B:1")
    assert not made.mapping("B:1", "A:1", state="rejected").groups().one("A:1", "B:1")


def test_a_steward_counts_before_a_curated_rejection() -> None:
    made = Graph().mapping("A:1", "B:1", state="rejected").steward("A:1", "B:1", "accepted").groups()
    assert made.certain("A:1", "B:1")
    assert made.joined_by("A:1", "B:1")["evidence"] == '{"steward":1.0}'
    assert made.conflicts == set()


def test_a_curated_rejection_of_a_curated_mapping_prevents_the_join() -> None:
    made = Graph().mapping("A:1", "B:1").mapping("A:1", "B:1", state="rejected", release="other").groups()
    assert made.sets() == set() and ("A:1", "B:1", "accepted and rejected") in made.conflicts


def test_a_curated_rejection_that_other_mappings_contradict_is_listed() -> None:
    made = Graph().mapping("A:1", "X:1").mapping("X:1", "B:1").mapping("A:1", "B:1", state="rejected").groups()
    assert made.certain("A:1", "B:1")
    assert ("A:1", "B:1", "rejected, but joined by other statements") in made.conflicts


def test_a_steward_can_reject_a_broader_match_and_accept_an_exact_match() -> None:
    made = Graph().steward("A:1", "B:1", "rejected", BROAD).steward("A:1", "B:1", "accepted").groups()
    assert made.certain("A:1", "B:1")


def test_a_broader_match_that_a_steward_rejects_has_no_effect() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD).steward("A:1", "B:1", "rejected", BROAD)
    assert made.groups().places == set()


# Stewards


def test_a_listed_steward_counts_before_a_mapping_set() -> None:
    made = (
        Graph().mapping("A:1", "B:1", state="rejected", release="x").mapping("A:1", "B:1", reviewer="orcid:1|orcid:2")
    )
    assert made.groups().sets() == set()
    assert made.by(stewards=frozenset(("orcid:2",))).groups().certain("A:1", "B:1")
    assert made.by(stewards=frozenset(("orcid:22", "orcid:"))).groups().sets() == set()


def test_a_pair_rejected_by_a_listed_steward_is_not_joined_by_any_path() -> None:
    made = Graph().mapping("A:1", "X:1").mapping("X:1", "B:1").mapping("A:1", "B:1", state="rejected", author="orcid:2")
    assert made.groups().one("A:1", "B:1")
    assert not made.by(stewards=frozenset(("orcid:2",))).groups().one("A:1", "B:1")


def test_only_accepted_rows_of_a_review_count() -> None:
    assert Graph().mapping("A:1", "B:1", state="proposed", release=STEWARD).groups().sets() == set()


def test_rejecting_a_narrower_match_rejects_the_inverse_broader_match() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD)
    assert made.steward("B:1", "A:1", "rejected", NARROW).groups().places == set()


def test_rejecting_a_broader_match_does_not_affect_the_other_direction() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD)
    assert made.steward("B:1", "A:1", "rejected", BROAD).groups().places == {("A:1", "B:1")}


def test_a_broader_match_that_a_steward_accepts_counts_before_a_mapping_set() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD, "rejected").steward("A:1", "B:1", "accepted", BROAD)
    assert made.groups().places == {("A:1", "B:1")}


def test_rejecting_an_exact_match_keeps_the_broader_match() -> None:
    made = Graph().mapping("A:1", "B:1", BROAD).steward("A:1", "B:1", "rejected")
    assert made.groups().places == {("A:1", "B:1")}


def test_a_rejected_close_match_prevents_the_join() -> None:
    made = Graph().concept("A:1", "gout").concept("B:1", "gout").steward("A:1", "B:1", "rejected", "skos:closeMatch")
    assert made.groups().sets() == set()


def test_a_code_whose_only_mapping_was_rejected_is_placed_by_its_label() -> None:
    made = Graph().concept("MONDO:1", "heart failure").stub("X:1", "acute heart failure").event("X:1")
    made.mapping("X:1", "DOID:1").steward("X:1", "DOID:1")
    assert made.groups().places == {("X:1", "MONDO:1")}

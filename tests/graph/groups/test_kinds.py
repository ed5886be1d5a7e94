"""graph: the kinds of concepts, and which kinds may be in one group."""

from __future__ import annotations

import pytest

from tests.graph.groups.made import Graph, called


@pytest.mark.parametrize("other", ["organism", "procedure", "test", "drug", "anatomy", "gene", "device", "situation"])
def test_different_kinds_are_not_joined_by_computed_evidence(other: str) -> None:
    made = Graph().concept("A:1", "anemia", kind="disease").concept("B:1", "anemia", kind=other)
    found = made.candidate("A:1", "B:1", 1.0).groups()
    assert found.sets() == set()
    assert [why for *_, why in found.conflicts] == ["unlike kinds"]


def test_different_kinds_are_not_joined_through_a_concept_of_unknown_kind() -> None:
    made = (
        Graph().concept("A:1", "anemia", kind="disease").concept("B:1", "anemia").concept("C:1", "anemia", kind="drug")
    )
    found = made.groups()
    assert len(found.sets()) == 1 and not found.one("A:1", "C:1")


def test_different_kinds_are_not_joined_if_the_concept_of_unknown_kind_is_first() -> None:
    made = Graph().concept("A:1", "anemia").concept("B:1", "anemia", kind="disease")
    found = made.concept("C:1", "anemia", kind="drug").groups()
    assert found.sets() == {frozenset(("A:1", "B:1"))}


def test_different_kinds_are_not_joined_through_stated_groups() -> None:
    made = Graph().concept("A:1", "x", kind="disease").concept("B:1", "anemia")
    made.concept("C:1", "anemia", kind="organism").mapping("A:1", "B:1")
    assert not made.groups().one("A:1", "C:1")


@pytest.mark.parametrize(
    ("one", "other"), [("MONDO:1", "NCBITaxon:1"), ("HP:1", "loinc:1"), ("DOID:1", "rxnorm:1"), ("UBERON:1", "MAXO:1")]
)
def test_a_terminology_can_decide_the_kind(one: str, other: str) -> None:
    assert called((one, "mustard"), (other, "mustard")).groups().sets() == set()


@pytest.mark.parametrize(("event", "joins"), [("condition", True), ("observation", False), ("procedure", False)])
def test_events_decide_the_kind_of_a_code(event: str, joins: bool) -> None:
    made = Graph().concept("MONDO:1", "anemia").stub("snomedct:1", "anemia").event("snomedct:1", event)
    assert made.groups().one("MONDO:1", "snomedct:1") == joins


def test_a_stated_mapping_can_join_different_kinds() -> None:
    made = Graph().concept("A:1", "x", kind="disease").concept("B:1", "y", kind="drug").mapping("A:1", "B:1")
    assert made.groups().certain("A:1", "B:1")


def seizure() -> Graph:
    return called(("MONDO:1", "seizure"), ("HP:1", "seizure"))


def test_a_disease_and_a_phenotype_with_one_name_are_likely_equal() -> None:
    found = seizure().groups()
    assert found.one("MONDO:1", "HP:1") and not found.certain("MONDO:1", "HP:1")


def test_a_site_can_keep_diseases_and_phenotypes_apart() -> None:
    assert seizure().by(phenotypes=False).groups().sets() == set()


def test_diseases_and_phenotypes_kept_apart_are_not_joined_through_a_finding() -> None:
    made = seizure().concept("snomedct:1", "seizure", kind="finding").by(phenotypes=False)
    found = made.groups()
    assert len(found.sets()) == 1 and not found.one("MONDO:1", "HP:1")


def test_diseases_and_phenotypes_kept_apart_are_joined_by_a_stated_mapping() -> None:
    assert seizure().mapping("MONDO:1", "HP:1").by(phenotypes=False).groups().certain("MONDO:1", "HP:1")


TOPS = (
    ("Disease, Disorder or Finding", "Organism"),
    ("Phenotypic abnormality", "measurement"),
    ("Anatomic Structure, System, or Substance", "Gene Product"),
)


@pytest.mark.parametrize("tops", TOPS)
def test_the_label_of_a_broader_concept_decides_the_kind(tops: tuple[str, str]) -> None:
    made = called(
        ("NCIT:1", tops[0]), ("NCIT:2", "family"), ("NCIT:3", "mustard"), ("EFO:1", tops[1]), ("EFO:2", "mustard")
    )
    made.below(("NCIT:2", "NCIT:1"), ("NCIT:3", "NCIT:2"))
    assert made.groups().one("NCIT:3", "EFO:2")
    assert not made.below(("EFO:2", "EFO:1")).groups().one("NCIT:3", "EFO:2")


def test_the_nearest_of_two_broader_concepts_decides_the_kind() -> None:
    made = called(("OBI:1", "Quality"), ("OBI:2", "Disease"), ("OBI:3", "anemia"), ("MONDO:1", "anemia"))
    made.below(("OBI:3", "OBI:1"))
    assert not made.groups().one("OBI:3", "MONDO:1")
    made.below(("OBI:2", "OBI:1"), ("OBI:3", "OBI:2"))
    assert made.groups().one("OBI:3", "MONDO:1")


def test_a_stated_kind_counts_before_the_label_of_a_broader_concept() -> None:
    made = called(("A:1", "Organism")).concept("A:2", "anemia", kind="disease").below(("A:2", "A:1"))
    assert made.concept("MONDO:1", "anemia").groups().one("A:2", "MONDO:1")

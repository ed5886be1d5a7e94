"""ontologies: a release is identified by its IRI without the version or date that its file states."""

from __future__ import annotations

import pytest

from ontologies.releases import computed, obo_address, ontology_iri, short_name, unversioned

OBO = "http://purl.obolibrary.org/obo/"
ORDX, ICD = "https://terms.example/ORDX_en", "http://id.who.int/icd/release/"


@pytest.mark.parametrize(
    ("address", "stated", "id"),
    [
        (f"{OBO}mondo.owl", ["releases/2026-08-04/mondo.owl"], f"{OBO}mondo"),
        (f"{OBO}mondo/releases/2026-08-04/mondo.owl", ["2026-08-04"], f"{OBO}mondo"),
        (f"{OBO}mondo/releases/2026-08-04/mondo.owl", [], f"{OBO}mondo"),
        (f"{OBO}mondo/releases/2026-08-04/imports/x_import.owl", [], f"{OBO}mondo/imports/x_import"),
        ("https://purl.obolibrary.org/obo/hp.json", [], f"{OBO}hp"),
        (f"{OBO}maxo/maxo-base.json", ["2024-07-29"], f"{OBO}maxo"),
        (f"{ORDX}_4.5.owl", ["4.5"], ORDX),
        (f"{ORDX}_4.5.owl", ["https://terms.example/4.5/ORDX_en.owl"], ORDX),
        (f"{ORDX}_4.5.owl", [], f"{ORDX}_4.5"),
        (f"{ORDX}_4.5.1.owl", ["4.5"], f"{ORDX}_4.5.1"),
        (f"{ORDX}_14.5.owl", ["4.5"], f"{ORDX}_14.5"),
        ("https://terms.example/v4.5/ordx#", ["v4.5"], "https://terms.example/ordx"),
        ("https://terms.example/releases/20260804/x", ["2026-08-04T10:00:00Z"], "https://terms.example/x"),
        ("https://terms.example/2026-08-04/x.obo", ["04:08:2026 10:00"], "https://terms.example/x"),
        ("https://4.5/x", ["4.5"], "https://4.5/x"),
        (f"{ICD}10/2019", ["2019"], f"{ICD}10"),
        (f"{ICD}11/2024-01/mms", ["2024-01"], f"{ICD}11/mms"),
        ("http://x.example/icd/10", ["10"], "http://x.example/icd/10"),
        ("http://x.example/icd/11", ["11"], "http://x.example/icd/11"),
        ("http://x.example/ICD10", ["ICD10"], "http://x.example/ICD10"),
        ("", ["4.5"], ""),
    ],
)
def test_an_ontology_is_identified_by_its_iri_without_the_version(address: str, stated: list[str], id: str) -> None:
    assert ontology_iri(address, *stated) == id


def test_a_mapping_set_is_identified_by_its_id_without_the_version() -> None:
    assert unversioned(f"{OBO}mondo/x.sssom.tsv") == f"{OBO}mondo/x.sssom.tsv"
    assert unversioned("https://x.example/m/2026-01-01/a.tsv", "2026-01-01") == "https://x.example/m/a.tsv"
    assert unversioned("https://x.example/a_2026-01-01.tsv", "2026-01-01") == "https://x.example/a.tsv"


def test_an_ontology_of_obo_has_an_address_and_a_short_name() -> None:
    assert (obo_address("mondo"), obo_address("http://x/y"), obo_address("")) == (f"{OBO}mondo.owl", "http://x/y", "")
    assert (short_name(f"{OBO}mondo"), short_name("http://x/y.owl")) == ("mondo", "y")


def test_computed_releases_are_recognised() -> None:
    assert computed("candidates") and computed("urn:tricuspid:meanings")
    assert not computed("urn:tricuspid:review:1") and not computed("https://x.example/candidates")

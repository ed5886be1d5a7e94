"""tests of ingest: the ids made from codes, and that codes of unknown systems stay unreadable."""

from __future__ import annotations

import pytest

from ingest.codes import called
from ingest.pseudonym import Identity, Pseudonym

SECRET = b"a secret of a site, for tests"
LOCAL = "https://hospital.example/codes"
OWN = Pseudonym(SECRET, Identity(systems={LOCAL: "local"}))


@pytest.mark.parametrize(
    ("system", "code", "id_"),
    [
        ("http://snomed.info/sct", "44054006", "snomedct:44054006"),
        ("http://loinc.org", "4548-4", "loinc:4548-4"),
        ("http://hl7.org/fhir/sid/icd-10", "E11.65", "icd10:E11.65"),
        ("http://hl7.org/fhir/sid/ndc", "0206-8862-02", "ndc:0206-8862-02"),
        ("http://www.whocc.no/atc", "J07BC02", "atc:J07BC02"),
        ("http://human-phenotype-ontology.org", "HP:0001250", "HP:0001250"),
        ("urn:oid:2.16.840.1.113883.2.4.4.1", "71587", "gstandaard.gpk:71587"),
        ("http://terminology.hl7.org/CodeSystem/v2-0487", "RANDU", "hl7.v2-0487:RANDU"),
        (f"{LOCAL}/", "HF01", "local:HF01"),
        (f"{LOCAL}|2026", "HF01", "local:HF01"),
    ],
)
def test_a_valid_code_of_a_known_or_declared_system_is_readable(system: str, code: str, id_: str) -> None:
    assert called(system, code, OWN) == id_


@pytest.mark.parametrize(
    ("system", "code"),
    [
        ("http://snomed.info/sct", "Jansen"),
        ("http://snomed.info/sct", "Jansen1962"),
        ("http://snomed.info/sct", "123456782"),
        ("http://snomed.info/sct", "0610001346"),
        ("http://loinc.org", "Jansen-1"),
        ("http://hl7.org/fhir/sid/icd-10", "jansen"),
        ("http://www.nlm.nih.gov/research/umls/rxnorm", "0612345678"),
        ("http://hl7.org/fhir/sid/ndc", "0612345678"),
        ("http://hl7.org/fhir/sid/jansen", "1"),
        ("http://terminology.hl7.org/CodeSystem/Jansen", "1"),
        ("http://terminology.hl7.org/CodeSystem/v2-0487", "Piet Jansen"),
        ("http://purl.obolibrary.org/obo/jansen.owl", "1"),
        ("jansen", "1"),
        ("urn:oid:1.2.3.4.5.123456782", "1"),
        ("https://jansen.example/codes", "HF01"),
        (LOCAL, "Piet Jansen"),
        (LOCAL, "jansen1"),
        (LOCAL, "123456782"),
        (LOCAL, "jdv-19800312"),
        (LOCAL, "12031980"),
        (LOCAL, "a1@example.org"),
    ],
)
def test_any_other_code_is_opaque(system: str, code: str) -> None:
    prefix, _, key = called(system, code, OWN).partition(":")
    assert prefix == "opaque" and len(key) == 16 and int(key, 16) >= 0
    assert called(system, code, OWN) == f"opaque:{key}"
    assert called(system, code, Pseudonym(b"another secret of a site")) != f"opaque:{key}"


def test_equal_codes_of_two_systems_have_two_ids() -> None:
    assert called("https://a.example", "1", OWN) != called("https://b.example", "1", OWN)
    assert called("https://a.example", "1", OWN) == called("https://a.example/|3", " 1", OWN)


def test_a_snomed_code_that_resembles_a_citizen_number_is_readable() -> None:
    """The code has SNOMED CT's check digit, and also passes the eleven test of citizen service numbers."""
    assert called("http://snomed.info/sct", "271825005", OWN) == "snomedct:271825005"

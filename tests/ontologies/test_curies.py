"""ontologies' tests: one spelling for every identifier."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontologies.curies import aliases, curie, curie_of, iris, ontology, registered, speller
from ontologies.registry import made, registry
from ontologies.systems import IRIS, NAMES, OIDS, SYSTEMS

SPELLINGS = {
    "MONDO:0005148": "MONDO:0005148",
    "mondo:0005148": "MONDO:0005148",
    "http://purl.obolibrary.org/obo/MONDO_0005148": "MONDO:0005148",
    "http://purl.obolibrary.org/obo/NCIT_C2991": "NCIT:C2991",
    "http://purl.obolibrary.org/obo/APOLLO_SV_0000012": "APOLLO_SV:0000012",
    "http://purl.obolibrary.org/obo/doid#has_symptom": "obo:doid#has_symptom",
    "HP:0001250": "HP:0001250",
    "HPO:0001250": "HP:0001250",
    "DOID:9351": "DOID:9351",
    "Orphanet:377788": "ORPHA:377788",
    "ORPHA:377788": "ORPHA:377788",
    "http://www.orpha.net/ORDO/Orphanet_377788": "ORPHA:377788",
    "NCI:C2991": "NCIT:C2991",
    "NCIt:C2991": "NCIT:C2991",
    "SCTID:44054006": "snomedct:44054006",
    "SNOMEDCT_US_2016_03_01:44054006": "snomedct:44054006",
    "SNOMEDCT_US_2099_03_01:44054006": "snomedct:44054006",
    "http://snomed.info/id/44054006": "snomedct:44054006",
    "http://snomed.info/sct/44054006": "snomedct:44054006",
    "MESH:D003924": "mesh:D003924",
    "MSH:D003924": "mesh:D003924",
    "ICD10:E11": "icd10:E11",
    "ICD10WHO:E11": "icd10:E11",
    "ICD10CM:E11": "icd10cm:E11",
    "ICD9:250": "icd9:250",
    "icd11.foundation:426429380": "icd11:426429380",
    "OMIM:125853": "omim:125853",
    "MIM:125853": "omim:125853",
    "OMIM:PS125853": "omim.ps:125853",
    "OMIMPS:125853": "omim.ps:125853",
    "omim.ps:PS125853": "omim.ps:125853",
    "https://omim.org/phenotypicSeries/PS125853": "omim.ps:125853",
    "UMLS_CUI:C0011860": "umls:C0011860",
    "UMLS:C0011860": "umls:C0011860",
    "MEDGEN:4347": "medgen:4347",
    "MedDRA:10012601": "meddra:10012601",
    "http://www.ebi.ac.uk/efo/EFO_0000400": "EFO:0000400",
    "skos:exactMatch": "skos:exactMatch",
    "http://www.w3.org/2004/02/skos/core#exactMatch": "skos:exactMatch",
    "oboInOwl:hasDbXref": "oboInOwl:hasDbXref",
    "BFO:0000050": "BFO:0000050",
    "house:7": "house:7",
    "https://example.org/house/7": "https://example.org/house/7",
    "part_of": "part_of",
    "house:a b\n": "house:a%20b%0A",
}

SYSTEM_PREFIXES = {
    "http://snomed.info/sct": "snomedct",
    "http://snomed.info/sct|http://snomed.info/sct/11000146104": "snomedct",
    "http://snomed.info/sct/11000146104": "snomedct",
    "http://loinc.org": "loinc",
    "http://loinc.org/": "loinc",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-nl": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10cm",
    "http://hl7.org/fhir/sid/icd-9-cm": "icd9cm",
    "http://hl7.org/fhir/sid/icpc-1-nl": "icpc1.nl",
    "http://hl7.org/fhir/sid/cvx": "cvx",
    "http://hl7.org/fhir/sid/ndc": "ndc",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "http://www.whocc.no/atc": "atc",
    "http://unitsofmeasure.org": "ucum",
    "http://purl.obolibrary.org/obo/hp.owl": "HP",
    "http://human-phenotype-ontology.org": "HP",
    "http://www.orpha.net": "ORPHA",
    "urn:oid:2.16.840.1.113883.6.96": "snomedct",
    "2.16.840.1.113883.6.96": "snomedct",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
    "urn:oid:2.16.840.1.113883.6.3.2": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10cm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
    "urn:oid:2.16.840.1.113883.6.8": "ucum",
    "urn:oid:2.16.840.1.113883.12.292": "cvx",
    "urn:oid:2.16.840.1.113883.2.4.3.120.5.1": "dhd.diagnose",
    "urn:oid:2.16.840.1.113883.2.4.4.1": "gstandaard.gpk",
    "urn:oid:2.16.840.1.113883.2.4.4.7": "gstandaard.hpk",
    "urn:oid:2.16.840.1.113883.2.4.4.8": "gstandaard.zi",
    "urn:oid:2.16.840.1.113883.2.4.4.10": "gstandaard.prk",
    "urn:oid:2.16.840.1.113883.2.4.4.30.45": "nhg.45",
    "urn:oid:2.16.840.1.113883.2.4.4.31.1": "icpc1.nl",
    "urn:oid:1.2.3.4": "oid.1.2.3.4",
    "http://terminology.hl7.org/CodeSystem/v3-ActCode": "hl7.v3-ActCode",
    "http://terminology.hl7.org/CodeSystem/v2-0360|2.7": "hl7.v2-0360",
    "SNOMED": "snomedct",
    "ICD10CM": "icd10cm",
    "ICD9Proc": "icd9cm",
    "RxNorm": "rxnorm",
    "RxNorm Extension": "RxNorm-Extension",
    "LOINC": "loinc",
    "ATC": "atc",
    "UCUM": "ucum",
    "CVX": "cvx",
    "CPT4": "cpt",
    "Visit": "Visit",
    "Gender": "Gender",
}


@pytest.mark.parametrize(("spelled", "expected"), SPELLINGS.items())
def test_an_identifier_has_one_spelling(spelled: str, expected: str) -> None:
    assert curie(spelled) == expected
    assert curie(expected) == expected


@pytest.mark.parametrize(("system", "prefix"), SYSTEM_PREFIXES.items())
def test_a_code_system_has_one_prefix(system: str, prefix: str) -> None:
    assert curie_of(system, "A1") == f"{prefix}:A1"


def test_a_code_can_repeat_its_prefix() -> None:
    assert curie_of("http://purl.obolibrary.org/obo/hp.owl", "HP:0001250") == "HP:0001250"
    assert curie_of("http://snomed.info/sct", "SCTID:44054006") == "snomedct:44054006"
    assert curie_of("http://loinc.org", "LA:1") == "loinc:LA:1"


@pytest.mark.parametrize(("system", "code"), [(None, "1"), ("", "1"), (" ", "1"), ("a", None), ("a", ""), ("a", " ")])
def test_a_missing_system_or_code_gives_no_curie(system: str | None, code: str | None) -> None:
    assert curie_of(system, code) is None


def test_two_unknown_systems_never_share_a_prefix() -> None:
    one, two = curie_of("https://a.example/local", "1"), curie_of("https://b.example/local", "1")
    assert one and two and one != two
    assert one.startswith("local.") and two.startswith("local.")


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_curie_has_no_white_space_or_control_characters(system: str, code: str) -> None:
    found = curie_of(system, code)
    assert (found is None) == (not system.strip() or not code.strip())
    if found:
        assert " " not in found and found.isprintable() and not found.startswith(":")
        assert found == curie_of(system, code)


@given(st.text())
def test_a_curie_is_its_own_canonical_form(text: str) -> None:
    once = curie(text)
    assert once.isprintable() and curie(once) == once


def test_prefixes_declared_in_a_file_are_used_for_unknown_prefixes() -> None:
    spell = speller(
        {"mine": "http://snomed.info/id/", "house": "https://example.org/h/", "MONDO": "https://wrong.org/"}
    )
    assert spell("mine:44054006") == "snomedct:44054006"
    assert spell("house:7") == "house:7"
    assert spell("MONDO:1") == "MONDO:1"
    assert spell("NCIt:C1") == "NCIT:C1"


def test_aliases_map_every_known_name_to_its_prefix() -> None:
    found = aliases(["snomedct", "icd10", "icd10cm", "MONDO", "gstandaard.prk", "house"])
    wanted = {"sctid": "snomedct", "snomed": "snomedct", "snomedct": "snomedct", "icd10": "icd10", "icd10cm": "icd10cm"}
    wanted |= {"mondo": "MONDO", "prk": "gstandaard.prk", "house": "house", "icd10who": "icd10"}
    assert {alias: found.get(alias) for alias in wanted} == wanted


def test_a_prefix_map_has_every_prefix_and_is_read_back_unchanged() -> None:
    asked = ["MONDO", "snomedct", "omim.ps", "semapv", "orcid", "gstandaard.gpk", "icpc1.nl", "oid.2.16.840", "a b/ü"]
    found = iris(asked)
    assert found["snomedct"] == "http://snomed.info/id/"
    assert found["gstandaard.gpk"] == "https://tricuspid.invalid/gstandaard.gpk/"
    assert len({*found.values()}) == len(asked)
    spell = speller(found)
    for prefix in asked[:-1]:
        assert spell(f"{prefix}:123") == curie(f"{prefix}:123") == f"{prefix}:123"


def test_the_tables_contain_only_canonical_prefixes() -> None:
    for prefix in {*NAMES.values(), *SYSTEMS.values(), *OIDS.values(), *IRIS.values()}:
        assert registered(prefix) in (prefix, None)


def test_the_table_has_only_names_that_the_registry_lacks() -> None:
    import bioregistry

    known = {name: bioregistry.normalize_prefix(name) for name in NAMES}
    assert {name: prefix for name, prefix in known.items() if prefix} == {}


def test_the_table_equals_the_bioregistry() -> None:
    # If this fails after an update of the Bioregistry, run: python -m ontologies.registry
    assert made() == registry()


def test_the_bioregistry_itself_is_not_imported() -> None:
    program = "import sys; from ontologies.curies import aliases, curie; curie('http://www.ebi.ac.uk/efo/EFO_1')"
    program += "; print(len(aliases(['mesh'])) > 5, 'bioregistry' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


@pytest.mark.parametrize(
    ("identifier", "prefix"),
    [
        ("MONDO:1", "MONDO"),
        ("snomedct:1", "snomedct"),
        ("omim.ps:1", "omim.ps"),
        ("nothing", ""),
        ("https://example.org/care/12", curie_of("https://example.org/care", "12")),
        ("https://example.org/care#12", curie_of("https://example.org/care", "12")),
        ("urn:example:care:12", curie_of("urn:example:care", "12")),
        ("http://www.orpha.net/ORDO/ObsoleteClass", curie_of("http://www.orpha.net/ORDO", "1")),
        ("http://loinc.org/rdf/x", curie_of("http://loinc.org/rdf", "x")),
    ],
)
def test_the_ontology_of_an_iri_is_not_its_scheme(identifier: str, prefix: str) -> None:
    """An unknown IRI has the same ontology as a code whose system is the namespace of the IRI."""
    assert ontology(identifier) == prefix.partition(":")[0]


@pytest.mark.parametrize("identifier", ["https://example.org", "http://x", "https:///", "urn:", "urn:a", "ftp://h/"])
def test_the_ontology_of_an_unusual_iri_is_not_its_scheme(identifier: str) -> None:
    assert ontology(identifier).partition(".")[0] not in ("http", "https", "urn", "ftp", "")

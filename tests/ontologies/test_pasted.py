"""ontologies' tests: the forms of identifiers that people paste."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontologies.curies import aliases
from ontologies.pasted import LONGEST, spellings

PREFIXES = aliases(["MONDO", "HP", "DOID", "snomedct", "icd10", "icd10cm", "ORPHA", "mesh", "ucum", "house", "House"])
TRIAL, ARTICLE, DOI = "clinicaltrials:NCT04000165", "pubmed:18539917", "doi:10.1056/nejmoa0802743"
SICI = "doi:10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"

FORMS = {
    "DOID_0000010": "DOID:0000010",
    "doid:0000010": "DOID:0000010",
    "MONDO: 0005148": "MONDO:0005148",
    "mondo_0005148": "MONDO:0005148",
    "MONDO:MONDO:0005148": "MONDO:0005148",
    "obo:MONDO_0005148": "MONDO:0005148",
    " \tMONDO:0005148\r\n": "MONDO:0005148",
    "\ufeffMONDO:0005148\u200b": "MONDO:0005148",
    "\u00a0<MONDO:0005148>\u00a0": "MONDO:0005148",
    "http://purl.obolibrary.org/obo/MONDO_0005148": "MONDO:0005148",
    "<http://purl.obolibrary.org/obo/MONDO_0005148>": "MONDO:0005148",
    "HTTPS://PURL.OBOLIBRARY.ORG/obo/MONDO_0005148": "MONDO:0005148",
    "https://identifiers.org/mondo:0005148": "MONDO:0005148",
    "https://identifiers.org/MONDO:0005148": "MONDO:0005148",
    "http://identifiers.org/mondo/MONDO:0005148/": "MONDO:0005148",
    "https://bioregistry.io/mondo:0005148": "MONDO:0005148",
    "HPO:0003074": "HP:0003074",
    "SNOMEDCT:44054006": "snomedct:44054006",
    "SCTID: 44054006": "snomedct:44054006",
    "http://snomed.info/id/44054006": "snomedct:44054006",
    "https://snomed.info/id/44054006/": "snomedct:44054006",
    "http://snomed.info/sct|44054006": "snomedct:44054006",
    "urn:oid:2.16.840.1.113883.6.96|44054006": "snomedct:44054006",
    "ICD10CM:E11.9": "icd10cm:E11.9",
    "icd-10-cm:e11.9": "icd10cm:E11.9",
    "ICD10CM_E11.9": "icd10cm:E11.9",
    "http://hl7.org/fhir/sid/icd-10/E11": "icd10:E11",
    "http://hl7.org/fhir/sid/icd-10|E11": "icd10:E11",
    "ICD-10:e11": "icd10:E11",
    "mesh:d003924": "mesh:D003924",
    "http://id.nlm.nih.gov/mesh/D003924": "mesh:D003924",
    "Orphanet:558": "ORPHA:558",
    "Orphanet_558": "ORPHA:558",
    "http://www.orpha.net/ORDO/Orphanet_558": "ORPHA:558",
    "https://www.orpha.net/en/disease/detail/558": "ORPHA:558",
    "https://www.orpha.net/nl/disease/detail/558?name=x": "ORPHA:558",
    "http://www.orpha.net/consor/cgi-bin/OC_Exp.php?lng=EN&Expert=558": "ORPHA:558",
    "https://www.orpha.net/consor/cgi-bin/OC_Exp.php?Expert=558&lng=NL": "ORPHA:558",
    "OMIM:ps125853": "omim.ps:125853",
    "NCT04000165": TRIAL,
    " nct04000165 ": TRIAL,
    "ClinicalTrials:nct04000165": TRIAL,
    "ClinicalTrials.gov: NCT04000165": TRIAL,
    "https://clinicaltrials.gov/study/NCT04000165": TRIAL,
    "https://www.clinicaltrials.gov/study/NCT04000165?cond=Diabetes#more": TRIAL,
    "https://clinicaltrials.gov/ct2/show/nct04000165/": TRIAL,
    "10.1056/NEJMoa0802743": DOI,
    "doi:10.1056/NEJMoa0802743": DOI,
    "DOI: 10.1056/NEJMoa0802743": DOI,
    "https://doi.org/10.1056/NEJMoa0802743": DOI,
    "HTTP://DX.DOI.ORG/10.1056/nejmoa0802743": DOI,
    "dx.doi.org/10.1056/NEJMoa0802743": DOI,
    "https://doi.org/10.1056%2FNEJMoa0802743": DOI,
    "info:doi/10.1056/NEJMoa0802743": DOI,
    SICI.removeprefix("doi:").upper(): SICI,
    "PMID: 18539917": ARTICLE,
    "pmid18539917": ARTICLE,
    "PubMed:18539917": ARTICLE,
    "https://pubmed.ncbi.nlm.nih.gov/18539917/": ARTICLE,
    "https://pubmed.ncbi.nlm.nih.gov/18539917/?format=pubmed": ARTICLE,
    "https://www.ncbi.nlm.nih.gov/pubmed/18539917": ARTICLE,
    "Course:1001": "course:1001",
    "https://Example.org/Dataset/1": "https://example.org/Dataset/1",
}


@pytest.mark.parametrize(("text", "meant"), FORMS.items())
def test_every_form_gives_the_canonical_id(text: str, meant: str) -> None:
    assert meant in list(spellings(text, PREFIXES))


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("ucum:Mm", "ucum:mm"),
        ("ucum:mm", "ucum:MM"),
        ("house:a1", "house:A1"),
        ("House:1", "house:1"),
        ("house:1", "House:1"),
        ("MONDO:5148", "MONDO:0005148"),
        ("icd10cm:E11.9", "icd10:E11.9"),
        ("E11", "icd10:E11"),
        ("18539917", ARTICLE),
        ("NCT4000165", "clinicaltrials:NCT04000165"),
        ("NCT040001650", "clinicaltrials:NCT04000165"),
        ("NCT\u0660\u0664000165", "clinicaltrials:NCT04000165"),
        ("https://clinicaltrials.gov.example/study/NCT04000165", TRIAL),
        ("https://example.org/MONDO:0005148", "MONDO:0005148"),
        ("https://example.org/?x=https://doi.org/10.1056/nejmoa0802743", DOI),
        ("MONDO:0005148 HP:0003074", "MONDO:0005148"),
        ("type_two", "type:two"),
    ],
)
def test_no_form_gives_the_id_of_another_concept(text: str, other: str) -> None:
    assert other not in list(spellings(text, PREFIXES))


@pytest.mark.parametrize("text", ["MONDO:0005148", "x", "http://a|b", "a b", " ", "", "\0", "\ud800:1"])
def test_the_text_itself_comes_first(text: str) -> None:
    assert next(spellings(text, PREFIXES)) == text


@given(st.text())
def test_any_text_gives_a_few_spellings(text: str) -> None:
    for form in (text, f"MONDO:{text}", f"https://{text}", f"http://purl.obolibrary.org/obo/{text}", f"{text}|{text}"):
        assert 1 <= len(list(spellings(form, PREFIXES))) <= 12


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        ":" * 100_000,
        "MONDO:" * 100_000,
        "https://" + "/" * 1_000_000,
        "<" * 500_000 + ">" * 500_000,
        " " * 1_000_000 + "x",
        "_1" * (LONGEST // 2),
        ":" * LONGEST,
        "https://orpha.net/" + "/disease/detail/?&" * 25,
        "https://www.orpha.net/" + "?&Expert=" * 50,
        "https://identifiers.org/" + ":/" * 200,
        "10.1234" + ".1" * 240,
        "pmid" + " " * 490 + "x",
    ],
)
def test_hostile_texts_are_processed_quickly(text: str) -> None:
    began = time.perf_counter()
    assert len(list(spellings(text, PREFIXES))) <= 12
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize("text", ["|", "|5", "x|", "http://x|", "http://x|5", "<|>", "urn:oid:2.16.840.1.113883.6.96|"])
def test_incomplete_texts_give_no_empty_identifier(text: str) -> None:
    assert "" not in [*spellings(text, PREFIXES)]

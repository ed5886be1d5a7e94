"""End-to-end tests: counts real files without Tricuspid's code for reading, hierarchies and mappings."""

from __future__ import annotations

import bz2
import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import orjson

from tests.cli.demonstration_files import below
from tests.ingest.test_real_care import secrets

_SNOMED = "http://snomed.info/sct"
_CODED_IN = {
    "Condition": ("code",),
    "Encounter": ("type", "reasonCode"),
    "Procedure": ("code",),
    "Observation": ("code",),
    "AllergyIntolerance": ("code",),
    "Immunization": ("vaccineCode",),
    "MedicationRequest": ("medicationCodeableConcept",),
}
_NEVER = {"entered-in-error", "refuted"}
_FHIR = "{http://hl7.org/fhir}"


def bundles(paths: Iterable[Path]) -> Iterator[list[dict[str, Any]]]:
    """Yields the resources of each Synthea file."""
    for path in paths:
        data = path.read_bytes()
        data = bz2.decompress(data) if path.suffix == ".bz2" else data
        yield [entry["resource"] for entry in orjson.loads(data)["entry"]]


def codes_of_patients(paths: Iterable[Path]) -> dict[str, set[str]]:
    """The SNOMED CT codes of each patient's records, by the patient's logical id."""
    found: dict[str, set[str]] = defaultdict(set)
    for resources in bundles(paths):
        patients = [resource["id"] for resource in resources if resource["resourceType"] == "Patient"]
        for resource in resources if patients else []:
            found[patients[0]] |= set(_codes(resource))
    return found


def _codes(resource: dict[str, Any]) -> Iterator[str]:
    if {coding["code"] for coding in resource.get("verificationStatus", {}).get("coding", [])} & _NEVER:
        return
    for field in _CODED_IN.get(resource["resourceType"], ()):
        said = resource.get(field, [])
        for concept in said if isinstance(said, list) else [said]:
            for coding in concept["coding"]:
                if coding["system"] == _SNOMED:
                    yield coding["code"]


def snomed_reach(ontologies: Path, concept: str) -> set[str]:
    """The SNOMED CT codes mapped to a MONDO concept or to a concept below it, and all codes below these codes."""
    own = mondo_below({concept}, ontologies / "mondo-2026-08.obo")
    mapped: set[str] = set()
    for kind in ("exact", "narrow"):
        for line in (ontologies / f"sssom/mondo_{kind}match_sctid.sssom.tsv").read_text().splitlines():
            cells = re.findall(r"(MONDO:\d+|SCTID:\d+)", line)
            if len(cells) == 2 and cells[0] in own:
                mapped.add(cells[1].removeprefix("SCTID:"))
    return below(mapped, _snomed_parents(ontologies / "omop-vocabulary"))


def mondo_below(concepts: Iterable[str], path: Path) -> dict[str, str]:
    """The stanzas of these concepts and of all concepts below, by id."""
    terms, parents = _stanzas(path)
    return {one: terms[one] for one in below(concepts, parents)}


@cache
def _stanzas(path: Path) -> tuple[dict[str, str], dict[str, set[str]]]:
    """All stanzas of an OBO file, and their parents, by id."""
    terms = {}
    for stanza in path.read_text(encoding="utf-8").split("\n[Term]\n")[1:]:
        stanza = stanza.partition("\n[")[0]
        (one,) = re.findall(r"^id: (\S+)", stanza, re.MULTILINE)
        terms[one] = stanza
    return terms, {one: set(re.findall(r"^is_a: (\S+)", stanza, re.MULTILINE)) for one, stanza in terms.items()}


@cache
def _snomed_parents(folder: Path) -> dict[str, set[str]]:
    with (folder / "concept_seed.csv").open(encoding="utf-8", newline="") as file:
        codes = {r["concept_id"]: r["concept_code"] for r in csv.DictReader(file) if r["vocabulary_id"] == "SNOMED"}
    parents: dict[str, set[str]] = defaultdict(set)
    with (folder / "concept_relationship_seed.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            one, two = codes.get(row["concept_id_1"]), codes.get(row["concept_id_2"])
            if row["relationship_id"] == "Is a" and not row["invalid_reason"] and one and two:
                parents[one].add(two)
    return parents


def synthea_secrets(paths: Iterable[Path]) -> set[str]:
    """Names, address lines, telephone numbers, e-mails, identifiers and logical ids of patients and practitioners."""
    found: set[str] = set()
    for resources in bundles(paths):
        secrets([one for one in resources if one["resourceType"] in ("Patient", "Practitioner")], found)
    return found - {""}


def nictiz_secrets(paths: Iterable[Path]) -> set[str]:
    """The same for the Dutch examples, with postal codes and without initials ("J."), which identify nobody."""
    found: set[str] = set()
    for path in paths:
        root = ElementTree.parse(path).getroot()
        for tag in ("family", "given", "line", "postalCode"):
            found |= {element.get("value", "") for element in root.iter(_FHIR + tag)}
        for tag in ("telecom", "identifier"):
            values = (element.find(f"{_FHIR}value") for element in root.iter(_FHIR + tag))
            found |= {value.get("value", "") for value in values if value is not None}
        found |= {element.get("value", "") for element in root.findall(f"{_FHIR}id")}
    return {secret for secret in found if secret and not re.fullmatch(r"([A-Z]\.)+", secret)}

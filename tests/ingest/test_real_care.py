"""ingest: real FHIR files: the counts equal those of an independent reading, and no item has a person's name."""

from __future__ import annotations

import bz2
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import orjson
import pytest

from graph.kinds import Event, Patient
from ingest.fhir.states import MODIFIED
from ingest.records import Item, NotRead, Refused, Seen
from ingest.sources import fhir_json, fhir_xml
from tests.ingest.golden import PSEUDONYM

READ = {
    "Patient": "",
    "Medication": "",
    "Encounter": "encounter",
    "Condition": "condition",
    "AllergyIntolerance": "allergy",
    "Observation": "observation",
    "MedicationRequest": "medication",
    "Procedure": "procedure",
    "Immunization": "immunization",
    "MedicationAdministration": "medication",
    "MedicationDispense": "medication",
    "DiagnosticReport": "observation",
    "CarePlan": "care_plan",
    "Device": "device",
    "DeviceUseStatement": "device",
    "ImagingStudy": "imaging",
}
MEDICATION = ["medicationCodeableConcept"]
CODES = {"Immunization": ["vaccineCode"], "MedicationRequest": MEDICATION, "MedicationAdministration": MEDICATION}
CODES |= {"MedicationDispense": MEDICATION, "Device": ["type"]}
LISTS = {"Encounter": "type", "CarePlan": "category", "ImagingStudy": "procedureCode"}
_FHIR = "{http://hl7.org/fhir}"


class Tally(NamedTuple):
    """Counts over a set of files, by the reader or by `walk`."""

    events: Counter[str]
    resources: Counter[str]
    values: Counter[str]


def tally(items: list[Item]) -> Tally:
    """Counts the reader's items."""
    events = [item for item in items if isinstance(item, Event)]
    seen = Counter(item.what for item in items if isinstance(item, Seen | NotRead))
    values = Counter({"measured": sum(event.value is not None for event in events)})
    values["coded"] = sum(event.answer is not None for event in events)
    return Tally(Counter(event.kind for event in events), seen, values)


def walk(resources: list[dict[str, Any]]) -> Tally:
    """Counts the raw resources, with other code than the reader's."""
    events: Counter[str] = Counter()
    values: Counter[str] = Counter()
    for resource in resources:
        kind = resource["resourceType"]
        parts = [resource, *resource.get("component", [])]
        events["death"] += kind == "Patient" and (
            "deceasedDateTime" in resource or resource.get("deceasedBoolean", False)
        )
        for part in parts if READ.get(kind) else []:
            number = sum(len(concept["coding"]) for concept in _concepts(kind, part))
            reasons = sum(len(concept["coding"]) for concept in part.get("reasonCode", [])) * (kind == "Encounter")
            events[READ[kind]] += number - reasons
            events["reason"] += reasons
            events["visit"] += kind == "Encounter"
            values["measured"] += number * ("valueQuantity" in part or _has_dose(part))
            values["coded"] += number * ("valueCodeableConcept" in part)
    return Tally(events, Counter(resource["resourceType"] for resource in resources), values)


def _has_dose(part: dict[str, Any]) -> bool:
    rates = [rate for one in part.get("dosageInstruction", []) for rate in one.get("doseAndRate", [])]
    return "dose" in part.get("dosage", {}) or any("doseQuantity" in one for one in (part, *rates))


def _concepts(kind: str, part: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if kind in LISTS:
        yield from part[LISTS[kind]] + part.get("reasonCode", []) * (kind == "Encounter")
    elif "medicationReference" in part:
        yield {"coding": [None]}  # every Medication in these files has one coding
    else:
        yield part[CODES.get(kind, ["code"])[0]]


def secrets(resource: Any, found: set[str]) -> set[str]:
    """Names, address lines, telephone numbers, e-mails, identifiers and logical ids of persons, at any depth."""
    if isinstance(resource, list):
        for element in resource:
            secrets(element, found)
    elif isinstance(resource, dict):
        if resource.get("resourceType") in ("Patient", "Practitioner"):
            found.add(resource["id"])
        for name in resource.get("name", []) if isinstance(resource.get("name"), list) else []:
            found.update([name.get("family", ""), *name.get("given", [])])
        for address in resource.get("address", []) if isinstance(resource.get("address"), list) else []:
            found.update(address.get("line", []))
        for field in ("telecom", "identifier"):
            entries = resource.get(field, [])
            found.update(entry.get("value", "") for entry in (entries if isinstance(entries, list) else [entries]))
        for value in resource.values():
            secrets(value, found)
    return found


def said(items: list[Item]) -> set[str]:
    """Every text in any field of any item."""
    return {field for item in items for field in item if isinstance(field, str)}


@pytest.fixture(scope="module")
def synthea(
    shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[list[Item], list[dict[str, Any]], set[str]]:
    """The items of every third bundle, the fields of its raw resources that `walk` needs, and the secrets in it."""
    items: list[Item] = []
    raw: list[dict[str, Any]] = []
    hidden: set[str] = set()
    plain = tmp_path_factory.mktemp("synthea") / "bundle.json"
    for number, path in enumerate(sorted((shared / "care/synthea-fhir-r4").glob("*.bz2"))[::3]):
        data = bz2.decompress(path.read_bytes())
        plain.write_bytes(data)
        # Decompressing takes most of the time, so only a few bundles are decompressed twice.
        items += fhir_json.read(path if number < 5 else plain, PSEUDONYM)
        resources = [entry["resource"] for entry in orjson.loads(data)["entry"]]
        secrets([resource for resource in resources if resource["resourceType"] in ("Patient", "Practitioner")], hidden)
        raw += [{key: resource.get(key) for key in resource if key in _KEPT} for resource in resources]
    return items, raw, hidden


_KEPT = {
    *("resourceType", "component", "type", "reasonCode", "medicationReference", "code", "vaccineCode"),
    *("category", "procedureCode", "dosage", "dosageInstruction", "doseQuantity"),
    *("medicationCodeableConcept", "valueQuantity", "valueCodeableConcept", "deceasedDateTime", "deceasedBoolean"),
}
Synthea = tuple[list[Item], list[dict[str, Any]], set[str]]


def test_synthea_counts_equal_an_independent_walk(synthea: Synthea) -> None:
    items, raw, _ = synthea
    assert len(raw) > 25_000
    persons = sum(resource["resourceType"] == "Patient" for resource in raw)
    assert tally(items) == walk(raw)
    assert not [item for item in items if isinstance(item, Refused)]
    assert len({item.id for item in items if isinstance(item, Patient)}) == persons
    assert len({item.patient for item in items if isinstance(item, Event)}) == persons


def test_synthea_gives_no_identifier(synthea: Synthea) -> None:
    """Even short or common names are searched for, because Synthea's names end in digits."""
    items, _, hidden = synthea
    hidden.discard("")
    assert len(hidden) > 250
    text = "\n".join(said(items))
    assert not [secret for secret in hidden if secret in text]


def test_bulk_data_counts_equal_an_independent_walk(shared: Path) -> None:
    items: list[Item] = []
    raw: list[dict[str, Any]] = []
    hidden: set[str] = set()
    for path in sorted((shared / "care/fhir-bulk-ndjson").glob("[A-Z]*.ndjson")):
        items += fhir_json.read(path, PSEUDONYM)
        raw += [orjson.loads(line) for line in path.read_bytes().splitlines()]
    assert tally(items) == walk(raw)
    assert not [item for item in items if isinstance(item, Refused)]
    persons = [resource for resource in raw if resource["resourceType"] in ("Patient", "Practitioner")]
    text = "\n".join(said(items))
    assert not [secret for secret in secrets(persons, hidden) - {""} if secret in text]


@pytest.fixture(scope="module")
def nictiz(shared: Path) -> dict[Path, list[Item]]:
    paths = sorted((shared / "care/nictiz-zib2020/examples").glob("*.xml"))
    return {path: list(fhir_xml.read(path, PSEUDONYM)) for path in paths}


def test_nictiz_examples_are_all_read(nictiz: dict[Path, list[Item]]) -> None:
    """Eight are rightly refused: seven have no subject, and a treatment directive has a modifier.

    The other treatment directives are Consents that are not about research.
    """
    assert len(nictiz) == 271
    for path, items in nictiz.items():
        root = ElementTree.parse(path).getroot()
        kind = root.tag.removeprefix(_FHIR)
        if refused := [item for item in items if isinstance(item, Refused)]:
            assert refused == [Refused(kind, MODIFIED if kind == "Consent" else "no subject")]
            assert kind == "Consent" or root.find(f"{_FHIR}subject") is None
        elif kind in READ or kind == "Specimen":
            assert items[-1] == Seen(kind)
        else:
            assert items == [NotRead(kind, kind)]
    assert sum(isinstance(item, Refused) for items in nictiz.values() for item in items) == 8


def test_nictiz_codings_all_become_events(nictiz: dict[Path, list[Item]]) -> None:
    for path, items in nictiz.items():
        root = ElementTree.parse(path).getroot()
        kind = root.tag.removeprefix(_FHIR)
        if (
            kind not in ("Observation", "Condition", "Procedure", "Immunization")
            or root.find(f"{_FHIR}subject") is None
        ):
            continue
        field = "vaccineCode" if kind == "Immunization" else "code"
        parts = [root, *root.findall(f"{_FHIR}component")]
        codings = [coding for part in parts for coding in part.findall(f"{_FHIR}{field}/{_FHIR}coding")]
        assert sum(isinstance(item, Event) for item in items) == len(codings), path.name


def test_nictiz_gives_no_identifier(nictiz: dict[Path, list[Item]]) -> None:
    """Searches for names as whole words, because "Wit" is in many words. Initials ("J.") are not searched for."""
    hidden: set[str] = set()
    for path in nictiz:
        root = ElementTree.parse(path).getroot()
        for tag in ("family", "given", "line", "postalCode"):
            hidden.update(element.get("value", "") for element in root.iter(_FHIR + tag))
        for tag in ("telecom", "identifier"):
            values = (element.find(f"{_FHIR}value") for element in root.iter(_FHIR + tag))
            hidden.update(value.get("value", "") for value in values if value is not None)
        hidden.update(element.get("value", "") for element in root.findall(f"{_FHIR}id"))
    hidden = {secret for secret in hidden if secret and not re.fullmatch(r"([A-Z]\.)+", secret)}
    assert len(hidden) > 300
    text = "\n".join(said([item for items in nictiz.values() for item in items]))
    found = {secret for secret in hidden if re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text)}
    assert not found

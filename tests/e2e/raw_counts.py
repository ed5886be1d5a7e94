"""End-to-end tests: counts the records and events in real files, without Tricuspid's code."""

from __future__ import annotations

import bz2
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

_CODES = {
    "Condition": ("condition", ("code",)),
    "AllergyIntolerance": ("allergy", ("code",)),
    "Procedure": ("procedure", ("code",)),
    "Observation": ("observation", ("code",)),
    "Immunization": ("immunization", ("vaccineCode",)),
    "MedicationRequest": ("medication", ("medicationCodeableConcept",)),
    "Encounter": ("encounter", ("type",)),
    "MedicationAdministration": ("medication", ("medicationCodeableConcept",)),
    "MedicationDispense": ("medication", ("medicationCodeableConcept",)),
    "DiagnosticReport": ("observation", ("code",)),
    "CarePlan": ("care_plan", ("category",)),
    "Device": ("device", ("type",)),
    "ImagingStudy": ("imaging", ("procedureCode",)),
}
_NOTHING = {"entered-in-error", "refuted", "cancelled", "planned", "not-done", "draft", "registered", "preparation"}
_UNSURE = ("unconfirmed", "provisional", "differential")
# SNOMED CT codes for: negative, not detected, absent, known absent, no.
_NO = {"260385009", "260415000", "2667000", "410516002", "373067005"}
_DATA = {"Dataset", "Collection"}
_TEXTS = {
    *("Text", "JournalArticle", "Preprint", "DataPaper", "Book", "BookChapter", "ConferencePaper", "Report"),
    *("ConferenceProceeding", "Dissertation", "PeerReview", "OutputManagementPlan"),
}
_DOI = re.compile(r"10\.\d{4,9}/\S+")


class Raw(NamedTuple):
    """The numbers of resources by type and of events by kind and status, and the ids of all other records."""

    resources: Counter[str]
    events: Counter[tuple[str, str | None]]
    records: dict[str, set[str]]


def raw(paths: Iterable[Path]) -> Raw:
    found = Raw(Counter(), Counter(), {kind: set() for kind in ("Study", "Course", "Publication", "Dataset")})
    for path in paths:
        text = _text(path)
        if path.suffix == ".edn":
            found.records["Course"].update(re.findall(r":id\s+(\d+)", text))
        elif path.suffix == ".xml":
            _xml(text, found)
        elif path.suffix == ".ndjson":
            _care([json.loads(line) for line in text.splitlines()], found)
        else:
            _json(json.loads(text), found)
    return found


def _text(path: Path) -> str:
    data = path.read_bytes()
    return (bz2.decompress(data) if path.suffix == ".bz2" else data).decode()


def _json(document: Any, found: Raw) -> None:
    if document.get("resourceType") == "Bundle":
        _care([entry["resource"] for entry in document["entry"]], found)
    else:
        found.records["Study"].update(_studies(document))


def _studies(value: Any) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if key in ("identificationModule", "IdentificationModule"):
            yield from (id for id in (inner.get("nctId"), inner.get("NCTId")) if id)
        else:
            yield from _studies(inner)


def _xml(text: str, found: Raw) -> None:
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return  # only one file is not valid XML: it ends within its only record
    if id := root.findtext("id_info/nct_id"):
        found.records["Study"].add(id)
    for article in root.iter("PubmedArticle"):
        if pmid := article.findtext("MedlineCitation/PMID"):
            found.records["Publication"].add(pmid)
    for work in (one for one in root.iter() if one.tag.endswith("}resource") and "datacite.org/schema" in one.tag):
        doi = _DOI.search(work.findtext("{*}identifier") or "")
        kind = work.find("{*}resourceType")
        general = kind.get("resourceTypeGeneral", "") if kind is not None else ""
        if doi and general in _DATA | _TEXTS:
            found.records["Dataset" if general in _DATA else "Publication"].add(doi[0].lower())


def _care(resources: list[dict[str, Any]], found: Raw) -> None:
    medicines = {
        f"{prefix}{one['id']}": one["code"]
        for one in resources
        if one["resourceType"] == "Medication"
        for prefix in ("urn:uuid:", "Medication/")
    }
    for one in resources:
        found.resources[one["resourceType"]] += 1
        if one["resourceType"] == "Patient" and ("deceasedDateTime" in one or one.get("deceasedBoolean")):
            found.events["death", None] += 1
        if one["resourceType"] in _CODES and not _states(one) & _NOTHING:
            for kind, status, concept in _stated(one, medicines):
                found.events[kind, status] += sum("code" in coding for coding in concept.get("coding", ()))


def _states(one: dict[str, Any]) -> set[str]:
    said = [one.get(name, {}) for name in ("verificationStatus", "clinicalStatus")]
    codes = {coding["code"] for state in said for coding in state.get("coding", ())}
    return codes | ({one["status"]} if "status" in one else set())


def _stated(one: dict[str, Any], medicines: dict[str, Any]) -> Iterator[tuple[str, str | None, dict[str, Any]]]:
    """Yields kind, status and code of each fact."""
    kind, fields = _CODES[one["resourceType"]]
    clinical = [coding["code"] for coding in one.get("clinicalStatus", {}).get("coding", ())]
    status = one["status"] if "status" in one else clinical[0] if clinical else None
    unsure = [code for code in _UNSURE if code in _states(one)]
    status = " ".join(filter(None, (*unsure, status))) or None
    if "medicationReference" in one:
        yield kind, status, medicines.get(one["medicationReference"]["reference"], {})
    for part in (one, *one.get("component", ())):
        answers = {coding.get("code") for coding in part.get("valueCodeableConcept", {}).get("coding", ())}
        absent = part.get("valueBoolean") is False or answers & _NO
        for field in fields:
            held = part.get(field, [])
            for concept in held if isinstance(held, list) else [held]:
                yield kind, f"absent {status}" if absent else status, concept
    if kind == "encounter":
        yield "visit", status, {"coding": [one["class"]]}
    for concept in one.get("reasonCode", ()) if kind == "encounter" else ():
        yield "reason", status, concept

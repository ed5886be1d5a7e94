"""ingest: an event with a reference to a Medication has that resource's codes, whichever of the two is read first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.kinds import Event
from ingest.medicines import NO_CODE, UNDEFINED, UNKNOWN
from ingest.records import Medicine, Unmapped
from ingest.sources import fhir_json
from tests.graph.rows import table
from tests.ingest.care import FAULTS, A, B, Resource, Site, at, bundle, deleted, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import ndjson

EARLY, LATE, LAST = (at(f"2026-0{month}-01T00:00:00Z") for month in (1, 2, 4))


def medication(*codes: str, **more: Any) -> Resource:
    coding = [{"system": "http://snomed.info/sct", "code": code} for code in codes]
    return {"resourceType": "Medication", "id": "m", "code": {"coding": coding}} | more


def given(id_: str = "r", of: str = "Medication/m", kind: str = "MedicationRequest", **more: Any) -> Resource:
    known = {"resourceType": kind, "id": id_, "status": "active", "subject": {"reference": "Patient/1"}}
    return known | {"medicationReference": {"reference": of}} | more


def test_a_medication_on_another_line_is_found(site: Site) -> None:
    report = site.take(FAULTS / "medication-in-ndjson.ndjson")
    assert site.patients() == {"90000060": 1, "90000061": 1}
    assert (report.read, report.written, report.reasons) == (4, 4, {UNDEFINED: 2})
    ((stands,),) = table(site.store, "STANDS_FOR", "source")
    assert stands.startswith("Medication ") and "n-m" not in stands
    assert {*table(site.store, "Concept", "ontology")} == {("",), ("snomedct",)}


def test_a_version_in_a_reference_to_a_medication_is_ignored() -> None:
    """One of the three events refers to a Medication on another server, which is not in the file."""
    items = [*fhir_json.read(FAULTS / "medication-versioned.json", PSEUDONYM)]
    codes = {item.id: [*item.concepts] for item in items if isinstance(item, Medicine)}
    events = [codes.get(item.concept) for item in items if isinstance(item, Event)]
    assert events == [["snomedct:90000010"], ["snomedct:90000010"], None]


def test_a_medication_can_be_read_in_any_job_and_can_change(site: Site) -> None:
    def codes() -> list[str]:
        return [code for (code,) in table(site.store, "STANDS_FOR", "target")]

    taken = given("s", f"{A}/Medication/m", "MedicationStatement")
    events = (patient(), given(), taken, given("t", "Medication/n"), given("u", "Medication/o"))
    report = site.take(ndjson(site.folder / "a.ndjson", *events, medication(id="o")))
    assert report.reasons == {UNKNOWN: 3, NO_CODE: 1, "no code, only text": 1}
    report = site.take(ndjson(site.folder / "b.ndjson", medication("90000001", "90000002", **EARLY)))
    assert report.reasons == {UNDEFINED: 2} and site.patients() == {"90000001": 1, "90000002": 1}
    report = site.take(
        ndjson(site.folder / "c.ndjson", medication("90000005", **LAST), medication("90000004", **LATE), given("v"))
    )
    assert (report.superseded, report.reasons) == (1, {UNDEFINED: 1})
    report = site.take(ndjson(site.folder / "d.ndjson", medication("90000003", **LATE), given("w")))
    assert (report.superseded, report.reasons, site.patients()) == (1, {UNDEFINED: 1}, {"90000005": 1})
    both = (medication("90000006", id="n", **LATE), medication("90000007", id="n", **EARLY))
    report = site.take(ndjson(site.folder / "e.ndjson", given(), *both), full=True)
    assert (report.reasons[UNKNOWN], codes(), site.patients()) == (1, ["snomedct:90000006"], {})
    report = site.take(deleted(site.folder / "f.json", "Medication/n"))
    assert (report.deleted, codes()) == (1, [])


_ELSEWHERE = f"Medication {PSEUDONYM.record('Medication', 'm', B)}"


@pytest.mark.parametrize(
    ("of", "found"),
    [
        ("#m", "snomedct:90000001"),
        ("#n", "medication is not among the contained resources"),
        ("Patient/1", "medication does not refer to a Medication"),
        ("urn:uuid:1", "medication is not among the resources of this file"),
        (f"{B}/Medication/m", _ELSEWHERE),
    ],
)
def test_references_to_a_medication(tmp_path: Path, of: str, found: str) -> None:
    asked = given("r", of, contained=[medication("90000001")])
    wrong = medication("90000009", status="entered-in-error")
    items = [*fhir_json.read(bundle(tmp_path / "b.json", asked, wrong, base=A), PSEUDONYM)]
    events = [item.concept for item in items if isinstance(item, Event)]
    reasons = [item.reason for item in items if isinstance(item, Unmapped)]
    assert events + reasons == [found, "entered in error"]
    assert [item.concepts for item in items if isinstance(item, Medicine)] == [()]

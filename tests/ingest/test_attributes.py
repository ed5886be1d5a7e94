"""ingest: which attributes of an event come from which element of FHIR R4, in JSON and in XML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import pytest

from graph.kinds import Event
from graph.snapshot import fresh_snapshot, medicine
from ingest.fhir.facts import NO_AGE
from ingest.fhir.medications import NOT_DAYS, REFILLS
from ingest.fhir.observations import CONTAINED_RESULT, OTHER_UNIT, SEVERAL_RANGES
from ingest.records import Item, Medicine, Refused, Seen, Unmapped
from ingest.sources import fhir_json, fhir_xml
from tests.ingest.care import Site, bundle, patient
from tests.ingest.golden import PSEUDONYM, facts

SCT, LOINC = "http://snomed.info/sct", "http://loinc.org"
WHO = {"reference": "Patient/p"}
UCUM = "http://unitsofmeasure.org"


def coded(code: str, system: str = SCT) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def quantity(value: float, code: str) -> dict[str, Any]:
    return {"value": value, "system": UCUM, "code": code}


def resource(kind: str, **fields: Any) -> dict[str, Any]:
    return {"resourceType": kind, "id": "x"} | fields


def xml(name: str, value: Any) -> str:
    """The same value in FHIR XML."""
    if isinstance(value, list):
        return "".join(xml(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name} value={quoteattr(str(value).lower() if isinstance(value, bool) else str(value))}/>"
    kind = value.get("resourceType")
    inner = "".join(xml(key, one) for key, one in value.items() if key != "resourceType")
    return f"<{name}><{kind}>{inner}</{kind}></{name}>" if kind else f"<{name}>{inner}</{name}>"


@pytest.fixture(params=["json", "xml"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    def reading(kind: str, **fields: Any) -> list[Item]:
        path = tmp_path / f"resource.{request.param}"
        if request.param == "json":
            path.write_text(json.dumps(resource(kind, **fields)))
            return facts(fhir_json.read(path, PSEUDONYM))
        inner = "".join(xml(name, value) for name, value in ({"id": "x"} | fields).items())
        path.write_text(f'<{kind} xmlns="http://hl7.org/fhir">{inner}</{kind}>')
        return facts(fhir_xml.read(path, PSEUDONYM))

    yield reading


def events(items: list[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def reasons(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Unmapped)]


def test_an_encounter_is_a_visit_with_its_class(read: Any) -> None:
    period = {"start": "2020-01-02", "end": "2020-01-05"}
    class_ = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"}
    kind, visit = events(read("Encounter", subject=WHO, period=period, type=[coded("185349003")], **{"class": class_}))
    assert (kind.kind, visit.kind, visit.concept) == ("encounter", "visit", "hl7.v3-ActCode:IMP")
    assert (visit.start, visit.end) == ("2020-01-02", "2020-01-05")
    assert visit.visit == kind.visit == PSEUDONYM.record("Encounter", "x")


@pytest.mark.parametrize(
    ("kind", "field", "more"),
    [
        ("Observation", "encounter", {"code": coded("8480-6", LOINC)}),
        ("Condition", "encounter", {"code": coded("44054006")}),
        ("Procedure", "encounter", {"code": coded("80146002")}),
        ("Immunization", "encounter", {"vaccineCode": coded("396429000"), "patient": WHO}),
        ("AllergyIntolerance", "encounter", {"code": coded("227493005"), "patient": WHO}),
        ("MedicationRequest", "encounter", {"medicationCodeableConcept": coded("109081006")}),
        ("MedicationStatement", "context", {"medicationCodeableConcept": coded("109081006")}),
        ("MedicationAdministration", "context", {"medicationCodeableConcept": coded("109081006")}),
        ("MedicationDispense", "context", {"medicationCodeableConcept": coded("109081006")}),
        ("DiagnosticReport", "encounter", {"code": coded("58410-2", LOINC)}),
        ("CarePlan", "encounter", {"category": [coded("698360004")]}),
        ("ImagingStudy", "encounter", {"procedureCode": [coded("168537006")]}),
    ],
)
def test_events_have_the_visit_of_their_encounter(read: Any, kind: str, field: str, more: dict[str, Any]) -> None:
    (event,) = events(read(kind, subject=WHO, **more, **{field: {"reference": "Encounter/e"}}))
    assert event.visit == PSEUDONYM.record("Encounter", "e")
    (event,) = events(read(kind, subject=WHO, **more, **{field: {"reference": "EpisodeOfCare/e"}}))
    assert event.visit is None
    items = read(kind, subject=WHO, **more, **{field: {"reference": "urn:uuid:1"}})
    assert reasons(items) == ["encounter is not among the resources of this file"]


def test_the_range_of_a_value_needs_its_unit(read: Any) -> None:
    def ranged(*ranges: dict[str, Any], unit: str = "mmol/L") -> tuple[Any, list[str]]:
        value = quantity(7.5, unit)
        items = read(
            "Observation", subject=WHO, code=coded("4548-4", LOINC), valueQuantity=value, referenceRange=[*ranges]
        )
        (event,) = events(items)
        return (event.low, event.high), reasons(items)

    normal = {"low": quantity(4, "mmol/L"), "high": quantity(6, "mmol/L")}
    assert ranged(normal) == ((4.0, 6.0), [])
    assert ranged({"high": {"value": 6}}) == ((None, 6.0), [])
    assert ranged({"high": quantity(6, "mg/dL")}) == ((None, None), [OTHER_UNIT])
    assert ranged(normal, {"low": quantity(1, "mmol/L")}) == ((None, None), [SEVERAL_RANGES])
    therapeutic = normal | {
        "type": coded("therapeutic", "http://terminology.hl7.org/CodeSystem/referencerange-meaning")
    }
    assert ranged(therapeutic) == ((None, None), [])
    assert ranged(therapeutic, normal) == ((4.0, 6.0), [])
    assert ranged(normal | {"modifierExtension": [{"url": "x"}]}) == ((None, None), [])
    assert ranged({"high": quantity(6, "mmol/L") | {"comparator": "<"}}) == ((None, None), [])


def test_a_component_has_its_own_range_and_interpretation(read: Any) -> None:
    high = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "H"}]}
    part = {"code": coded("8480-6", LOINC), "valueQuantity": quantity(150, "mm[Hg]"), "interpretation": [high]}
    part["referenceRange"] = [{"high": quantity(120, "mm[Hg]")}]
    whole, one = events(
        read("Observation", subject=WHO, code=coded("85354-9", LOINC), bodySite=coded("368208006"), component=[part])
    )
    assert (whole.qualifier, whole.high) == ("snomedct:368208006", None)
    assert (one.qualifier, one.high, one.value) == ("snomedct:368208006", 120.0, 150.0)


def test_the_first_qualifier_is_kept_and_others_are_counted(read: Any) -> None:
    items = read("Condition", subject=WHO, code=coded("1"), severity=coded("24484000"), bodySite=[coded("39607008")])
    assert events(items)[0].qualifier == "snomedct:24484000"
    assert reasons(items) == ["qualifier: several, only the first is stored"]
    items = read("Procedure", subject=WHO, code=coded("80146002"), bodySite=[{"text": "arm"}, coded("39607008")])
    assert (events(items)[0].qualifier, reasons(items)) == ("snomedct:39607008", [])


def test_a_request_states_quantity_days_refills_and_route(read: Any) -> None:
    asked = {"quantity": {"value": 60, "unit": "TAB"}, "expectedSupplyDuration": quantity(4, "wk")}
    items = read(
        "MedicationRequest",
        subject=WHO,
        status="stopped",
        statusReason=coded("182856006"),
        medicationCodeableConcept=coded("109081006"),
        dosageInstruction=[{"route": coded("26643006")}, {"route": coded("78421000")}],
        dispenseRequest=asked | {"numberOfRepeatsAllowed": 3},
    )
    (event,) = events(items)
    assert (event.quantity, event.unit, event.days, event.refills) == (60.0, None, 28, 3)
    assert (event.route, event.reason) == ("snomedct:26643006", "snomedct:182856006")
    wrong = {"expectedSupplyDuration": quantity(1, "mo"), "numberOfRepeatsAllowed": -1}
    items = read("MedicationRequest", subject=WHO, medicationCodeableConcept=coded("109081006"), dispenseRequest=wrong)
    assert [(e.days, e.refills) for e in events(items)] == [(None, None)] and reasons(items) == [NOT_DAYS, REFILLS]


def test_a_dispense_and_an_administration(read: Any) -> None:
    drug = {"subject": WHO, "medicationCodeableConcept": coded("109081006"), "status": "completed"}
    given = {"dose": quantity(500, "mg"), "route": coded("26643006")}
    period = {"start": "2020-01-02", "end": "2020-01-03"}
    (event,) = events(read("MedicationAdministration", effectivePeriod=period, dosage=given, **drug))
    assert (event.start, event.end, event.value, event.unit) == ("2020-01-02", "2020-01-03", 500.0, "mg")
    days = quantity(30, "d")
    (event,) = events(
        read("MedicationDispense", whenPrepared="2020-01-01", whenHandedOver="2020-01-02", daysSupply=days, **drug)
    )
    assert (event.kind, event.start, event.days) == ("medication", "2020-01-02", 30)


def test_a_report_gives_no_event_for_its_results(read: Any) -> None:
    result = resource("Observation", id="r", code=coded("718-7", LOINC), subject=WHO)
    items = read(
        "DiagnosticReport",
        subject=WHO,
        contained=[result],
        code=coded("58410-2", LOINC),
        result=[{"reference": "#r"}, {"reference": "Observation/o"}],
        conclusionCode=[coded("260385009"), coded("44054006")],
    )
    (event,) = events(items)
    assert (event.concept, event.answer, event.status) == ("loinc:58410-2", "snomedct:260385009", "absent")
    assert reasons(items) == [CONTAINED_RESULT, "conclusion: several, only the first is stored"]


def test_an_imaging_study_without_procedure_has_its_modalities(read: Any) -> None:
    dcm = "http://dicom.nema.org/resources/ontology/DCM"
    series = [{"modality": {"system": dcm, "code": "110"}, "bodySite": {"system": SCT, "code": "39607008"}}] * 2
    (event,) = events(read("ImagingStudy", subject=WHO, started="2020-01-02", series=series))
    assert (event.kind, event.start, event.qualifier) == ("imaging", "2020-01-02", "snomedct:39607008")


def test_a_care_plan_is_read_but_a_proposal_is_not(read: Any) -> None:
    activity = [{"detail": {"code": coded("160670007"), "status": "not-started"}}]
    plan = {"subject": WHO, "category": [coded("698360004")], "activity": activity}
    assert [event.concept for event in events(read("CarePlan", intent="plan", **plan))] == ["snomedct:698360004"]
    assert reasons(read("CarePlan", intent="proposal", **plan)) == ["proposal"]


def test_an_age_at_onset_is_a_duration_and_no_date(read: Any) -> None:
    (event,) = events(read("Condition", subject=WHO, code=coded("1"), onsetAge=quantity(52, "a")))
    assert event.start == "P52Y"
    items = read("Condition", subject=WHO, code=coded("1"), onsetAge=quantity(5.5, "a"), recordedDate="2020")
    assert (events(items)[0].start, reasons(items)) == ("2020", [NO_AGE])
    (event,) = events(read("Procedure", subject=WHO, code=coded("80146002"), performedAge=quantity(18, "mo")))
    assert event.start == "P18M"


def test_the_specialty_of_a_contained_performer(read: Any) -> None:
    role = resource("PractitionerRole", id="d", specialty=[coded("394579002")])
    by = [{"actor": {"reference": "Practitioner/1"}}, {"actor": {"reference": "#d"}}]
    (event,) = events(read("Procedure", subject=WHO, code=coded("80146002"), contained=[role], performer=by))
    assert event.specialty == "snomedct:394579002"
    (event,) = events(read("Procedure", subject=WHO, code=coded("80146002"), contained=[role], performer=by[:1]))
    assert event.specialty is None


def test_a_device_without_patient_gives_only_its_codes(read: Any) -> None:
    made, seen = read("Device", type=coded("706004007"))
    assert made == Medicine(medicine(PSEUDONYM.record("Device", "x")), ("snomedct:706004007",))
    assert seen == Seen("Device")
    (refused,) = read("Device", type=coded("706004007"), patient={"display": "Willemijn"})
    assert isinstance(refused, Refused)


def test_the_use_of_a_device_has_the_code_of_the_device_in_any_order(site: Site) -> None:
    use = resource("DeviceUseStatement", subject={"reference": "Patient/1"}, device={"reference": "Device/d"})
    device = resource("Device", id="d", type=coded("706004007"))
    report = site.take(bundle(site.folder / "a.json", patient(), use))
    assert report.reasons["medication or device is not known"] == 1
    site.take(bundle(site.folder / "b.json", device))
    assert site.patients() == {"706004007": 1}
    site.take(bundle(site.folder / "c.json", device | {"status": "entered-in-error"}))
    assert site.patients() == {}
    assert fresh_snapshot(site.store, site.folder / "state").patients.born.tolist() == [1960]

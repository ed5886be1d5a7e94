"""ingest: FHIR's value sets decide whether a record happened. A record that did not happen is no event."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph.kinds import Event
from graph.snapshot import UNSURE
from ingest.fhir import resources as fhir
from ingest.fhir.states import FOUND, HAPPENED, NOT_FOUND, NOT_HAPPENED
from ingest.records import OUT_OF_RANGE, Item, Medicine, Replaced, Seen, Unmapped
from ingest.sources import fhir_json, fhir_xml
from tests.ingest.golden import PSEUDONYM, facts

# The value sets in the FHIR R4 specification.
VALUE_SETS = {
    "CarePlan": "draft active on-hold revoked completed entered-in-error unknown",
    "Device": "active inactive entered-in-error unknown",
    "DeviceUseStatement": "active completed entered-in-error intended stopped on-hold",
    "DiagnosticReport": (
        "registered partial preliminary final amended corrected appended cancelled entered-in-error unknown"
    ),
    "Encounter": "planned arrived triaged in-progress onleave finished cancelled entered-in-error unknown",
    "FamilyMemberHistory": "partial completed entered-in-error health-unknown",
    "ImagingStudy": "registered available cancelled entered-in-error unknown",
    "Immunization": "completed entered-in-error not-done",
    "MedicationAdministration": "in-progress not-done on-hold completed entered-in-error stopped unknown",
    "MedicationDispense": (
        "preparation in-progress cancelled on-hold completed entered-in-error stopped declined unknown"
    ),
    "MedicationRequest": "active on-hold cancelled completed entered-in-error stopped draft unknown",
    "MedicationStatement": "active completed entered-in-error intended stopped on-hold unknown not-taken",
    "Observation": "registered preliminary final amended corrected cancelled entered-in-error unknown",
    "Procedure": "preparation in-progress not-done on-hold stopped completed entered-in-error unknown",
    "Specimen": "available unavailable unsatisfactory entered-in-error",
}
INTENTS = "proposal plan order original-order reflex-order filler-order instance-order option"
VERIFICATIONS = "unconfirmed provisional differential confirmed refuted entered-in-error"
ABSENT_REASONS = (
    "unknown asked-unknown temp-unknown not-asked asked-declined masked not-applicable unsupported as-text error "
    "not-a-number negative-infinity positive-infinity not-performed not-permitted"
)
CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "90000001"}]}
OTHER = {"coding": [{"system": "http://loinc.org", "code": "4548-4"}]}
Read = Callable[..., list[Item]]


def resource(kind: str, **fields: Any) -> dict[str, Any]:
    who = {"reference": "Patient/p"}
    made: dict[str, Any] = {"resourceType": kind, "id": "x", "subject": who, "patient": who}
    coded: dict[str, Any] = {"code": CODE, "vaccineCode": CODE, "medicationCodeableConcept": CODE}
    coded |= {"category": [CODE], "procedureCode": [CODE]}
    if kind == "DeviceUseStatement":
        made |= {"contained": [{"resourceType": "Device", "id": "d", "type": CODE}], "device": {"reference": "#d"}}
    if kind in ("Encounter", "Specimen", "Device"):
        coded["type"] = [CODE] if kind == "Encounter" else CODE
    if kind == "FamilyMemberHistory":
        coded["condition"] = [{"code": CODE}]
    return made | coded | fields


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(kind: str, **fields: Any) -> list[Item]:
        path = tmp_path / "resource.json"
        path.write_text(json.dumps(resource(kind, **fields)))
        return facts(fhir_json.read(path, PSEUDONYM))

    return reading


def events(items: list[Item]) -> list[Event]:
    return [item for item in items if isinstance(item, Event)]


def reasons(items: list[Item]) -> list[str]:
    return [item.reason for item in items if isinstance(item, Unmapped)]


@pytest.mark.parametrize("kind", VALUE_SETS)
def test_every_code_of_a_status_has_a_rule(kind: str) -> None:
    codes, happened = VALUE_SETS[kind].split(), HAPPENED[kind].split()
    assert [code for code in codes if code in happened] == [c for c in codes if c not in NOT_HAPPENED.split()]
    assert not {*happened} - {*codes}


@pytest.mark.parametrize(("kind", "status"), [(kind, code) for kind in VALUE_SETS for code in VALUE_SETS[kind].split()])
def test_the_status_decides_whether_there_is_an_event(read: Read, kind: str, status: str) -> None:
    items = [item for item in read(kind, status=status) if not isinstance(item, Medicine)]
    if status in HAPPENED[kind].split():
        assert [event.status for event in events(items)] == [status] and not reasons(items)
    else:
        assert isinstance(items[0], Replaced)
        assert items[1:] == [Unmapped(status.replace("-", " "), kind), Seen(kind)]


@pytest.mark.parametrize("intent", INTENTS.split())
def test_a_proposal_of_a_medication_is_no_event(read: Read, intent: str) -> None:
    items = read("MedicationRequest", status="active", intent=intent)
    wanted = intent in ("proposal", "plan", "option")
    assert (not events(items), reasons(items)) == (wanted, [intent] if wanted else [])


def test_a_cancelled_order_is_no_event_whatever_its_intent(read: Read) -> None:
    assert reasons(read("MedicationRequest", status="cancelled", intent="order")) == ["cancelled"]


@pytest.mark.parametrize("status", ["Zonnebloem", "aborted", ""])
def test_an_invalid_status_gives_no_event(read: Read, status: str) -> None:
    items = read("Procedure", status=status)
    assert not events(items) and reasons(items) == ["status is not a code of FHIR R4"]
    items = read("MedicationRequest", status="active", intent=status)
    assert not events(items) and reasons(items) == ["intent is not a code of FHIR R4"]


@pytest.mark.parametrize("form", [lambda code: {"coding": [{"code": code}]}, lambda code: {"text": code}])
@pytest.mark.parametrize("code", VERIFICATIONS.split())
@pytest.mark.parametrize("kind", ["Condition", "AllergyIntolerance"])
def test_an_uncertain_condition_keeps_its_verification_status(
    read: Read, kind: str, code: str, form: Callable[[str], Any]
) -> None:
    items = read(kind, verificationStatus=form(code), clinicalStatus=form("active"))
    if code in ("refuted", "entered-in-error"):
        assert not events(items) and reasons(items) == [code.replace("-", " ")]
    else:
        status = "active" if code == "confirmed" else f"{code} active"
        assert [event.status for event in events(items)] == [status] and not reasons(items)
    assert [event.status for event in events(read(kind, verificationStatus=form(code)))] in (
        [[]] if code in ("refuted", "entered-in-error") else [[code if code in UNSURE else None]]
    )


def test_an_unknown_verification_status_is_counted(read: Read) -> None:
    items = read("Condition", verificationStatus={"text": "volgens mevrouw Zonnebloem"})
    assert [event.status for event in events(items)] == ["unconfirmed"]
    assert reasons(items) == ["verification status is not a code of FHIR R4"]
    assert "Zonnebloem" not in str(items)


def test_every_reason_for_an_absent_value_has_a_rule() -> None:
    assert sorted(f"{FOUND} {NOT_FOUND}".split()) == sorted(ABSENT_REASONS.split())


@pytest.mark.parametrize("code", [*ABSENT_REASONS.split(), "Zonnebloem"])
def test_the_reason_of_an_absent_value_decides_whether_there_is_an_event(read: Read, code: str) -> None:
    absent = {"coding": [{"code": code}]}
    items = read("Observation", status="final", dataAbsentReason=absent)
    happened = code in FOUND.split()
    assert bool(events(items)) == happened
    known = f"value absent: {code.replace('-', ' ')}"
    result = known if code in ABSENT_REASONS.split() else "value absent: reason is not a code of FHIR R4"
    assert reasons(items) == ([] if happened else [result])
    assert isinstance(items[0], Event if happened else Replaced)


def test_the_rule_for_absent_values_applies_to_each_component(read: Read) -> None:
    given = {"code": OTHER, "valueInteger": 7}
    masked = {"code": OTHER, "dataAbsentReason": {"coding": [{"code": "masked"}]}}
    missed = {"code": OTHER, "dataAbsentReason": {"coding": [{"code": "not-performed"}]}}
    absent = {"coding": [{"code": "not-asked"}]}
    items = read("Observation", status="final", dataAbsentReason=absent, component=[given, masked, missed])
    assert [(event.concept, event.value) for event in events(items)] == [("loinc:4548-4", 7.0), ("loinc:4548-4", None)]
    assert reasons(items) == ["value absent: not asked", "value absent: not performed"]


def test_a_value_counts_before_a_reason_for_its_absence(read: Read) -> None:
    reason = {"coding": [{"code": "unknown"}]}
    for value in ({"valueInteger": 7}, {"valueCodeableConcept": OTHER}, {"valueBoolean": True}):
        assert len(events(read("Observation", status="final", dataAbsentReason=reason, **value))) == 1


def coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
INTERPRETATION = "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation"
NEGATIVE: list[dict[str, Any]] = [
    {"valueBoolean": False},
    *(
        {"valueCodeableConcept": coded(SNOMED, code)}
        for code in ("260385009", "260415000", "2667000", "410516002", "410594000")
    ),
    *({"valueCodeableConcept": coded(LOINC, code)} for code in ("LA6577-6", "LA11883-8", "LA9634-2", "LA32-8")),
    *({"interpretation": [coded(INTERPRETATION, code)]} for code in ("NEG", "ND", "NR", "neg")),
    {"interpretation": [coded(SNOMED, "260385009")]},
    *({"valueString": text} for text in ("Negative", "negatief", "Not detected")),
    {"valueCodeableConcept": {"text": "Niet aantoonbaar"}},
    {"interpretation": [{"text": "Negative"}]},
    {"valueCodeableConcept": coded("http://terminology.hl7.org/CodeSystem/v2-0532", "N")},
]
POSITIVE: list[dict[str, Any]] = [
    {},
    {"valueBoolean": True},
    {"valueInteger": 0},
    {"valueCodeableConcept": coded(SNOMED, "10828004")},
    {"valueCodeableConcept": coded("http://a.example", "2667000")},
    {"valueString": "negative for influenza A, positive for influenza B"},
    {"valueCodeableConcept": coded(SNOMED, "10828004") | {"text": "negative"}},
    {"interpretation": [coded(INTERPRETATION, "POS"), coded(INTERPRETATION, "N")]},
]


@pytest.mark.parametrize("said", NEGATIVE)
def test_a_negative_answer_gives_an_absent_event(read: Read, said: dict[str, Any]) -> None:
    alone = events(read("Observation", status="final", **said))
    inside = events(read("Observation", status="final", component=[{"code": OTHER} | said]))
    assert [event.status for event in alone + inside] == ["absent final", "final", "absent final"]


@pytest.mark.parametrize("said", POSITIVE)
def test_a_positive_answer_gives_no_absent_event(read: Read, said: dict[str, Any]) -> None:
    assert [event.status for event in events(read("Observation", status="final", **said))] == ["final"]


UNREAD: dict[str, Any] = {
    "valueString": "mevrouw Zonnebloem",
    "valueRange": {"low": {"value": 1}},
    "valueRatio": {"numerator": {"value": 1}},
    "valueSampledData": {"data": "1 2"},
    "valueTime": "10:00:00",
    "valueDateTime": "2020",
    "valuePeriod": {"start": "2020"},
}


@pytest.mark.parametrize("name", UNREAD)
def test_an_unsupported_value_is_counted(read: Read, name: str) -> None:
    unread = {name: UNREAD[name]}
    items = read("Observation", status="final", component=[{"code": OTHER} | unread], **unread)
    assert [event.value for event in events(items)] == [None, None]
    assert reasons(items) == ["value of an unsupported type"] * 2
    assert "Zonnebloem" not in str(items)
    assert not reasons(read("Observation", status="final", **{name: None}))


@pytest.mark.parametrize("value", ['<valueString value="Zonnebloem"/>', "<valueRange><low/></valueRange>"])
def test_an_unsupported_value_in_xml_is_counted(value: str, tmp_path: Path) -> None:
    path = tmp_path / "resource.xml"
    path.write_text(
        '<Observation xmlns="http://hl7.org/fhir"><id value="o"/><status value="final"/><code><coding>'
        '<system value="http://loinc.org"/><code value="4548-4"/></coding></code><subject>'
        f'<reference value="Patient/p"/></subject>{value}<component><code><coding>'
        f'<system value="http://loinc.org"/><code value="1-8"/></coding></code>{value}</component></Observation>'
    )
    items = facts(fhir_xml.read(path, PSEUDONYM))
    assert [event.value for event in events(items)] == [None, None]
    assert reasons(items) == ["value of an unsupported type"] * 2


def test_an_answer_without_code_is_counted(read: Read) -> None:
    items = read("Observation", status="final", valueCodeableConcept={"text": "Zonnebloem"})
    assert [event.answer for event in events(items)] == [None]
    assert reasons(items) == ["answer: no code, only text"]


def test_the_rules_apply_to_xml_too(tmp_path: Path) -> None:
    path = tmp_path / "resource.xml"
    path.write_text(
        '<Condition xmlns="http://hl7.org/fhir"><id value="c"/><verificationStatus><text value="Entered in Error"/>'
        '</verificationStatus><code><coding><system value="http://loinc.org"/><code value="4548-4"/></coding></code>'
        '<subject><reference value="Patient/p"/></subject></Condition>'
    )
    assert reasons(facts(fhir_xml.read(path, PSEUDONYM))) == ["entered in error"]
    path.write_text(
        '<Observation xmlns="http://hl7.org/fhir"><id value="o"/><status value="final"/><code><coding>'
        '<system value="http://loinc.org"/><code value="4548-4"/></coding></code><subject>'
        '<reference value="Patient/p"/></subject><interpretation><coding><code value="NEG"/></coding></interpretation>'
        "</Observation>"
    )
    assert [event.status for event in events(facts(fhir_xml.read(path, PSEUDONYM)))] == ["absent final"]


def test_the_events_in_a_file_with_all_kinds_of_states(shared: Path) -> None:
    items = facts(fhir_json.read(shared / "faults/statuses.json", PSEUDONYM))
    assert [event.concept for event in events(items)] == ["snomedct:90000027", "snomedct:90000028"]
    assert [event.value for event in events(items)] == [1e30, None]
    assert [(item.reason, item.position) for item in items if isinstance(item, Unmapped)] == [
        ("preparation", "entry 2 (Procedure)"),
        ("planned", "entry 3 (Encounter)"),
        ("proposal", "entry 4 (MedicationRequest)"),
        ("registered", "entry 5 (Observation)"),
        ("intended", "entry 6 (MedicationStatement)"),
        ("entered in error", "entry 7 (Condition)"),
        ("entered in error", "entry 8 (Condition)"),
        (OUT_OF_RANGE, "entry 10 (Observation)"),
        ("value absent: not performed", "entry 11 (Observation)"),
        ("not done", "entry 12 (Immunization)"),
    ]


def test_every_supported_type_has_status_codes() -> None:
    assert {*HAPPENED} == {*fhir.STRUCTS} - {"Patient", "Medication", "Consent"}

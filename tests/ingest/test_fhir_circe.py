"""ingest: the attributes of Circe in FHIR R4: lots, models, doses, admission and discharge; and their questions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.language import parse
from graph.snapshot import fresh_snapshot
from graph.store import Batch
from ingest.fhir.facts import COMPARATOR, NOT_UCUM, SEVERAL_IDENTIFIERS
from ingest.fhir.medications import RANGE, SEVERAL_DOSES
from ingest.fhir.states import MODIFIED
from ingest.records import Medicine
from ingest.words import NO_ITEM
from tests.graph import rows
from tests.ingest.care import LATE, Resource, Site, bundle, patient
from tests.ingest.graphs import ndjson
from tests.ingest.test_attributes import WHO, coded, events, quantity, read, reasons, resource

__all__ = ["read"]
ODD = f"identifier: {NO_ITEM}"
UNKNOWN = [{"url": "x"}]
PACEMAKER = coded("14106009")
DRUG = {"subject": WHO, "medicationCodeableConcept": coded("109081006")}
HL7 = "http://terminology.hl7.org/CodeSystem/"


def medication(**more: Any) -> Resource:
    return resource("Medication", id="m", code=coded("109081006"), **more)


@pytest.mark.parametrize(
    ("batch", "kept", "why"),
    [
        ({"lotNumber": " AMX-2041 "}, "AMX-2041", []),
        ({"lotNumber": "B7 for Dhr. Jansen"}, None, [ODD]),
        ({"lotNumber": "7" * 61}, None, [ODD]),
        ({"lotNumber": "unknown"}, None, [ODD]),
        ({"lotNumber": " "}, None, []),
        ({"lotNumber": "AMX-2041", "modifierExtension": UNKNOWN}, None, []),
        ({}, None, []),
    ],
)
@pytest.mark.parametrize("kind", ["MedicationAdministration", "MedicationDispense", "MedicationStatement"])
def test_a_contained_medication_has_a_lot(
    read: Any, kind: str, batch: dict[str, Any], kept: str | None, why: list[str]
) -> None:
    items = read(kind, subject=WHO, medicationReference={"reference": "#m"}, contained=[medication(batch=batch)])
    assert [(event.concept, event.identifier) for event in events(items)] == [("snomedct:109081006", kept)]
    assert reasons(items) == why


def test_a_medication_and_a_device_of_their_own_have_a_lot_and_a_model(read: Any) -> None:
    def stated(items: list[Any]) -> list[tuple[str | None, list[str]]]:
        return [(item.identifier, reasons(items)) for item in items if isinstance(item, Medicine)]

    lot, amoxicillin = {"lotNumber": " AMX-2041 "}, coded("109081006")
    assert stated(read("Medication", code=amoxicillin, batch=lot)) == [("AMX-2041", [])]
    assert stated(read("Medication", code=amoxicillin, batch={"lotNumber": "unknown"})) == [(None, [ODD])]
    assert stated(read("Medication", batch=lot)) == [(None, ["no code"])]
    assert stated(read("Device", type=PACEMAKER, modelNumber="X-100")) == [("X-100", [])]
    several = {"modelNumber": "X-100", "lotNumber": "7654321D"}
    assert stated(read("Device", type=PACEMAKER, **several)) == [("X-100", [SEVERAL_IDENTIFIERS])]
    assert stated(read("Device", patient=WHO, type=PACEMAKER, **several)) == [("X-100", [SEVERAL_IDENTIFIERS])]


GTIN, UDI = "00844588003288", "(01)00844588003288(17)141120(10)7654321D(21)10987654d321"


@pytest.mark.parametrize(
    ("device", "kept", "why"),
    [
        ({"udiCarrier": [{"deviceIdentifier": GTIN, "carrierHRF": UDI}]}, f"(01){GTIN}", []),
        ({"udiCarrier": [{"carrierHRF": UDI}]}, f"(01){GTIN}", []),
        (
            {"udiCarrier": [{"carrierHRF": "+H123PARTNO1234567890120/$$420020216LOT/SXYZ45678"}]},
            "+H123PARTNO1234567890120",
            [],
        ),
        ({"udiCarrier": [{"deviceIdentifier": GTIN, "modifierExtension": UNKNOWN}], "modelNumber": "X-1"}, "X-1", []),
        ({"udiCarrier": [{"deviceIdentifier": GTIN}], "lotNumber": "7654321D"}, f"(01){GTIN}", [SEVERAL_IDENTIFIERS]),
        ({"modelNumber": "X-100", "lotNumber": "7654321D"}, "X-100", [SEVERAL_IDENTIFIERS]),
        ({"udiCarrier": [{"deviceIdentifier": "{01}00844588003288{21}S1"}]}, f"(01){GTIN}", []),
        ({"udiCarrier": [{"deviceIdentifier": "[21]S1"}]}, None, []),
        ({"lotNumber": "7654321D"}, "7654321D", []),
        ({"modelNumber": "of 06-12345678"}, None, [ODD]),
        ({"serialNumber": "10987654d321"}, None, []),
    ],
)
def test_a_device_has_a_model_or_a_lot(read: Any, device: dict[str, Any], kept: str | None, why: list[str]) -> None:
    own = read("Device", patient=WHO, type=PACEMAKER, **device)
    contained = [resource("Device", id="d", type=PACEMAKER, **device)]
    used = read("DeviceUseStatement", subject=WHO, device={"reference": "#d"}, contained=contained)
    for items in (own, used):
        assert [event.identifier for event in events(items)] == [kept] and reasons(items) == why


def test_an_immunization_has_a_lot_and_a_dose(read: Any) -> None:
    given = {"vaccineCode": coded("396429000"), "patient": WHO}
    (event,) = events(read("Immunization", lotNumber="FLU-7731", doseQuantity=quantity(0.5, "mL"), **given))
    assert (event.identifier, event.value, event.unit, event.quantity) == ("FLU-7731", 0.5, "mL", None)


def test_the_dose_is_the_value_and_has_the_unit(read: Any) -> None:
    dose = quantity(500, "mg")
    rate = {"doseAndRate": [{"doseQuantity": dose}]}
    for kind, dosage in (
        ("MedicationRequest", {"dosageInstruction": [rate, rate]}),
        ("MedicationDispense", {"dosageInstruction": [rate], "quantity": quantity(250, "mL")}),
        ("MedicationStatement", {"dosage": [rate]}),
        ("MedicationAdministration", {"dosage": {"dose": dose}}),
    ):
        items = read(kind, **DRUG, **dosage)
        (event,) = events(items)
        assert (event.value, event.unit, reasons(items)) == (500.0, "mg", []), kind
        assert event.quantity == (250.0 if kind == "MedicationDispense" else None)


@pytest.mark.parametrize(
    ("rates", "value", "unit", "why"),
    [
        ([{"doseQuantity": quantity(500, "mg")}, {"doseQuantity": quantity(250, "mg")}], 500.0, "mg", [SEVERAL_DOSES]),
        ([{"doseQuantity": {"value": 1}}], 1.0, None, []),
        ([{"doseQuantity": {"value": 1, "unit": "puff of this"}}], 1.0, "{not comparable}", [NOT_UCUM]),
        ([{"doseQuantity": quantity(500, "mg") | {"comparator": "<"}}], None, None, [COMPARATOR]),
        ([{"doseRange": {"low": quantity(250, "mg")}}], None, None, [RANGE]),
        ([{"rateQuantity": quantity(5, "mL/h")}], None, None, []),
    ],
)
def test_a_dose_that_is_not_one_number(
    read: Any, rates: list[Any], value: float | None, unit: str | None, why: list[str]
) -> None:
    items = read("MedicationStatement", dosage=[{"doseAndRate": rates}], **DRUG)
    assert [(event.value, event.unit) for event in events(items)] == [(value, unit)] and reasons(items) == why


def test_a_dosage_with_an_unknown_modifier_is_not_read(read: Any) -> None:
    dosage = {"route": coded("26643006"), "doseAndRate": [{"doseQuantity": quantity(500, "mg")}]}
    items = read("MedicationRequest", dosageInstruction=[dosage | {"modifierExtension": UNKNOWN}], **DRUG)
    assert [(event.value, event.route) for event in events(items)] == [(None, None)] and reasons(items) == [MODIFIED]


def test_a_visit_has_where_the_patient_came_from_and_went(read: Any) -> None:
    stay = {
        "admitSource": coded("emd", HL7 + "admit-source"),
        "dischargeDisposition": coded("home", HL7 + "discharge-disposition"),
    }
    given = {"subject": WHO, "class": {"system": HL7 + "v3-ActCode", "code": "IMP"}, "type": [coded("185349003")]}
    given["reasonCode"] = [coded("44054006")]
    items = read("Encounter", hospitalization=stay, **given)
    found = {event.kind: (event.admitted_from, event.discharged_to) for event in events(items)}
    both = ("hl7.admit-source:emd", "hl7.discharge-disposition:home")
    assert found == {"encounter": both, "reason": (None, None), "visit": both}
    items = read("Encounter", hospitalization=stay | {"modifierExtension": UNKNOWN}, **given)
    assert {event.admitted_from for event in events(items)} == {None} and reasons(items) == [MODIFIED]


def records(of: str) -> list[Resource]:
    """The records of a patient, in which every attribute of Circe has a value."""
    who = {"reference": f"Patient/{of}"}
    first = of == "1"
    stay = {
        "admitSource": coded("emd" if first else "psych", HL7 + "admit-source"),
        "dischargeDisposition": coded("home" if first else "hosp", HL7 + "discharge-disposition"),
    }
    period = {"start": "2020-01-02", "end": "2020-01-05"}
    inpatient = {"system": HL7 + "v3-ActCode", "code": "IMP"}
    drug: dict[str, Any] = {"medicationReference": {"reference": "#m"}, "subject": who}
    drug["contained"] = [medication(batch={"lotNumber": "AMX-2041" if first else "AMX-2050"})]
    dose = quantity(500 if first else 250, "mg")
    udi = [{"deviceIdentifier": GTIN if first else "00844588003289"}]
    asked: dict[str, Any] = {"numberOfRepeatsAllowed": 3 if first else 1, "quantity": {"value": 60 if first else 20}}
    asked["expectedSupplyDuration"] = quantity(28 if first else 7, "d")
    route = {"route": coded("26643006" if first else "47625008")}
    why = {"status": "stopped", "statusReason": coded("281647001" if first else "182856006")}
    rate = [{"doseAndRate": [{"doseQuantity": dose}]} | route]
    vaccine: dict[str, Any] = {
        "patient": who,
        "vaccineCode": coded("396429000"),
        "lotNumber": "FLU-1" if first else "FLU-2",
    }
    vaccine["occurrenceDateTime"] = "2020-01-04"
    device = [resource("Device", id="d", type=PACEMAKER, udiCarrier=udi)]
    used = {"timingDateTime": "2020-01-05"}
    named = {
        "e": resource("Encounter", subject=who, hospitalization=stay, period=period, **{"class": inpatient}),
        "a": resource("MedicationAdministration", dosage={"dose": dose}, effectiveDateTime="2020-01-02", **drug),
        "r": resource(
            "MedicationRequest", dispenseRequest=asked, authoredOn="2020-01-03", dosageInstruction=rate, **drug, **why
        ),
        "i": resource("Immunization", doseQuantity=quantity(0.5 if first else 0.25, "mL"), **vaccine),
        "d": resource("DeviceUseStatement", subject=who, device={"reference": "#d"}, contained=device, **used),
    }
    return [patient(of, f"195{of}"), *(one | {"id": f"{id_}-{of}"} for id_, one in named.items())]


QUESTIONS = {
    "visits [hl7.v3-ActCode:IMP] with admitted from [hl7.admit-source:emd]": 1,
    "visits [hl7.v3-ActCode:IMP] with discharged to [hl7.discharge-disposition:hosp]": 2,
    'medication [snomedct:109081006] with identifier exactly "amx-2041"': 1,
    'immunization with identifier exactly "FLU-2"': 2,
    f'device [snomedct:14106009] with identifier ending with "{GTIN}"': 1,
    "medication with dose at least 500 mg": 1,
    "medication with dose below 0.3 g": 2,
    "immunization with dose at least 0.5 mL": 1,
    "medication with refills at least 3": 1,
    "medication with quantity below 30": 2,
    "medication with days of supply at least 28 days": 1,
    "medication with route [snomedct:47625008]": 2,
    "medication with reason for stopping [snomedct:281647001]": 1,
}


def apart(given: list[Resource]) -> tuple[list[Resource], list[Resource]]:
    """The same records without contained resources, and these resources."""
    others: list[Resource] = []
    for one in given:
        for part in one.pop("contained", ()):
            others.append(part | {"id": f"{part['id']}-{one['id']}"})
            at = "device" if part["resourceType"] == "Device" else "medicationReference"
            one[at] = {"reference": f"{part['resourceType']}/{others[-1]['id']}"}
    return given, others


def asked(site: Site, question: str) -> list[int]:
    """The years of birth of the patients who are found."""
    snapshot = fresh_snapshot(site.store, site.folder / "state")
    return [int(snapshot.patients.born[one]) for one in answer(snapshot, parse(question)).patients]


@pytest.mark.parametrize("contained", [True, False])
def test_a_question_for_each_attribute_finds_its_patient(site: Site, contained: bool) -> None:
    codes = re.findall(r"\[([^]]+)\]", " ".join(QUESTIONS))
    site.store.write(Batch({"Concept": rows.concepts(*dict.fromkeys(codes))}))
    both = [*records("1"), *records("2")]
    given, others = (both, []) if contained else apart(both)
    assert site.take(bundle(site.folder / "a.json", *given)).refusals == []
    asked(site, "immunization")
    for number, one in enumerate(others):
        assert site.take(ndjson(site.folder / f"{number}.ndjson", one)).refusals == []
    assert {question: asked(site, question) for question in QUESTIONS} == {
        question: [1950 + of] for question, of in QUESTIONS.items()
    }


def test_events_have_the_new_lot_of_a_medication(site: Site) -> None:
    site.store.write(Batch({"Concept": rows.concepts("snomedct:109081006")}))
    who, drug = {"reference": "Patient/1"}, {"reference": "Medication/m"}
    given = resource("MedicationDispense", subject=who, medicationReference=drug)
    site.take(bundle(site.folder / "a.json", patient("1", "1951"), given, medication(batch={"lotNumber": "A-1"})))
    lot = "medication with identifier exactly"
    assert (asked(site, f'{lot} "A-1"'), asked(site, f'{lot} "A-2"')) == ([1951], [])
    site.take(ndjson(site.folder / "b.ndjson", medication(batch={"lotNumber": "A-2"}) | LATE))
    assert (asked(site, f'{lot} "A-1"'), asked(site, f'{lot} "A-2"')) == ([], [1951])

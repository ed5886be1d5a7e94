"""ingest: each rule by which FHIR resources become items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.kinds import Event, Patient
from ingest.errors import WeakSecret
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused, Replaced, Seen, Unmapped
from ingest.sources import fhir_json, fhir_xml
from ontologies.errors import UnreadableFile
from tests.ingest.golden import PSEUDONYM, facts

CODE = {"coding": [{"system": "http://snomed.info/sct", "code": "44054006"}]}


def condition(**fields: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c", "code": CODE, "subject": {"reference": "Patient/p"}} | fields


@pytest.fixture
def read(tmp_path: Path) -> Iterator[Any]:
    """Reads resources given as values. Several resources are put in a Bundle."""

    def reading(*resources: dict[str, Any]) -> list[Item]:
        path = tmp_path / "resource.json"
        bundle = {"resourceType": "Bundle", "entry": [{"resource": resource} for resource in resources]}
        path.write_text(json.dumps(bundle if len(resources) > 1 else resources[0]))
        return facts(fhir_json.read(path, PSEUDONYM))

    yield reading


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(WeakSecret, match="15 bytes"):
        Pseudonym(b"x" * 15)


def test_pseudonyms_are_those_of_hmac_sha256() -> None:
    """Expected values come from `openssl dgst -sha256 -mac HMAC`: other software must be able to make pseudonyms."""
    made = Pseudonym(b"0123456789abcdef")
    assert made.patient("x") == "patient:d76f32c4b068916798509ebfdb1eb5c5"
    assert made.record("Condition", "x") == "65f78de2a9c163b3"


@given(st.text(max_size=20), st.text(max_size=20))
def test_pseudonyms_differ_by_id_and_by_secret(one: str, other: str) -> None:
    a, b = Pseudonym(b"a" * 16), Pseudonym(b"b" * 16)
    assert (a.patient(one) == a.patient(other)) == (one == other)
    assert a.patient(one) != b.patient(one)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ({}, "no subject"),
        ({"display": "de heer Zonnebloem"}, "no subject"),
        ({"reference": "#p"}, "subject is a contained resource without an identity"),
        ({"reference": "Patient?identifier=999990019"}, "subject is not among the resources of this file"),
        ({"reference": "urn:uuid:0"}, "subject is not among the resources of this file"),
    ],
)
def test_a_subject_that_leads_nowhere_is_refused(read: Any, reference: dict[str, str], reason: str) -> None:
    assert read(condition(subject=reference)) == [Refused("Condition", reason)]


@pytest.mark.parametrize("form", ["Patient/p", "https://a.example/r4/Patient/p", "Patient/p/_history/3"])
def test_one_patient_whatever_the_form_of_the_reference(read: Any, form: str) -> None:
    event, seen = read(condition(subject={"reference": form}))
    assert event.patient == PSEUDONYM.patient("p")
    assert seen == Seen("Condition")


def test_a_resource_without_id_takes_the_one_its_transaction_gives(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    patient = {"fullUrl": "urn:uuid:7", "resource": {"resourceType": "Patient", "birthDate": "1950"}}
    other = {"fullUrl": "urn:uuid:8", "resource": condition(id=None, subject={"reference": "urn:uuid:7"})}
    path.write_text(json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": [other, patient]}))
    event, _, known, _, _ = facts(fhir_json.read(path, PSEUDONYM))
    assert isinstance(event, Event) and isinstance(known, Patient)
    assert event.patient == known.id == PSEUDONYM.patient("7")
    assert event.record == PSEUDONYM.record("Condition", "8")


@pytest.mark.parametrize("status", ["refuted", "entered-in-error"])
def test_what_is_denied_is_replaced_by_nothing(read: Any, status: str) -> None:
    items = read(condition(verificationStatus={"coding": [{"code": status}]}))
    who, record = PSEUDONYM.patient("p"), PSEUDONYM.record("Condition", "c")
    assert items == [Replaced(who, record), Unmapped(status.replace("-", " "), "Condition"), Seen("Condition")]


def test_dead_without_a_date_has_no_death_year(read: Any) -> None:
    patient, death, gender, _ = read(
        {"resourceType": "Patient", "id": "p", "deceasedBoolean": True, "gender": "Zonnebloem"}
    )
    assert patient == Patient(PSEUDONYM.patient("p"), None, None, None)
    assert isinstance(death, Event) and (death.kind, death.start) == ("death", None)
    assert gender == Unmapped("gender is not a code of FHIR R4", "Patient")


def test_one_bad_entry_leaves_the_others(read: Any) -> None:
    items = read(condition(), condition(code="x"), {"resourceType": "Zonnebloem"}, {"id": "c"}, condition(id="d"))
    assert [type(item) for item in items] == [Event, Seen, Refused, Refused, Refused, Event, Seen]
    assert "Zonnebloem" not in str(items)


@pytest.mark.parametrize("entry", ["x", 3, None, [], {"fullUrl": 3}, {"resource": "x"}, {"resource": None}, {}])
def test_an_entry_of_another_shape_is_refused(tmp_path: Path, entry: object) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps({"resourceType": "Bundle", "entry": [entry, {"resource": condition()}]}))
    items = facts(fhir_json.read(path, PSEUDONYM))
    assert [type(item) for item in items] == [Refused, Event, Seen]
    assert isinstance(items[0], Refused) and items[0].position == "entry 1"


def test_a_history_is_refused(read: Any) -> None:
    (item,) = read({"resourceType": "Bundle", "type": "history", "entry": [{"resource": condition()}]})
    assert isinstance(item, Refused) and "several versions" in item.reason


def test_a_value_that_is_no_number_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "observation.xml"
    path.write_text(
        '<Observation xmlns="http://hl7.org/fhir"><id value="o"/><code><coding><system value="http://loinc.org"/>'
        '<code value="4548-4"/></coding></code><subject><reference value="Patient/p"/></subject>'
        '<valueQuantity><value value="NaN"/><code value="%"/></valueQuantity></Observation>'
    )
    event, lost, _ = facts(fhir_xml.read(path, PSEUDONYM))
    assert isinstance(event, Event) and event.value is None
    assert lost == Unmapped("number out of range", "Observation")


@pytest.mark.parametrize(
    "entity", ['<!DOCTYPE a [<!ENTITY b "c">]>', '<!DOCTYPE a SYSTEM "file:///etc/hostname">', "<!DOCTYPE a>"]
)
def test_a_document_type_is_refused(tmp_path: Path, entity: str) -> None:
    path = tmp_path / "patient.xml"
    path.write_text(f'{entity}<Patient xmlns="http://hl7.org/fhir"><id value="p"/></Patient>')
    with pytest.raises(UnreadableFile, match="document type"):
        list(fhir_xml.read(path, PSEUDONYM))


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ('<fullUrl value="urn:uuid:1"/><fullUrl value="urn:uuid:2"/><resource><Patient/></resource>', "one fullUrl"),
        ("<resource><Patient/></resource><resource><Patient/></resource>", "more than one"),
        ('<fullUrl value="urn:uuid:1"/>', "without a resource"),
    ],
)
def test_an_entry_in_xml_that_says_twice_what_stands_once_is_refused_alone(
    tmp_path: Path, entry: str, why: str
) -> None:
    path = tmp_path / "bundle.xml"
    good = '<entry><resource><Patient><id value="p1"/></Patient></resource></entry>'
    path.write_text(f'<Bundle xmlns="http://hl7.org/fhir"><entry>{entry}</entry>{good}</Bundle>')
    refused, patient, _, seen = facts(fhir_xml.read(path, PSEUDONYM))
    assert isinstance(refused, Refused) and refused.position == "entry 1" and why in refused.reason
    assert isinstance(patient, Patient) and isinstance(seen, Seen)


def test_lines_are_read_where_no_name_says_so(tmp_path: Path) -> None:
    path = tmp_path / "export"
    path.write_text(f"{json.dumps(condition())}\n\n{json.dumps(condition(id='d'))}\n")
    assert sum(isinstance(item, Event) for item in fhir_json.read(path, PSEUDONYM)) == 2

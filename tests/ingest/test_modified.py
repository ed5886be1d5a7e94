"""ingest: unknown modifiers of FHIR records, and states in other forms than R4's, in JSON, NDJSON and XML."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from graph.snapshot import UNSURE
from ingest.fhir.states import MODIFIED
from ingest.fhir.states import SNOMED as STATES
from ingest.records import Item, Refused
from ingest.sources import fhir_json, fhir_xml
from tests.e2e.markers import xml
from tests.ingest.golden import PSEUDONYM, facts
from tests.ingest.test_states import CODE, OTHER, SNOMED, VALUE_SETS, VERIFICATIONS, coded, events, reasons, resource


def readings(path: Path, *resources: dict[str, Any], **more: Any) -> list[list[Item]]:
    """The items from a JSON bundle, from NDJSON, and from an XML bundle."""
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} | more for one in resources]}
    path.with_suffix(".json").write_text(json.dumps(bundle))
    path.with_suffix(".ndjson").write_text("".join(f"{json.dumps(one)}\n" for one in resources))
    path.with_suffix(".xml").write_text(xml("", bundle))
    forms = ((".json", fhir_json), (".ndjson", fhir_json), (".xml", fhir_xml))
    return [facts(source.read(path.with_suffix(suffix), PSEUDONYM)) for suffix, source in forms]


def agreed(path: Path, *resources: dict[str, Any]) -> tuple[list[str | None], list[str]]:
    """The statuses of events, and the reasons for records without events. Checks that all three forms agree."""
    found = [([event.status for event in events(items)], reasons(items)) for items in readings(path, *resources)]
    assert found[0] == found[1] == found[2]
    return found[0]


@pytest.mark.parametrize(("kind", "status"), [("Procedure", "COMPLETED"), ("Encounter", "In_Progress")])
def test_a_status_in_capitals_is_read_and_counted(tmp_path: Path, kind: str, status: str) -> None:
    said = [status.lower().replace("_", "-")], ["status is not spelled as in FHIR R4"]
    assert agreed(tmp_path / "a", resource(kind, status=status)) == said


@pytest.mark.parametrize("code", ["Entered-In-Error", "ENTERED_IN_ERROR", "Entered in error"])
def test_codes_for_no_event_are_recognised_in_any_spelling(tmp_path: Path, code: str) -> None:
    state = {"coding": [{"code": code}]}
    denied = [
        resource("Procedure", status=code),
        resource("MedicationRequest", status="active", intent=code),
        resource("Condition", verificationStatus=state),
        resource("AllergyIntolerance", clinicalStatus=state),
    ]
    assert agreed(tmp_path / "a", *denied) == ([], ["entered in error"] * 4)


def test_flags_of_earlier_fhir_versions_for_no_event_are_recognised(tmp_path: Path) -> None:
    said: list[tuple[str, str, Any, str]] = [
        ("Immunization", "notGiven", True, "not given"),
        ("Immunization", "wasNotGiven", True, "not given"),
        ("Procedure", "notDone", True, "not done"),
        ("Procedure", "notPerformed", True, "not done"),
        ("FamilyMemberHistory", "notDone", True, "not done"),
        ("MedicationStatement", "taken", "n", "not taken"),
        ("MedicationStatement", "wasNotTaken", True, "not taken"),
    ]
    denied = [resource(kind, status="completed", **{name: value}) for kind, name, value, _ in said]
    assert agreed(tmp_path / "a", *denied) == ([], [reason for *_, reason in said])
    happened = [
        resource(kind, status="completed", **{name: "y" if value == "n" else False}) for kind, name, value, _ in said
    ]
    assert agreed(tmp_path / "a", *happened) == (["completed"] * 7, [])


@pytest.mark.parametrize("code", STATES)
def test_a_state_in_snomed_ct_equals_that_of_fhir(tmp_path: Path, code: str) -> None:
    state, wanted = coded(SNOMED, code), STATES[code]
    names = ("clinicalStatus", "verificationStatus") if wanted in VERIFICATIONS.split() else ("clinicalStatus",)
    conditions = [resource("Condition", **{name: state}) for name in names]
    shown = [] if wanted == "refuted" else [None if wanted == "confirmed" else wanted] * len(names)
    assert agreed(tmp_path / "a", *conditions) == (shown, ["refuted"] * 2 if wanted == "refuted" else [])
    if wanted in UNSURE:
        values: list[dict[str, Any]] = [{"valueCodeableConcept": state}, {"interpretation": [state]}]
        observations = [resource("Observation", status="final", **value) for value in values]
        assert agreed(tmp_path / "a", *observations)[0] == [f"{wanted} final"] * 2


UNKNOWN = {"modifierExtension": [{"url": "http://a.example/Zonnebloem", "valueBoolean": True}] * 2}
MEDICINE = {"resourceType": "Medication", "id": "m", "code": CODE} | UNKNOWN
INSIDE: list[dict[str, Any]] = [
    resource("Observation", status="final", component=[{"code": OTHER} | UNKNOWN]),
    resource("FamilyMemberHistory", status="completed", condition=[{"code": CODE}, {"code": OTHER} | UNKNOWN]),
    resource("Specimen", collection={"collectedDateTime": "2020"} | UNKNOWN),
    {"resourceType": "Patient", "id": "p", "link": [{"type": "refer", "other": {"reference": "Patient/q"}} | UNKNOWN]},
    {"resourceType": "MedicationStatement", "id": "s", "subject": {"reference": "Patient/p"}, "contained": [MEDICINE]}
    | {"medicationReference": {"reference": "#m"}},
]


def test_a_resource_with_an_unknown_modifier_is_refused(tmp_path: Path) -> None:
    kinds = [*VALUE_SETS, "Patient", "Medication", "Condition", "AllergyIntolerance"]
    whole = [resource(kind) | UNKNOWN for kind in kinds] + [resource("Procedure", implicitRules="http://a.example")]
    for items in readings(tmp_path / "a", *whole):
        assert [item.reason for item in items if isinstance(item, Refused)] == [MODIFIED] * len(whole)
        assert len(items) == len(whole) == 20


@pytest.mark.parametrize("other", [resource("Procedure", status="completed"), resource("Procedure", status=1)])
def test_an_entry_with_an_unknown_modifier_is_refused(tmp_path: Path, other: dict[str, Any]) -> None:
    """Also if each entry is decoded separately, because another entry is invalid."""
    one = resource("Procedure", status="completed")
    in_bundle, lines, in_xml = readings(tmp_path / "a", one, other, **UNKNOWN)
    assert [item.reason for item in in_bundle if isinstance(item, Refused)] == [MODIFIED] * 2
    assert [item.reason for item in in_xml if isinstance(item, Refused)] == [MODIFIED] * 2
    assert len(events(lines)) >= 1


def test_an_element_with_an_unknown_modifier_is_not_read(tmp_path: Path) -> None:
    for items in readings(tmp_path / "a", *INSIDE):
        assert len(events(items)) == 3 and not any(event.start for event in events(items))
        assert [reason.removeprefix("link to another patient: ") for reason in reasons(items)] == [MODIFIED] * 5

"""tests: the role `records` reads the patients of a cohort and why one is in it; every reading is in the audit log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from api.auth import Audit, Callers, Guard, Keys, add_key
from api.disclosure import SERVED, Role
from api.execution import execute
from api.fields import Read
from api.http import create_app
from graph.snapshot import PatientRecords, Reader, Snapshot, patient_records
from tests.api.server import serving

ENTRY = {"entry": [{"concepts": {"items": [{"id": "MONDO:0005015"}]}, "nth": 1}], "exit": {"after": {"days": 30}}}
WOMEN = {"rules": [{"name": "women", "group": {"of": [{"person": {"sex": ["female"]}}]}}]}
MEMBERS = """query($d: CohortDefinition, $first: Int!, $after: String) { definedCohort(definition: $d) {
  members(first: $first, after: $after) { totalCount nodes { patient start end } pageInfo { hasNextPage endCursor } }
} }"""
EXPLANATION = """query($d: CohortDefinition, $patient: ID!) { definedCohort(definition: $d) {
  explanation(patient: $patient) { patient inside reason times { start end endedBy } entries {
    excludedBy why event { concept { id } kind start rows } criteria { part text holds found events { kind } } } }
} }"""


@pytest.fixture(scope="module")
def records(address: str) -> PatientRecords:
    return patient_records(address)


def _asked(snapshot: Snapshot, records: PatientRecords, query: str, **given: Any) -> tuple[Any, list[Read]]:
    reads: list[Read] = []
    answer = execute(snapshot, query, given, Role.RECORDS, reads=reads, records=records)
    assert "errors" not in answer
    return answer["data"]["definedCohort"], reads


def _page(snapshot: Snapshot, records: PatientRecords, **given: Any) -> Any:
    return _asked(snapshot, records, MEMBERS, d=given.pop("d", ENTRY), **given)[0]["members"]


def _explained(snapshot: Snapshot, records: PatientRecords, patient: str, definition: Any) -> Any:
    return _asked(snapshot, records, EXPLANATION, d=definition, patient=patient)[0]["explanation"]


def test_the_patients_of_a_cohort_are_read_in_pages(snapshot: Snapshot, records: PatientRecords) -> None:
    whole = _page(snapshot, records, first=100)
    first = _page(snapshot, records, first=10)
    second = _page(snapshot, records, first=10, after=first["pageInfo"]["endCursor"])
    assert whole["totalCount"] == len(whole["nodes"]) == 17
    assert first["nodes"] + second["nodes"] == whole["nodes"]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert {one["start"] for one in whole["nodes"]} == {"2020-01-01"}
    assert len({one["patient"] for one in whole["nodes"]}) == 17


def test_members_are_those_that_are_explained_to_be_inside(snapshot: Snapshot, records: PatientRecords) -> None:
    every = _page(snapshot, records, d={}, first=100)["nodes"]
    definition = ENTRY | WOMEN
    inside = {one["patient"] for one in _page(snapshot, records, d=definition, first=100)["nodes"]}
    told = {one["patient"]: _explained(snapshot, records, one["patient"], definition) for one in every}
    assert len(inside) == 9 and {patient for patient, one in told.items() if one["inside"]} == inside
    reasons = {one["reason"] for patient, one in told.items() if patient not in inside}
    start = "the patient is not in the cohort: "
    assert reasons == {f"{start}every entry event is excluded", f"{start}no entry event"}
    excluded = {(entry["excludedBy"], entry["why"]) for one in told.values() for entry in one["entries"]}
    assert excluded == {(None, None), ("rules[0]", 'rule "women"')}


def test_an_explanation_has_events_criteria_and_times(snapshot: Snapshot, records: PatientRecords) -> None:
    patient = _page(snapshot, records, d=ENTRY | WOMEN, first=1)["nodes"][0]["patient"]
    told = _explained(snapshot, records, patient, ENTRY | WOMEN)
    ((entry,), (time,)) = told["entries"], told["times"]
    assert entry["event"]["concept"]["id"].startswith("snomedct:") and entry["event"]["kind"] == "condition"
    assert len(entry["event"]["rows"]) == 1
    assert [(one["part"], one["text"], one["holds"]) for one in entry["criteria"]] == [
        ("rules[0].group", 'rule "women": all of', True),
        ("rules[0].group.of[0]", "patient is female", True),
    ]
    assert (time["start"], time["endedBy"]) == ("2020-01-01", "the end of the observation period")


@pytest.mark.parametrize("role", [role for role in SERVED if role is not Role.RECORDS])
@pytest.mark.parametrize("query", [MEMBERS, EXPLANATION])
def test_other_roles_are_refused(snapshot: Snapshot, records: PatientRecords, role: Role, query: str) -> None:
    reads: list[Read] = []
    given = {"d": {}, "first": 1} if query is MEMBERS else {"d": {}, "patient": "patient:000"}
    answer = execute(snapshot, query, given, role, reads=reads, records=records)
    assert (answer["data"], reads) == ({"definedCohort": None}, [])
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"
    assert error["message"].startswith("single patients are shown only for the roles records: send a key")


def test_without_an_audit_log_no_patient_is_read(snapshot: Snapshot) -> None:
    answer = execute(snapshot, MEMBERS, {"d": {}, "first": 1}, Role.RECORDS)
    (error,) = answer["errors"]
    assert (answer["data"], error["extensions"]["code"]) == ({"definedCohort": None}, "UNAVAILABLE")
    assert "TRICUSPID_AUDIT" in error["message"]


def test_every_reading_is_logged(snapshot: Snapshot, records: PatientRecords) -> None:
    page, reads = _asked(snapshot, records, MEMBERS, d=WOMEN, first=2)
    (read,) = reads
    assert (read["field"], read["start"], read["told"]) == ("definedCohort.members", 0, 2)
    assert "female" in read["definition"]
    patient = page["members"]["nodes"][0]["patient"]
    _, (read,) = _asked(snapshot, records, EXPLANATION, d=WOMEN, patient=patient)
    assert (read["field"], read["patient"]) == ("definedCohort.explanation", patient)


def test_an_unknown_pseudonym_is_an_error_that_is_logged(snapshot: Snapshot, records: PatientRecords) -> None:
    reads: list[Read] = []
    given = {"d": WOMEN, "patient": "some text"}
    answer = execute(snapshot, EXPLANATION, given, Role.RECORDS, reads=reads, records=records)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]
    assert [read["patient"] for read in reads] == [None] and "some text" not in str(reads)


def test_a_server_reads_patients_and_logs_the_reading(address: str, tmp_path: Path) -> None:
    key = add_key(tmp_path / "keys", "registry", Role.RECORDS, 1)
    guard = Guard(Callers(keys=Keys(tmp_path / "keys")), Audit(tmp_path / "log", durable=False))
    with serving(create_app(Reader(address), guard=guard)) as client:
        asked = {"query": MEMBERS, "variables": {"d": WOMEN, "first": 3}}
        refused = client.post("/graphql", json=asked).json()
        answer = client.post("/graphql", json=asked, headers={"authorization": f"Bearer {key}"}).json()
    assert [error["extensions"]["code"] for error in refused["errors"]] == ["FORBIDDEN"]
    assert len(answer["data"]["definedCohort"]["members"]["nodes"]) == 3
    (line,) = map(json.loads, (tmp_path / "log").read_text().splitlines())
    assert (line["who"], line["role"]) == ("key:registry", "records")
    assert [read["field"] for read in line["reads"]] == ["definedCohort.members"]

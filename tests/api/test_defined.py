"""tests: cohorts by definition over GraphQL, in three spellings, for all roles."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import orjson
import pytest

from api.disclosure import SERVED, UNCHANGED, Role
from api.execution import execute
from cohorts.encoding import decode, encode
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, Batch, open_store
from tests.api.conftest import Ask
from tests.example import write_example
from tests.graph.rows import nodes

T2 = {"concepts": {"items": [{"id": "MONDO:0005148"}]}}
QUERY = """query($d: CohortDefinition, $text: String) { definedCohort(definition: $d, text: $text) {
  patients { count withheld } attrition { step kept { count } passed { count } }
  text nl: text(language: NL) json hash findings { code path message remedy } notCompared } }"""
COUNT = "query($d: CohortDefinition) { definedCohort(definition: $d) { patients { count withheld } } }"
WOMEN = {"name": "women", "group": {"of": [{"person": {"sex": ["female"]}}]}}
OLD = {"name": "70 and older", "group": {"of": [{"person": {"age": {"low": 70}}}]}}
ENTRY: dict[str, Any] = {"entry": [T2 | {"kinds": ["CONDITION"], "nth": 1}], "rules": [WOMEN, OLD]}


def test_every_step_is_counted_for_exact(ask: Ask) -> None:
    """In 2020, patients born in 1950 or earlier are 70. Of the fourteen patients, women were born in even years."""
    found = ask(QUERY, {"d": ENTRY}, role=Role.EXACT)["definedCohort"]
    assert found["patients"] == {"count": 6, "withheld": False}
    assert [(step["step"], step["kept"]["count"], step["passed"]["count"]) for step in found["attrition"]] == [
        ("entry events", 14, 14),
        ("women", 7, 7),
        ("70 and older", 6, 11),
    ]
    assert found["notCompared"] == [] and "type 2 diabetes mellitus" in found["text"]


def test_all_spellings_are_one_definition(ask: Ask) -> None:
    found = ask(QUERY, {"d": ENTRY}, role=Role.EXACT)["definedCohort"]
    for text in (found["text"], found["json"]):
        assert ask(QUERY, {"text": text}, role=Role.EXACT)["definedCohort"] == found
    dutch = "query($t: String) { definedCohort(text: $t, language: NL) { json } }"
    assert ask(dutch, {"t": found["nl"]})["definedCohort"]["json"] == found["json"]
    assert encode(decode(found["json"])) == found["json"].encode()


@pytest.mark.parametrize("role", SERVED)
def test_plain_criteria_get_the_numbers_of_cohort(snapshot: Snapshot, role: Role) -> None:
    """For every role below EXACT a plain definition gives the number that `cohort` gives; others are refused."""
    lacks = {
        "occurs": {
            "events": {"concepts": {"items": [{"id": "MONDO:0005147"}], "certain": True}},
            "atMost": 0,
            "atLeast": 0,
        }
    }
    some = [{"occurs": {"events": T2}}, lacks, {"person": {"sex": ["female"], "born": {"low": 1940}}}]
    plain = execute(snapshot, COUNT, {"d": {"rules": [{"name": "all", "group": {"of": some}}]}}, role)
    same = execute(
        snapshot,
        '{ cohort(criteria: {all: ["MONDO:0005148"], none: ["MONDO:0005147"], sex: FEMALE, bornFrom: 1940})'
        " { patients { count withheld } } }",
        None,
        role,
    )
    assert plain["data"]["definedCohort"] == same["data"]["cohort"]
    timed = execute(snapshot, COUNT, {"d": ENTRY}, role)
    codes = [error["extensions"]["code"] for error in timed.get("errors", [])]
    assert codes == ([] if role in UNCHANGED else ["FORBIDDEN"])


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "give either"),
        ({"text": "patients wiht condition [MONDO:1]"}, "line 1"),
        ({"text": '{"entry": 3}'}, "array"),
        ({"text": '{"enrty": []}'}, "enrty"),
        ({"d": {}, "text": "patients"}, "give either"),
        ({"d": {"rules": [{"name": "x", "group": {"of": [{"among": {"sources": ["a"]}}]}}]}}, "cannot be answered"),
    ],
)
def test_wrong_input_says_what_is_wrong(snapshot: Snapshot, given: dict[str, Any], words: str) -> None:
    answer = execute(snapshot, QUERY, given, Role.EXACT)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_INPUT"}
    assert words in orjson.dumps(answer).decode()


def test_remarks_name_the_part(ask: Ask) -> None:
    wrong = {"entry": [{"concepts": {"items": [{"id": "MONDO:0001344"}, {"id": "MONDO:9999999"}]}}]}
    found = ask(QUERY, {"d": wrong}, role=Role.EXACT)["definedCohort"]["findings"]
    assert {(one["code"], one["path"]) for one in found} >= {("unknown_concept", "entry[0].concepts.items[1]")}


def test_remarks_are_in_the_language_of_the_text(ask: Ask) -> None:
    query = """query($t: String, $l: CohortLanguage! = EN) { definedCohort(text: $t, language: $l) {
      findings { message path } en: findings(language: EN) { message } nl: findings(language: NL) { message } } }"""
    dutch = {"t": "eerste aandoening [MONDO:0005148 griep; MONDO:9999999]", "l": "NL"}
    found = ask(query, dutch, role=Role.EXACT)["definedCohort"]
    assert [(one["message"], one["path"]) for one in found["findings"]] == [
        ("MONDO:9999999 is geen bekend concept", "entry[0].concepts.items[1]"),
        ('MONDO:0005148 heet niet "griep"', "regel 1, kolom 34"),
    ]
    assert [one["message"] for one in found["nl"]] == [one["message"] for one in found["findings"]]
    assert [one["message"] for one in found["en"]] == [
        "MONDO:9999999 is not a known concept", 'MONDO:0005148 is not called "griep"'
    ]  # fmt: skip
    english = ask(query, {"t": "first condition [MONDO:9999999]"}, role=Role.EXACT)["definedCohort"]
    assert english["findings"][0]["message"] == "MONDO:9999999 is not a known concept"


def test_the_note_on_what_is_unknown_is_in_the_language_of_the_text(snapshot: Snapshot) -> None:
    query = "query($t: String) { definedCohort(text: $t, language: NL) { patients { count } } }"
    answer = execute(snapshot, query, {"t": "aandoening [MONDO:99]"}, Role.EXACT)
    told = "MONDO:99 is geen bekend concept: controleer de CURIE, of laad de terminologie waarin het staat"
    assert answer["extensions"]["unknown"] == f"entry[0].concepts.items[0]: {told}"


def test_records_are_joined_by_what_is_specific(ask: Ask) -> None:
    """Two studies and a course are about type 2 diabetes; a course is about diabetes, which is broader."""
    query = """query($d: CohortDefinition) { definedCohort(definition: $d) {
      studies { record { ... on Study { id } } score why { id } } courses { record { ... on Course { id } } why { id } }
      datasets { score } } }"""
    found = ask(query, {"d": ENTRY})["definedCohort"]
    studies = [one["record"]["id"].removeprefix("clinicaltrials:") for one in found["studies"]]
    assert studies == ["NCT00000620", "NCT01131676", "NCT02065791"]
    assert [(one["record"]["id"], one["why"]) for one in found["courses"]] == [
        ("course:1002", [{"id": "MONDO:0005148"}])
    ]
    assert found["datasets"] == []
    wide = {"entry": [{"concepts": {"items": [{"id": "MONDO:0005148"}, {"id": "MONDO:0005015"}]}}]}
    studies = ask(query, {"d": wide})["definedCohort"]["studies"]
    assert [one["id"] for one in studies[0]["why"]] == ["MONDO:0005148", "MONDO:0005015"]
    scores = [one["score"] for one in studies]
    assert scores == sorted(scores, reverse=True) and scores[0] > scores[-1] > 0


def test_what_patients_must_not_have_joins_nothing(ask: Ask) -> None:
    lacks = {"occurs": {"events": T2, "atMost": 0, "atLeast": 0}}
    query = "query($d: CohortDefinition) { definedCohort(definition: $d) { studies { score } } }"
    assert ask(query, {"d": {"rules": [{"name": "none", "group": {"of": [lacks]}}]}})["definedCohort"]["studies"] == []


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """The example graph with a value set of type 2 diabetes, and a saved cohort of patients with a concept of it."""
    address = str(tmp_path_factory.mktemp("saved") / "store")
    with closing(open_store(address)) as store:
        write_example(store)
        cohort = '{"entry": [{"concepts": {"items": [{"id": "valueset:t2"}]}}]}'
        rows: dict[str, dict[str, Any]] = {
            "ValueSet": {"definition": '{"items": [{"id": "icd10:E11", "exact": true}]}'},
            "Cohort": {"definition": cohort, "version": 1, "hash": "h"},
        }
        tables = {name: nodes(name, {"id": f"{name.lower()}:t2", "name": "t2"} | row) for name, row in rows.items()}
        store.write(Batch(tables))
        return fresh_snapshot(store, Address(address).state)


@pytest.mark.parametrize("role", SERVED)
@pytest.mark.parametrize("text", ["condition [valueset:t2]", 'patients: among cohorts "cohort:t2"'])
def test_value_sets_and_saved_cohorts_join_records_for_every_role(saved: Snapshot, role: Role, text: str) -> None:
    query = """query($t: String) { definedCohort(text: $t) {
      studies { record { ... on Study { id } } why { id } } courses { record { ... on Course { id } } } } }"""
    answer = execute(saved, query, {"t": text}, role)
    assert "errors" not in answer
    found = answer["data"]["definedCohort"]
    studies = {one["record"]["id"].removeprefix("clinicaltrials:") for one in found["studies"]}
    assert studies == {"NCT00000620", "NCT01131676", "NCT02065791"}
    assert {"id": "icd10:E11"} in found["studies"][0]["why"]
    assert [one["record"]["id"] for one in found["courses"]] == ["course:1002"]


@pytest.mark.parametrize("text", ["condition [valueset:none]", 'patients: among cohorts "cohort:none"'])
def test_records_are_not_joined_by_what_is_not_stored(saved: Snapshot, text: str) -> None:
    query = "query($t: String) { definedCohort(text: $t) { studies { score } } }"
    errors = execute(saved, query, {"t": text}, Role.AT_LEAST)["errors"]
    assert [error["extensions"]["code"] for error in errors] == ["BAD_INPUT"] and ":none" in errors[0]["message"]


def test_an_answer_notes_what_is_not_known(snapshot: Snapshot) -> None:
    def notes(id_: str) -> dict[str, Any]:
        some = {"entry": [{"concepts": {"items": [{"id": id_}]}}]}
        found: dict[str, Any] = execute(snapshot, COUNT, {"d": some}, Role.EXACT)["extensions"]
        return found

    assert "MONDO:99 is not a known concept" in notes("MONDO:99")["unknown"]
    assert "valueset:none" in notes("valueset:none").get("unknown", "")
    assert "unknown" not in notes("MONDO:0005148")

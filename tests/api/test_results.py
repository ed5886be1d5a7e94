"""tests: results about the patients of a cohort over GraphQL, for the role `exact` only."""

from __future__ import annotations

from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import Snapshot
from tests.api.conftest import Ask

ENTRY = {"entry": [{"kinds": ["CONDITION"], "concepts": {"items": [{"id": "MONDO:0005015"}]}, "nth": 1}]}
TYPE_1 = {"entry": [{"concepts": {"items": [{"id": "MONDO:0005147"}]}}]}
EVENTS = {"concepts": {"items": [{"id": "MONDO:0005148"}]}}
FIELDS = {
    "breakdown": "breakdown(by: [SEX]) { values patients { count } }",
    "combinations": "combinations { steps patients { count } }",
    "incidence": "incidence(outcome: $e, by: [SEX]) { values persons { count } outcomes { count } personYears }",
    "survival": "survival(outcome: $e) { since until atRisk events censored survival }",
    "frequent": "frequent(other: $other) { concept { id } patients { count } share otherShare difference }",
    "pathways": 'pathways(events: [{name: "t2", events: $e}]) { steps patients { count } }',
    "orphans": "orphans { concept { id } patients { count } near }",
    "overlap": "overlap(other: $other) { both { count } only { count } other { count } }",
}


def query(field: str) -> str:
    used = "$d: CohortDefinition"
    used += ", $e: EventsInput!" if "$e" in FIELDS[field] else ""
    used += ", $other: CohortDefinition!" if "$other" in FIELDS[field] else ""
    return f"query({used}) {{ definedCohort(definition: $d) {{ {FIELDS[field]} }} }}"


def found(ask: Ask, field: str, definition: dict[str, Any] = ENTRY) -> Any:
    given = {"d": definition, "e": EVENTS, "other": TYPE_1}
    return ask(query(field), given, role=Role.EXACT)["definedCohort"][field]


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("role", [Role.NONE, Role.AT_LEAST, Role.STEWARD])
def test_other_roles_are_refused(snapshot: Snapshot, field: str, role: Role) -> None:
    answer = execute(snapshot, query(field), {"d": ENTRY, "e": EVENTS, "other": TYPE_1}, role)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert answer["data"] == {"definedCohort": None}


def test_a_breakdown_by_two_dimensions(ask: Ask) -> None:
    """Seventeen patients have diabetes: women are the even ones."""
    cells = [(cell["values"], cell["patients"]["count"]) for cell in found(ask, "breakdown")]
    assert cells == [(["female"], 9), (["male"], 8)]
    two = "query($d: CohortDefinition) { definedCohort(definition: $d) { breakdown(by: [SEX, YEAR]) { values } } }"
    assert ask(two, {"d": ENTRY}, role=Role.EXACT)["definedCohort"]["breakdown"] == [
        {"values": ["female", "2020"]},
        {"values": ["male", "2020"]},
    ]


def test_a_breakdown_by_branches_and_value_sets(ask: Ask) -> None:
    by = """query($d: CohortDefinition) { definedCohort(definition: $d) {
      breakdown(branchesOf: "MONDO:0005015", by: [SEX]) { values patients { count } }
      sets: breakdown(valueSets: ["MONDO:0005148", "MONDO:0005147"]) { values patients { count } } } }"""
    both = ask(by, {"d": ENTRY}, role=Role.EXACT)["definedCohort"]
    assert {tuple(one["values"]): one["patients"]["count"] for one in both["sets"]} == {
        ("MONDO:0005147",): 3,
        ("MONDO:0005148",): 14,
    }
    assert sum(one["patients"]["count"] for one in both["breakdown"]) == 17


def test_attrition_of_combined_rules(ask: Ask) -> None:
    rules = [
        {"name": "women", "group": {"of": [{"person": {"sex": ["female"]}}]}},
        {"name": "old", "group": {"of": [{"person": {"age": {"low": 70}}}]}},
    ]
    cells = {
        tuple(one["steps"]): one["patients"]["count"] for one in found(ask, "combinations", ENTRY | {"rules": rules})
    }
    assert cells == {("women", "old"): 6, ("old",): 5, ("women",): 3, (): 3}


def test_two_cohorts_are_compared(ask: Ask) -> None:
    assert found(ask, "overlap") == {"both": {"count": 3}, "only": {"count": 14}, "other": {"count": 0}}
    shares = {row["concept"]["id"]: (row["share"], row["otherShare"]) for row in found(ask, "frequent")}
    assert shares["snomedct:46635009"] == (pytest.approx(3 / 17), 1.0)


def test_incidence_survival_and_pathways(ask: Ask) -> None:
    """All events of the example are on one day, so nobody has an outcome after the start."""
    assert [row["outcomes"]["count"] for row in found(ask, "incidence")] in ([], [0, 0])
    assert all(row["events"] == 0 for row in found(ask, "survival"))
    assert {tuple(way["steps"]): way["patients"]["count"] for way in found(ask, "pathways")} == {("t2",): 14, (): 3}


def test_concepts_in_use_that_are_not_covered(ask: Ask) -> None:
    narrow = {"entry": [{"concepts": {"items": [{"id": "snomedct:44054006"}]}}]}
    (orphan,) = found(ask, "orphans", narrow)
    assert (orphan["concept"]["id"], orphan["patients"]["count"]) == ("snomedct:46635009", 3) and orphan["near"]


@pytest.mark.parametrize("argument", ['branchesOf: "MONDO:9999999"', 'valueSets: ["MONDO:9999999"]'])
def test_an_unknown_concept_is_an_error(snapshot: Snapshot, argument: str) -> None:
    query = f"query($d: CohortDefinition) {{ definedCohort(definition: $d) {{ breakdown({argument}) {{ values }} }} }}"
    answer = execute(snapshot, query, {"d": ENTRY}, Role.EXACT)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]

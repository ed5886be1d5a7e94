"""tests: `notCounted` and its note list what a count leaves out, but no patient data that the caller may not see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.disclosure import AT_LEAST, Role
from api.execution import execute
from graph.snapshot import Snapshot
from tests.small import small_snapshot

_LABELS = {"A:1": "COVID-19", "B:1": "Suspected COVID-19", "B:2": "Covid-19 without symptoms", "C:1": "Covid 19"}
_LABELS |= {"C:2": "COVID-19 in the family", "A:2": "Influenza", "A:3": "Influenza A", "B:3": "Influenza B"}
_LIST = "concept { id } records patients { count withheld } why"
_ASKED = f"query($id: ID!, $first: Int! = 10) {{ concept(id: $id) {{ notCounted(first: $first) {{ {_LIST} }} }} }}"
_SURE = f'{{ concept(id: "A:1") {{ notCounted(level: CERTAIN) {{ {_LIST} }} }} }}'


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """C:1 has the name of A:1. B:1 has records and 25 patients; B:2 and C:2 have only patients: 24 and 3."""
    return small_snapshot(
        tmp_path_factory.mktemp("small"),
        labels=_LABELS,
        studies=[["A:1"], ["B:1"], ["B:1", "A:1"], ["C:1"], ["A:3"], ["B:3"]],
        events=[["B:1"]] * 25 + [["B:2"]] * 24 + [["C:2"]] * 3 + [["A:1"]] * 20,
    )


def _listed(snapshot: Snapshot, query: str, role: Role, **variables: Any) -> list[tuple[str, int, int | None, str]]:
    found = execute(snapshot, query, variables, role)["data"]["concept"]["notCounted"]
    return [(one["concept"]["id"], one["records"], one["patients"]["count"], one["why"]) for one in found]


def test_concepts_are_listed_with_the_reason(small: Snapshot) -> None:
    assert _listed(small, _ASKED, Role.EXACT, id="A:1") == [
        ("B:1", 2, 25, "WORDS"),
        ("B:2", 0, 24, "WORDS"),
        ("C:2", 0, 3, "WORDS"),
    ]
    assert _listed(small, _ASKED, Role.EXACT, id="A:1", first=1) == [("B:1", 2, 25, "WORDS")]
    assert _listed(small, _ASKED, Role.EXACT, id="A:1", first=0) == []
    assert _listed(small, _SURE, Role.EXACT)[0] == ("C:1", 1, 0, "SAME_NAME")


def test_a_role_sees_only_its_numbers_of_patients(small: Snapshot) -> None:
    assert _listed(small, _ASKED, Role.AT_LEAST, id="A:1") == [("B:1", 2, 30, "WORDS"), ("B:2", 0, 30, "WORDS")]
    for role in (Role.RANGE, Role.EXISTS):
        assert _listed(small, _ASKED, role, id="A:1") == [("B:1", 2, None, "WORDS"), ("B:2", 0, None, "WORDS")]
    assert _listed(small, _ASKED, Role.NONE, id="A:1") == [("B:1", 2, None, "WORDS")]


def test_a_count_close_to_that_of_the_reach_is_replaced_by_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    """B:1 itself has 17 patients, and its child 5 more. Callers may not learn this difference of 5."""
    snapshot = small_snapshot(
        tmp_path_factory.mktemp("near"),
        labels=_LABELS,
        is_a=[("B:2", "B:1")],
        studies=[["B:1"]],
        events=[["B:1"]] * 17 + [["B:2"]] * 5,
    )
    asked = '{ concept(id: "A:1") { notCounted { concept { id patients { count } } patients { count } } } }'
    (result,) = execute(snapshot, asked, None, Role.AT_LEAST)["data"]["concept"]["notCounted"]
    assert result == {"concept": {"id": "B:1", "patients": {"count": 30}}, "patients": {"count": 30}}
    (result, _) = execute(snapshot, asked, None, Role.EXACT)["data"]["concept"]["notCounted"]
    assert result == {"concept": {"id": "B:1", "patients": {"count": 22}}, "patients": {"count": 17}}


def test_a_count_close_to_that_of_the_certain_reach_is_replaced_by_it(tmp_path: Path) -> None:
    """B:1 has 17 patients itself, 22 with its child, and 52 with a likely equal concept."""
    snapshot = small_snapshot(
        tmp_path,
        labels=_LABELS,
        is_a=[("B:2", "B:1")],
        mapped=[(("C:2", "B:1"), False)],
        studies=[["B:1"]],
        events=[["B:1"]] * 17 + [["B:2"]] * 5 + [["C:2"]] * 30,
    )
    counts = "patients { count } certain: patients(level: CERTAIN) { count }"
    asked = f'{{ concept(id: "A:1") {{ notCounted {{ concept {{ id {counts} }} patients {{ count }} }} }} }}'
    for role, own, certain, likely in ((Role.EXACT, 17, 22, 52), (Role.AT_LEAST, 20, 20, 60)):
        result = execute(snapshot, asked, None, role)["data"]["concept"]["notCounted"][0]
        counted = {"patients": {"count": likely}, "certain": {"count": certain}}
        assert result == {"concept": {"id": "B:1", **counted}, "patients": {"count": own}}


def _note(snapshot: Snapshot, asked: str, role: Role = Role.AT_LEAST, id_: str = "A:1") -> str | None:
    answer = execute(snapshot, f'{{ concept(id: "{id_}") {{ {asked} }} }}', None, role)
    assert "errors" not in answer
    found: str | None = answer["extensions"].get("notCounted")
    return found


def test_a_note_beside_numbers_of_records(small: Snapshot) -> None:
    one = "A:1: 1 concept with a similar name has 1 record that is not counted; see concept { notCounted }"
    for role in (Role.NONE, Role.EXACT):
        assert _note(small, "studies { totalCount }", role) == one
    two = "A:2: 2 concepts with similar names have 2 records that are not counted; see concept { notCounted }"
    assert _note(small, "studies { totalCount }", id_="A:2") == two
    sure = "A:1 at CERTAIN: 2 concepts with similar names have 2 records that are not counted"
    assert _note(small, "studies(level: CERTAIN) { totalCount }") == f"{sure}; see concept {{ notCounted }}"
    about = execute(small, '{ studies(about: "A:1") { totalCount } }')["extensions"]
    assert about["notCounted"] == one


def test_a_note_beside_numbers_of_patients(small: Snapshot) -> None:
    have = "A:1: {} have 1 record and patients that are not counted; see concept {{ notCounted }}"
    result = [_note(small, "patients { count }", role) for role in (Role.EXACT, Role.AT_LEAST, Role.EXISTS)]
    assert result == [have.format(f"{many} concepts with similar names") for many in (3, 2, 2)]
    assert _note(small, "studies { totalCount } patients { count } courses { totalCount }") == result[1]
    alone = "A:1: 1 concept with a similar name has 1 record that is not counted; see concept { notCounted }"
    assert _note(small, "patients { count }", Role.NONE) == alone
    cohort = execute(small, '{ cohort(criteria: {any: ["A:1"], none: ["B:3"]}) { patients { count } } }')
    assert cohort["extensions"]["notCounted"] == result[1]


@pytest.mark.parametrize(("level", "other"), [("LIKELY", " at CERTAIN"), ("CERTAIN", "")])
def test_a_note_about_concepts_that_none_does_not_exclude(small: Snapshot, level: str, other: str) -> None:
    """The note names the level at which `none` is applied."""
    answer = execute(small, f'{{ cohort(criteria: {{none: ["A:2"]}}, level: {level}) {{ patients {{ count }} }} }}')
    have = f"A:2{other}: 2 concepts with similar names have 2 records that are not counted"
    assert answer["extensions"]["notCounted"] == f"{have}; see concept {{ notCounted }}"


def test_a_note_about_concepts_with_patients_only(tmp_path_factory: pytest.TempPathFactory) -> None:
    events = [["B:1"]] * AT_LEAST
    snapshot = small_snapshot(tmp_path_factory.mktemp("alone"), labels=_LABELS, events=events)
    result = "A:1: 1 concept with a similar name has patients and is not counted; see concept { notCounted }"
    assert _note(snapshot, "patients { count }") == result
    assert _note(snapshot, "patients { count }", Role.NONE) is None
    assert _note(snapshot, "studies { totalCount }") is None


def test_no_note_if_nothing_is_left_out_or_counted(small: Snapshot) -> None:
    assert _note(small, "patients { count } studies { totalCount }", id_="B:3") is None
    assert _note(small, "label studies { nodes { id } pageInfo { hasNextPage } }") is None
    assert "notCounted" not in execute(small, "{ studies { totalCount } }")["extensions"]


def test_a_note_names_at_most_a_few_concepts(tmp_path_factory: pytest.TempPathFactory) -> None:
    labels = {f"A:{n}": f"Influenza {n}" for n in range(10, 20)}
    labels |= {f"B:{n}": f"Suspected influenza {n}" for n in range(10, 20)}
    studies = [[id_] for id_ in labels if id_.startswith("B:")]
    snapshot = small_snapshot(tmp_path_factory.mktemp("many"), labels=labels, studies=studies)
    ids = [id_ for id_ in labels if id_.startswith("A:")]
    asked = "query($ids: [ID!]!) { concepts(ids: $ids) { studies { totalCount } } }"
    result = execute(snapshot, asked, {"ids": ids})["extensions"]["notCounted"].split("; ")
    assert [line.partition(":")[2][:2] for line in result[:5]] == [id_.partition(":")[2] for id_ in ids[:5]]
    assert result[5:] == ["and others", "see concept { notCounted }"]


def test_the_audit_log_has_the_disclosed_numbers(small: Snapshot) -> None:
    reads: list[Any] = []
    execute(small, _ASKED, {"id": "A:1"}, Role.AT_LEAST, reads=reads)
    assert reads == [
        {"field": "Concept.notCounted", "concepts": ["A:1"], "level": "LIKELY", "told": [2]},
        {"field": "NotCounted.patients", "concepts": ["B:1", "B:2"], "level": "LIKELY", "told": [30, 30]},
    ]
    reads.clear()
    execute(small, '{ concept(id: "A:1") { studies { totalCount } } }', None, Role.EXACT, reads=reads)
    assert reads == []


def test_a_page_that_is_too_long_is_refused(small: Snapshot) -> None:
    answer = execute(small, _ASKED, {"id": "A:1", "first": 501})
    assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"

"""api: lists of records by id, by field values and by links, and the linked records."""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from api.fields import MOST
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, open_store
from tests.graph.rows import concepts, edges, nodes

PEOPLE = {"orcid:0000-0000-0000-0001": "Anna Example", "person:b": "Bo Example", "person:gone": "Cor Example"}
"""No record is linked to the last person."""


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("lists")
    first, second, third = (f"clinicaltrials:NCT0000000{number}" for number in (1, 2, 3))
    studies = (
        {"id": first, "title": "A", "status": "COMPLETED", "phase": "PHASE3", "start": "2019-05"},
        {"id": second, "title": "B", "status": "RECRUITING", "phase": "PHASE3", "start": "2020"},
        {"id": third, "title": "C", "status": "COMPLETED", "start": "2020-01-31"},
    )
    courses = ({"id": f"course:{n}", "title": f"Course {n}", "language": "en" if n > 2 else "nl"} for n in range(1, 5))
    there = {
        "Concept": concepts("X:1"),
        "Study": nodes("Study", *studies),
        "Organisation": nodes("Organisation", {"id": "organisation:a", "name": "Acme"}),
        "Course": nodes("Course", *courses),
        "Programme": nodes("Programme", {"id": "programme:1", "title": "Medicine", "level": "bachelor"}),
        "Outcome": nodes("Outcome", {"id": "outcome:1", "text": "knows insulin", "language": "en"}),
        "Person": nodes("Person", *({"id": id_, "name": name} for id_, name in PEOPLE.items())),
    }
    anna, bo, gone = PEOPLE
    about = {"method": "exact", "field": "text", "text": "insulin", "start": 6, "end": 13, "assertion": "present"}
    joined = {
        "SPONSORED_BY": edges("SPONSORED_BY", (first, "organisation:a"), (third, "organisation:a")),
        "COURSE_OF": edges("COURSE_OF", ("course:1", "programme:1"), ("course:3", "programme:1")),
        "TEACHES": edges("TEACHES", ("course:3", "outcome:1")),
        "PROGRAMME_TEACHES": edges("PROGRAMME_TEACHES", ("programme:1", "outcome:1")),
        "OUTCOME_ABOUT": edges("OUTCOME_ABOUT", ("outcome:1", "X:1"), **about),
        "STUDY_ABOUT": edges("STUDY_ABOUT", (first, "X:1"), (third, "X:1"), **about | {"field": "title"}),
        "INVESTIGATES": edges("INVESTIGATES", (first, anna), (second, anna), (second, bo), (third, anna)),
        "INSTRUCTS": edges("INSTRUCTS", ("course:3", bo)),
        "AFFILIATED": edges("AFFILIATED", (anna, "organisation:a"), (gone, "organisation:a"), record=first),
    }
    with closing(open_store(str(folder / "store"))) as store:
        store.write(Batch(there, edges=joined))
        return fresh_snapshot(store, folder)


def answer(snapshot: Snapshot, query: str, **given: Any) -> Any:
    return execute(snapshot, query, given or None, Role.NONE)


def ids(snapshot: Snapshot, asked: str) -> list[str]:
    result = answer(snapshot, f"{{ found: {asked} {{ totalCount nodes {{ id }} }} }}")
    found = [node["id"].rpartition(":")[2].lstrip("NCT0") for node in result["data"]["found"]["nodes"]]
    assert result["data"]["found"]["totalCount"] == len(found)
    return found


LISTS = {
    "studies": ["1", "2", "3"],
    'studies(where: {status: ["completed"]})': ["1", "3"],
    'studies(where: {status: ["completed"], phase: ["PHASE3", "PHASE4"]})': ["1"],
    'studies(where: {start: ["2020"]})': ["2", "3"],
    'studies(where: {start: ["2020-01", "2019"]})': ["1", "3"],
    "studies(where: {start: []})": ["1", "2", "3"],
    'studies(where: {sponsors: ["organisation:a"]})': ["1", "3"],
    'studies(ids: ["NCT00000003", "clinicaltrials:NCT00000001", "NCT99999999"])': ["1", "3"],
    'studies(ids: ["NCT00000003"], where: {status: ["RECRUITING"]})': [],
    "studies(ids: [])": [],
    'courses(where: {programmes: ["programme:1"], language: ["EN"]})': ["3"],
    'courses(about: "X:1")': ["3"],
    'courses(about: "X:1", where: {language: ["nl"]})': [],
    'outcomes(about: "X:1")': ["1"],
    'organisations(where: {name: ["Ac"]})': ["a"],
    'studies(where: {investigators: ["person:b"]})': ["2"],
    "persons": ["-0000-0000-0001", "b"],
    'persons(ids: ["https://orcid.org/0000-0000-0000-0001", "0000-0000-0000-001X"])': ["-0000-0000-0001"],
    'persons(where: {name: ["Bo"]})': ["b"],
    'persons(where: {organisations: ["organisation:a"]})': ["-0000-0000-0001"],
}


@pytest.mark.parametrize(("asked", "found"), LISTS.items())
def test_a_list_has_the_records_that_match_the_filter(snapshot: Snapshot, asked: str, found: list[str]) -> None:
    assert ids(snapshot, asked) == found


def test_links_are_followed_in_both_directions(snapshot: Snapshot) -> None:
    result = answer(
        snapshot,
        """{
          programme(id: "programme:1") { title courses { nodes { id } } outcomes { nodes { id text } } }
          outcome(id: "outcome:1") {
            courses { nodes { id } } programmes { nodes { id } } abouts { nodes { concept { id } role } } }
          course(id: "course:3") {
            programmes { nodes { title } } outcomes { nodes { language } } teachers { nodes { name } } }
          person(id: "0000-0000-0000-0001") {
            id name studies { totalCount } courses { totalCount } organisations { nodes { name } } }
          organisation(id: "organisation:a") {
            persons { nodes { name } } name studies(first: 1) { totalCount nodes { title } } }
          study(id: "NCT00000001") { sponsors { nodes { name } } }
          none: organisation(id: "organisation:b") { name }
        }""",
    )
    assert "errors" not in result
    assert result["data"] == {
        "programme": {
            "title": "Medicine",
            "courses": {"nodes": [{"id": "course:1"}, {"id": "course:3"}]},
            "outcomes": {"nodes": [{"id": "outcome:1", "text": "knows insulin"}]},
        },
        "outcome": {
            "courses": {"nodes": [{"id": "course:3"}]},
            "programmes": {"nodes": [{"id": "programme:1"}]},
            "abouts": {"nodes": [{"concept": {"id": "X:1"}, "role": "SUBJECT"}]},
        },
        "course": {
            "programmes": {"nodes": [{"title": "Medicine"}]},
            "outcomes": {"nodes": [{"language": "en"}]},
            "teachers": {"nodes": [{"name": "Bo Example"}]},
        },
        "person": {
            **{"id": "orcid:0000-0000-0000-0001", "name": "Anna Example", "studies": {"totalCount": 3}},
            **{"courses": {"totalCount": 0}, "organisations": {"nodes": [{"name": "Acme"}]}},
        },
        "organisation": {
            "persons": {"nodes": [{"name": "Anna Example"}]},
            "name": "Acme",
            "studies": {"totalCount": 2, "nodes": [{"title": "A"}]},
        },
        "study": {"sponsors": {"nodes": [{"name": "Acme"}]}},
        "none": None,
    }


def test_an_unknown_id_in_a_filter_is_an_error_with_a_remedy(snapshot: Snapshot) -> None:
    result = answer(snapshot, '{ studies(where: {sponsors: ["organisation:a", "organisation:b"]}) { totalCount } }')
    assert result["data"] == {"studies": None}
    message = "no organisation has the id 'organisation:b': find the id with `organisations`"
    assert result["errors"][0]["message"] == message


def test_too_many_ids_are_refused(snapshot: Snapshot) -> None:
    asked = "query($ids: [ID!]) { studies(ids: $ids) { totalCount } }"
    result = answer(snapshot, asked, ids=["NCT00000001"] * (MOST + 1))
    assert result["errors"][0]["message"] == f"ids has {MOST + 1} entries: give at most {MOST}"


EXPERTS = """query($first: Int!, $after: String) { concept(id: "X:1") { experts(first: $first, after: $after) {
  totalCount pageInfo { hasNextPage endCursor }
  nodes { score person { id } through(first: 1) { totalCount nodes {
    ... on Study { id } ... on Course { id } ... on Publication { id } ... on Dataset { id } } } } } } }"""


def test_people_are_ranked_by_their_records_in_the_reach(snapshot: Snapshot) -> None:
    """One study of the first person is about another concept. The other person's course counts by its outcome."""
    first = answer(snapshot, EXPERTS, first=1)["data"]["concept"]["experts"]
    assert first["nodes"] == [
        {
            "score": 2,
            "person": {"id": "orcid:0000-0000-0000-0001"},
            "through": {"totalCount": 2, "nodes": [{"id": "clinicaltrials:NCT00000001"}]},
        }
    ]
    assert first["totalCount"] == 2 and first["pageInfo"]["hasNextPage"]
    second = answer(snapshot, EXPERTS, first=1, after=first["pageInfo"]["endCursor"])["data"]["concept"]["experts"]
    assert second["nodes"] == [
        {"score": 1, "person": {"id": "person:b"}, "through": {"totalCount": 1, "nodes": [{"id": "course:3"}]}}
    ]
    assert not second["pageInfo"]["hasNextPage"]
    by_subject = '{ concept(id: "X:1") { experts(roles: [SUBJECT]) { edges { node { score through { edges { node {'
    result = answer(snapshot, f"{by_subject} __typename }} }} }} }} }} }} }} }}")["data"]["concept"]["experts"]
    assert result == {"edges": [{"node": {"score": 2, "through": {"edges": [{"node": {"__typename": "Study"}}] * 2}}}]}


def test_experts_have_the_limits_of_other_lists(snapshot: Snapshot) -> None:
    many = answer(snapshot, "query($ids: [ID!]!) { concepts(ids: $ids) { experts { totalCount } } }", ids=["X:1"] * 101)
    assert many["errors"][0]["extensions"]["code"] == "TOO_LARGE", "each concept reads whole columns"
    for wrong in ("first: 501", 'after: "YXQ6Mjow"'):
        result = answer(snapshot, f'{{ concept(id: "X:1") {{ experts({wrong}) {{ totalCount }} }} }}')
        assert result["errors"][0]["extensions"]["code"] == "BAD_INPUT"

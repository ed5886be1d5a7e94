"""tests: the levels CERTAIN and LIKELY: the answers, and that their difference reveals nothing about few patients."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from api.disclosure import AT_LEAST, SERVED, UNCHANGED, Group, Role, part_of
from api.execution import execute
from api.fields import Context
from api.schema.cohort.criteria import Criteria, Wanted
from api.schema.cohort.loaders import Named, group
from bench.attacks import People
from graph.hierarchy import Level
from graph.snapshot import Snapshot
from linking.understanding import Understanding
from tests.api.conftest import Ask
from tests.small import CONCEPTS, small_snapshot

_SIZES = st.integers(0, 60)
_BELOW = [role for role in SERVED if role not in UNCHANGED]
_PEOPLE = People(200)


def _first(many: int) -> Group:
    return Group(BitMap(range(many)), f"the first {many}")


@given(_SIZES, _SIZES)
def test_a_difference_of_few_patients_is_not_disclosed(certain: int, more: int) -> None:
    """If the two groups differ by fewer than ten patients, both answers are about the same group."""
    part, whole = _first(certain), _first(certain + more)
    for role in _BELOW:
        assert part_of(_PEOPLE, part, [whole], role) in ((whole,) if more < AT_LEAST else (part, whole))
        assert part_of(_PEOPLE, part, [whole], role) == part or more < 2 * AT_LEAST
    assert part_of(_PEOPLE, part, [whole], Role.EXACT) == part


_PAIRS = st.tuples(st.sampled_from(CONCEPTS), st.sampled_from(CONCEPTS)).filter(lambda pair: pair[0] != pair[1])
_SOME = st.lists(st.sampled_from(CONCEPTS), max_size=2)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    is_a=st.lists(_PAIRS, max_size=5),
    mapped=st.lists(st.tuples(_PAIRS, st.booleans()), max_size=6, unique_by=lambda one: one[0]),
    events=st.lists(_SOME, min_size=5, max_size=8),
    asked=st.lists(st.tuples(_SOME, _SOME, _SOME), min_size=8, max_size=8),
)
def test_a_certain_cohort_is_part_of_the_likely_one(
    tmp_path_factory: pytest.TempPathFactory, is_a: Any, mapped: Any, events: Any, asked: Any
) -> None:
    snapshot = small_snapshot(tmp_path_factory.mktemp("levels"), is_a=is_a, mapped=mapped, events=events)
    context = Context(snapshot, Role.EXACT, Understanding())
    for concept in range(len(snapshot.ids)):
        certain, likely = (snapshot.hierarchy.reach(concept, level) for level in Level)
        assert certain <= likely
    for every, some, none in asked:
        lists = [tuple(map(Wanted, ids)) for ids in (every, some, none)]
        criteria = Criteria(lists[0], lists[1], lists[2])
        named = Named(context, criteria)
        certain, likely = (group(snapshot, named, criteria, level, Role.EXACT).members for level in Level)
        assert certain <= likely


@pytest.fixture(scope="module")
def apart(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """B:1 and A:1 are mapped and have 30 patients. C:1 (4 patients) is likely equal to A:1, and C:2 to B:2."""
    events = [["A:1"]] * 20 + [["B:1"]] * 10 + [["C:1"]] * 4 + [["B:2"]] * 5 + [["C:2"]] * 12
    mapped = [(("B:1", "A:1"), True), (("C:1", "A:1"), False), (("C:2", "B:2"), False)]
    return small_snapshot(tmp_path_factory.mktemp("apart"), is_a=[("A:2", "A:1")], mapped=mapped, events=events)


_ASKED = """query($id: ID!) {
  concept(id: $id) { likely: patients { count } certain: patients(level: CERTAIN) { count atLeast atMost } }
  likely: cohort(criteria: {all: [$id]}) { patients { count } }
  certain: cohort(criteria: {all: [$id]}, level: CERTAIN) { patients { count } }
}"""


def _counts(snapshot: Snapshot, id_: str, role: Role) -> list[int | None]:
    data = execute(snapshot, _ASKED, {"id": id_}, role)["data"]
    concept = [data["concept"][name]["count"] for name in ("certain", "likely")]
    assert concept == [data[name]["patients"]["count"] for name in ("certain", "likely")]
    return concept


def test_both_levels_pass_disclosure_control(apart: Snapshot) -> None:
    assert _counts(apart, "A:1", Role.EXACT) == [30, 34]
    assert _counts(apart, "A:1", Role.AT_LEAST) == [40, 40]
    assert _counts(apart, "C:1", Role.EXACT) == [4, 34]
    assert _counts(apart, "C:1", Role.AT_LEAST) == [None, 40]
    assert _counts(apart, "B:2", Role.EXACT) == [5, 17]
    assert _counts(apart, "B:2", Role.AT_LEAST) == [None, 20]
    assert _counts(apart, "C:2", Role.EXACT) == [12, 17]
    assert _counts(apart, "C:2", Role.AT_LEAST) == [20, 20]


def test_the_bounds_contain_the_disclosed_number(apart: Snapshot) -> None:
    result = execute(apart, _ASKED, {"id": "C:2"}, Role.RANGE)["data"]["concept"]["certain"]
    assert result == {"count": None, "atLeast": 10, "atMost": 94}
    result = execute(apart, _ASKED, {"id": "C:2"}, Role.AT_LEAST)["data"]["concept"]["certain"]
    assert result == {"count": 20, "atLeast": 15, "atMost": 24}


def test_patients_found_only_at_likely_are_withheld_if_few(apart: Snapshot) -> None:
    asked = '{ cohort(criteria: {all: ["A:1"], none: ["A:1"]}) { patients { count } criteria { id level reached } } }'
    result = execute(apart, asked, None, Role.EXACT)["data"]["cohort"]
    assert result == {
        "patients": {"count": 4},
        "criteria": [
            {"id": "A:1", "level": "LIKELY", "reached": 4},
            {"id": "A:1", "level": "CERTAIN", "reached": 3},
        ],
    }
    assert execute(apart, asked, None, Role.AT_LEAST)["data"]["cohort"]["patients"] == {"count": None}


def test_the_audit_log_names_the_level(apart: Snapshot) -> None:
    reads: list[Any] = []
    execute(apart, _ASKED, {"id": "A:1"}, Role.EXACT, reads=reads)
    result = sorted((read["field"], read["level"], read["told"]) for read in reads)
    assert result == [
        ("Concept.notCounted", "CERTAIN", [1]),
        ("Concept.notCounted", "CERTAIN", [1]),
        ("Concept.patients", "CERTAIN", [30]),
        ("Concept.patients", "LIKELY", [34]),
        ("cohort", "CERTAIN", [30]),
        ("cohort", "LIKELY", [34]),
    ]
    assert json.loads(json.dumps(reads)) == reads


def test_records_at_both_levels(ask: Ask) -> None:
    """A mapping puts MONDO's type 2 below SNOMED CT's diabetes. MONDO's diabetes has the same name as SNOMED CT's."""
    asked = """query($id: ID!, $level: Level! = LIKELY) {
      concept(id: $id) { studies(level: $level) { totalCount } courses(level: $level) { nodes { id } } }
      studies(about: $id, level: $level) { totalCount } courses(about: $id, level: $level) { nodes { id } }
    }"""
    likely, certain = (ask(asked, {"id": "snomedct:73211009"} | more) for more in ({}, {"level": "CERTAIN"}))
    courses = [{"id": "course:1001"}, {"id": "course:1002"}]
    for result in (likely, likely["concept"]):
        assert (result["studies"]["totalCount"], result["courses"]["nodes"]) == (4, courses)
    for result in (certain, certain["concept"]):
        assert (result["studies"]["totalCount"], result["courses"]["nodes"]) == (4, courses[1:])


def test_a_criterion_has_the_size_of_its_reach(ask: Ask) -> None:
    asked = """{ cohort(criteria: {any: ["snomedct:73211009"], none: ["MONDO:0005147"]}, level: CERTAIN) {
      criteria { id level reached likely: reached(level: LIKELY) } } }"""
    assert ask(asked)["cohort"]["criteria"] == [
        {"id": "snomedct:73211009", "level": "CERTAIN", "reached": 6, "likely": 9},
        {"id": "MONDO:0005147", "level": "LIKELY", "reached": 2, "likely": 2},
    ]


def test_a_level_that_does_not_exist_is_refused(codes: Ask) -> None:
    asked = '{ concept(id: "MONDO:0005148") { patients(level: %s) { count } } }'
    assert codes(asked % "SURE") == ["INVALID"]
    assert codes(asked % "null") == ["INVALID"]
    assert codes(asked % '"CERTAIN"') == ["INVALID"]

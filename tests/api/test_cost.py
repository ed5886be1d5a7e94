"""tests: the cost of an answer depends on its values, not on the form of the query; too costly answers are refused."""

from __future__ import annotations

from typing import Any

import pytest

from api.disclosure import Role
from api.execution import execute
from api.fields import COST, Read
from graph.snapshot import Snapshot
from tests.small import CONCEPTS, small_snapshot

_STUDIES = 219
_NODES = "nodes { id title abouts(first: 500) { nodes { field text method confidence concept { id label } } } }"
_SAME = {"i": ["A:1"] * 500}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """All studies are about the same eight concepts."""
    return small_snapshot(tmp_path_factory.mktemp("trials"), studies=[CONCEPTS] * _STUDIES, events=[["A:1"]] * 20)


def _refused(snapshot: Snapshot, query: str, variables: dict[str, Any] | None = None) -> Any:
    answer = execute(snapshot, query, variables)
    assert "data" not in answer
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "TOO_LARGE"
    assert answer["extensions"]["limit"] == COST
    return error["message"], answer["extensions"]["cost"]


def test_all_studies_with_their_concepts_fit_in_one_page(trials: Snapshot) -> None:
    answer = execute(trials, f"{{ studies(first: 500) {{ totalCount {_NODES} }} }}")
    shown = answer["data"]["studies"]["nodes"]
    assert len(shown) == answer["data"]["studies"]["totalCount"] == _STUDIES
    assert {len(one["abouts"]["nodes"]) for one in shown} == {len(CONCEPTS)}
    about, study = 5 + 2, 3 + 1
    assert answer["extensions"] == {
        "epoch": trials.epoch,
        "cost": 1 + 2 + _STUDIES * (study + len(CONCEPTS) * about),
        "limit": COST,
    }


@pytest.mark.parametrize(
    "query",
    [
        "query($i: [ID!]!) { concepts(ids: $i) { studies(first: 500) { nodes { id } } } }",
        "query($i: [ID!]!, $n: Int = 500) { concepts(ids: $i) { studies(first: $n) { edges { cursor } } } }",
        "query($i: [ID!]!) { concepts(ids: $i) { ...a } } fragment a on Concept { studies(first: 400) { ...b } } "
        "fragment b on StudyReachedConnection { nodes { id } }",
    ],
)
def test_an_answer_with_too_many_values_is_refused(trials: Snapshot, query: str) -> None:
    message, cost = _refused(trials, query, _SAME)
    assert "values in the answer; the limit is 50,000" in message and cost > COST
    assert "errors" not in execute(trials, query, {"i": ["A:1"] * 100})


def test_too_many_values_are_refused_without_a_plan_too(trials: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query stops at the first value over the limit; otherwise each further value would give another error."""
    monkeypatch.setattr("api.fields.cost.COST", 100)
    asked = "query($i: [ID!]!) { concepts(ids: $i) @include(if: true) { studies(first: 500) { nodes { id } } } }"
    assert "too many values" in _refused(trials, asked, _SAME)[0]
    assert _refused(trials, asked, _SAME)[1] == 101


def test_slow_fields_over_the_limit_are_refused_before_execution(trials: Snapshot) -> None:
    paths = " ".join(f'a{n}: path(from: "A:1", to: "B:1") {{ steps {{ relation }} }}' for n in range(11))
    assert _refused(trials, f"{{ {paths} }}")[1] == 55_000
    texts = {"t": ["a" * 20_000] * 2}
    assert _refused(trials, "query($t: [String!]!) { ground(texts: $t) { text } }", texts)[1] == 80_201


@pytest.mark.parametrize("directive", ["", "@include(if: true)"])
def test_lists_count_even_if_only_their_length_is_shown(trials: Snapshot, directive: str) -> None:
    every = [f"a{n}: studies(first: {n}) {{ totalCount }}" for n in (498, 499)]
    asked = "query($i: [ID!]!) { concepts(ids: $i) %s { %s } }"
    assert "errors" not in execute(trials, asked % (directive, every[0]), _SAME)
    assert "entries of lists" in _refused(trials, asked % (directive, " ".join(every)), _SAME)[0]


def test_numbers_disclosed_before_the_error_are_logged(trials: Snapshot) -> None:
    reads: list[Read] = []
    asked = "query($i: [ID!]!) { concepts(ids: $i) { patients { count } studies(first: 500) { nodes { id } } } }"
    assert "data" not in execute(trials, asked, _SAME, Role.EXACT, reads=reads)
    assert [read["field"] for read in reads] == ["Concept.patients"]

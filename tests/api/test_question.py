"""tests: the expected time of a query, and which queries run without a thread."""

from __future__ import annotations

from math import inf
from typing import Any

import pytest

from api.execution import Question, Questions

_PLAIN = "query ($n: Int = 10) { studies(first: $n) { nodes { id } } }"


def test_the_expected_time_depends_on_the_epoch_and_the_page_size() -> None:
    asked = Question(_PLAIN, True, None)
    assert asked.seconds(1, {}) == inf
    asked.took(0.1, 1, {"n": 10})
    assert asked.seconds(1, {"n": 10}) == pytest.approx(0.1)
    assert asked.seconds(1, {"n": 100}) == inf
    assert asked.seconds(2, {"n": 10}) == inf
    for _ in range(50):
        asked.took(0.001, 1, {"n": 10})
    assert asked.seconds(1, {"n": 10}) == pytest.approx(0.001, rel=0.1)


@pytest.mark.parametrize(
    "query",
    [
        '{ search(text: "x") { totalCount } }',
        "{ cohort(criteria: {}) { patients { count } } }",
        '{ ground(texts: ["x"]) { text } }',
        '{ path(from: "a:1", to: "a:2") { steps { relation } } }',
        '{ study(id: "a:1") { related { score } } }',
        "{ __schema { types { name } } }",
    ],
)
def test_queries_of_unpredictable_duration_have_no_expected_time(query: str) -> None:
    asked = Question(query, True, None)
    asked.took(1e-6, 1, {})
    assert asked.seconds(1, {}) == inf


def test_the_expected_time_depends_on_the_number_of_ids() -> None:
    asked = Question("query ($ids: [ID!]!) { concepts(ids: $ids) { id } }", True, None)
    asked.took(0.1, 1, {"ids": ["a:1", "a:2"]})
    assert asked.seconds(1, {"ids": ["b:1", "b:2"]}) == 0.1
    others: list[Any] = [["a:1"], "a:1", {}, 2]
    for other in others:
        assert asked.seconds(1, {"ids": other}) == inf


def test_the_most_recent_queries_are_kept() -> None:
    kept = Questions(2)
    first = kept.of("{ a }", True, None)
    kept.of("{ b }", True, None)
    assert kept.of("{ a }", True, None) is first
    kept.of("{ c }", True, None)
    assert kept.known("{ a }", True, None) is first
    assert kept.known("{ b }", True, None) is None

"""tests: every hostile query gets an answer, or an error with a code."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graphql import build_client_schema, get_introspection_query
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import Code
from api.execution import execute
from graph.snapshot import Snapshot
from tests.api.conftest import Ask


def _refused(snapshot: Snapshot, query: str, variables: dict[str, Any] | None = None) -> str:
    answer = execute(snapshot, query, variables)
    assert "data" not in answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"TOO_LARGE"}
    return str(answer["errors"][0]["message"])


def _deep(levels: int) -> str:
    return '{ concept(id: "icd10:E11") ' + "{ replacedBy " * (levels - 2) + "{ id }" + " }" * (levels - 1)


def test_depth(codes: Ask, snapshot: Snapshot) -> None:
    assert codes(_deep(12)) == []
    assert "13 nested fields" in _refused(snapshot, _deep(13))


def test_depth_through_fragments(snapshot: Snapshot) -> None:
    parts = [f"fragment f{n} on Concept {{ replacedBy {{ ...f{n + 1} }} }}" for n in range(12)]
    last = "fragment f12 on Concept { id }"
    query = '{ concept(id: "icd10:E11") { ...f0 } } ' + " ".join([*parts, last])
    assert "14 nested fields" in _refused(snapshot, query)


def test_aliases(codes: Ask, snapshot: Snapshot) -> None:
    def asked(count: int) -> str:
        return "{" + " ".join(f"a{n}: __typename" for n in range(count)) + "}"

    assert codes(asked(30)) == []
    assert "31 aliases" in _refused(snapshot, asked(31))


def test_tokens_and_characters(codes: Ask, snapshot: Snapshot) -> None:
    assert codes("{ __typename }" + "#" * 32_000) == []
    assert "characters" in _refused(snapshot, "{ __typename }" + "#" * 33_000)
    assert "tokens" in _refused(snapshot, "{" + " a" * 2_000 + "}")


@pytest.mark.parametrize(
    "directed",
    [
        "{{ __typename {0} }}",
        "query {0} {{ __typename }}",
        "query($a: Int {0}) {{ __typename }}",
        "{{ ... {0} {{ __typename }} }}",
        "{{ ...f {0} }} fragment f on Query {{ __typename }}",
        "{{ ...f }} fragment f on Query {0} {{ __typename }}",
        "{{ __typename }} type T {{ f(a: Int {0}): Int }}",
    ],
)
def test_directives_in_one_place(codes: Ask, snapshot: Snapshot, directed: str) -> None:
    assert "TOO_LARGE" not in codes(directed.format("@a " * 4))
    assert "5 directives at one position" in _refused(snapshot, directed.format("@a " * 5))


def test_directives_of_the_query(codes: Ask, snapshot: Snapshot) -> None:
    def asked(count: int) -> str:
        return "{" + "__typename @skip(if: false) @include(if: true) " * (count // 2) + "}"

    assert codes(asked(50)) == []
    assert "52 directives in the query" in _refused(snapshot, asked(52))


def test_repeated_fields(codes: Ask, snapshot: Snapshot) -> None:
    assert codes("{" + "__typename " * 100 + "}") == []
    assert "101 fields with the name __typename" in _refused(snapshot, "{" + "__typename " * 101 + "}")


def test_a_large_but_reasonable_query_is_answered(ask: Ask) -> None:
    node = "id label synonyms { text kind language } parents { nodes { id label } }"
    asked = f'{{ search(text: "diabetes", first: 500) {{ edges {{ node {{ {node} }} match {{ how }} }} }} }}'
    assert len(ask(asked)["search"]["edges"]) > 3


def test_circular_or_doubling_fragments_are_refused(codes: Ask) -> None:
    assert codes("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }") == ["INVALID"]
    doubling = [f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(100)]
    assert codes("{ ...f0 } " + " ".join([*doubling, "fragment f100 on Query { __typename }"])) == ["TOO_LARGE"]
    asked = "{ ...f88 } " + " ".join([*doubling[88:], "fragment f100 on Query { __typename }"])
    assert codes(asked) == [] and codes("{ ...f87 } " + doubling[87] + asked[10:]) == ["TOO_LARGE"]


def test_the_introspection_query_is_answered(ask: Ask) -> None:
    assert build_client_schema(ask(get_introspection_query())).type_map.keys() >= {"Concept", "Cohort", "Path"}


def test_nested_introspection_is_refused(codes: Ask) -> None:
    assert codes("{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }") == ["INVALID"]


_WORDS = st.sampled_from(
    [
        *"{}()[]:!$@|&=#\n\0\\é\ufeff",
        *"... query fragment on mutation subscription null true concept id concepts ids search text".split(),
        *"studies first after edges node nodes Query Concept __schema types fields ofType parents".split(),
        *"cohort criteria all @include".split(),
        *'if path from "MONDO:0005148" """ " 500 -1 1e999 99999999999999999999'.split(),
    ]
)
_SOUP = st.lists(_WORDS, max_size=60).map(" ".join)
_NESTED = st.tuples(
    st.sampled_from(["{", "[", "{a", "{concept(id:", "{...{", "query($a:[", "{a(b:{c:", "{__schema{types"]),
    st.integers(1, 3000),
).map(lambda drawn: drawn[0] * drawn[1])
_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def _check(answer: dict[str, Any]) -> None:
    assert "data" in answer or answer["errors"]
    codes = {error["extensions"]["code"] for error in answer.get("errors", [])}
    assert codes <= set(Code) - {Code.INTERNAL}
    orjson.dumps(answer)


_MANY = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@_MANY
@given(query=_SOUP | _NESTED | st.text(max_size=300))
def test_any_text_is_answered(snapshot: Snapshot, query: str) -> None:
    _check(execute(snapshot, query))


@_MANY
@given(query=_SOUP)
def test_any_selection_is_answered(snapshot: Snapshot, query: str) -> None:
    _check(execute(snapshot, '{ concept(id: "MONDO:0005148") { ' + query + " } }"))


_ASKED = (
    'query($ids: [ID!] = [], $text: String = "", $n: Int = 3, $after: String, $c: CohortCriteria = {}) {'
    " concepts(ids: $ids) { id } search(text: $text, first: $n, after: $after) { totalCount }"
    " cohort(criteria: $c) { patients { count } } }"
)


@_MANY
@given(variables=st.fixed_dictionaries({}, optional=dict.fromkeys(("ids", "text", "n", "after", "c"), _JSON)))
def test_any_variables_are_answered(snapshot: Snapshot, variables: dict[str, Any]) -> None:
    _check(execute(snapshot, _ASKED, variables))


@_MANY
@given(text=st.text(max_size=500))
def test_any_id_and_text_is_answered(snapshot: Snapshot, text: str) -> None:
    asked = (
        "query($i: ID!, $t: String!) { concept(id: $i) { id } study(id: $i) { id } search(text: $t) { totalCount } }"
    )
    _check(execute(snapshot, asked, {"i": text, "t": text}))

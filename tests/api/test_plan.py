"""tests: a plan gives the same answers as graphql-core, for all queries that a plan supports."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graphql import GraphQLObjectType, GraphQLUnionType, execute_sync, get_named_type, parse, validate
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from api.disclosure import Role
from api.execution import SCHEMA, Question, answer
from api.execution.arguments import Variables
from api.execution.execute import counted
from api.execution.leaves import Json, Unplanned, Values
from api.execution.plan import Plan, Run, Write, plan
from api.fields import Context
from api.schema import schema
from graph.snapshot import Snapshot
from linking.understanding import Understanding

_IDS = ("MONDO:0005148", "MONDO:0005015", "HP:0000819", "clinicaltrials:NCT00000620", "course:1001", "nobody:1")
_TEXTS = {
    "id": _IDS, "about": _IDS, "under": _IDS, "from": _IDS, "to": _IDS, "text": ("diabetes", "suikerziekte", "x"),
}  # fmt: skip
_LISTS = {"ids": '["MONDO:0005148", "nobody:1"]', "texts": '["T2DM", "no diabetes"]', "languages": '["nl"]'}
_OTHERS = {
    "states": ("[PROPOSED, ACCEPTED]", "ACCEPTED"),
    "inUse": ("[CARE]", "null"),
    "level": ("CERTAIN", "LIKELY"),
    "criteria": ('{all: ["MONDO:0005015"]}',),
}


def _context(snapshot: Snapshot) -> Context:
    return Context(snapshot, Role.AT_LEAST, Understanding())


def _by_graphql_core(snapshot: Snapshot, query: str, variables: dict[str, Any], context: Context | None = None) -> Any:
    context = context or _context(snapshot)
    return execute_sync(SCHEMA, parse(query), None, context, variables, middleware=[counted])


def _planned(snapshot: Snapshot, query: str, variables: dict[str, Any], context: Context | None = None) -> bytes:
    return plan(schema, parse(query), None).answer(context or _context(snapshot), variables)


@st.composite
def _arguments(draw: st.DrawFn, field: Any) -> str:
    given = []
    for name, argument in field.args.items():
        if name in _TEXTS:
            value: str = f'"{draw(st.sampled_from(_TEXTS[name]))}"'
        elif name in _LISTS:
            value = _LISTS[name]
        elif name in _OTHERS:
            value = draw(st.sampled_from(_OTHERS[name]))
        elif name == "first":
            value = draw(st.sampled_from(("0", "2", "$n")))
        else:
            continue
        if str(argument.type).endswith("!") or draw(st.booleans()):
            given.append(f"{name}: {value}")
    return f"({', '.join(given)})" if given else ""


@st.composite
def _selection(draw: st.DrawFn, kind: Any, depth: int) -> str:
    if isinstance(kind, GraphQLUnionType):
        parts = [f"... on {one.name} {draw(_selection(one, depth))}" for one in kind.types]
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(kind, GraphQLObjectType)
    names = draw(st.lists(st.sampled_from(sorted(kind.fields)), min_size=1, max_size=4, unique=True))
    parts = [draw(st.sampled_from(("", "__typename", f"... on {kind.name} {{ __typename }}")))]
    for name in names:
        field = kind.fields[name]
        below = get_named_type(field.type)
        if hasattr(below, "fields") or isinstance(below, GraphQLUnionType):
            if depth:
                parts.append(f"{name}{draw(_arguments(field))} {draw(_selection(below, depth - 1))}")
        else:
            alias = draw(st.sampled_from(("", f"{name}Too: ")))
            parts.append(alias + name + draw(_arguments(field)))
    return "{ __typename " + " ".join(parts) + " }"


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(selection=_selection(SCHEMA.query_type, 4), number=st.sampled_from((1, 3, 500)))
def test_a_plan_gives_the_answer_of_graphql_core(snapshot: Snapshot, selection: str, number: int) -> None:
    query, variables = f"query ($n: Int! = 2) {selection}", {"n": number}
    wrong = validate(SCHEMA, parse(query))
    assume(all("never used" in error.message for error in wrong))
    by_core, by_plan = _context(snapshot), _context(snapshot)
    result = _by_graphql_core(snapshot, query, variables, by_core)
    if result.errors:
        with pytest.raises(Exception):  # noqa: B017
            _planned(snapshot, query, variables)
    else:
        assert _planned(snapshot, query, variables, by_plan) == orjson.dumps(result.data)
        assert by_plan.meter.spent == by_core.meter.spent


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { name } } }",
        '{ concept(id: "MONDO:0005148") { id @skip(if: false) } }',
        '{ ... @include(if: true) { concept(id: "MONDO:0005148") { id } } }',
        '{ ...f } fragment f on Query @deprecated { concept(id: "MONDO:0005148") { id } }',
    ],
)
def test_queries_without_a_plan(query: str) -> None:
    with pytest.raises(Unplanned):
        plan(schema, parse(query), None)


def test_fields_with_the_same_name_are_merged(snapshot: Snapshot) -> None:
    query = """
        { concept(id: "MONDO:0005148") { label ...f parents { totalCount } } }
        fragment f on Concept { id parents { nodes { id } } }
    """
    result = _planned(snapshot, query, {})
    assert result == orjson.dumps(_by_graphql_core(snapshot, query, {}).data)
    assert list(orjson.loads(result)["concept"]) == ["label", "id", "parents"]


def test_a_variable_of_a_wrong_type(snapshot: Snapshot) -> None:
    with pytest.raises(Unplanned):
        _planned(snapshot, "query ($n: Int!) { studies(first: $n) { totalCount } }", {"n": "many"})


def test_an_answer_states_why_no_plan_was_used(snapshot: Snapshot, caplog: pytest.LogCaptureFixture) -> None:
    def fallback(query: str, fault: Exception | None = None, **variables: Any) -> str | None:
        question = Question(query, True, None)
        if fault is not None:
            question.plan = Plan(Variables(SCHEMA, parse(query).definitions[0]), _raising(fault))  # type: ignore[arg-type]
        return answer(snapshot, question, variables).fallback

    label = '{ concept(id: "MONDO:0005148") { label } }'
    assert fallback(label) is None
    assert fallback("{ __schema { types { name } } }") == "introspection"
    assert fallback('{ concept(id: "MONDO:0005148") { id @skip(if: false) } }') == "directive"
    assert fallback("query ($n: Int!) { studies(first: $n) { totalCount } }", n="many") == "variables"
    assert fallback("{ studies(first: 501) { totalCount } }") == "error"
    assert not caplog.messages
    assert [fallback(label, ValueError("of a patient")) for _ in range(2)] == ["fault"] * 2
    (logged,) = caplog.messages
    assert "ValueError at " in logged and "test_plan.py" in logged and "patient" not in logged


def _raising(fault: Exception) -> Write:
    def write(_run: Run, _values: Values) -> Json:
        raise fault

    return write

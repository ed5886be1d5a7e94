"""tests: generated queries over HTTP: they cover every field, most of them get data, and none is an internal error."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLUnionType,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    parse,
)

from api.disclosure import Role
from api.execution import SCHEMA
from bench.asking import Asking, queries
from bench.queries import Body, asked, covering

Place = tuple[str, str]


@pytest.fixture(scope="module")
def asking() -> Asking:
    return Asking()


def answered(asking: Asking, body: Body) -> Any:
    status, answer = asking.answer(orjson.dumps(body._asdict()))
    assert status in (200, 400)
    return answer


def fields_with_data(selected: SelectionSetNode | None, kind: Any, data: Any) -> Iterator[Place]:
    """Yields the (type, field) of each field in the data."""
    for one in data if isinstance(data, list) else [data] if data is not None else []:
        for selection in selected.selections if selected else ():
            if isinstance(selection, InlineFragmentNode):
                assert selection.type_condition
                on = SCHEMA.type_map[selection.type_condition.name.value]
                # If the object has another type than the fragment, the data has no fields of it.
                yield from (place for place in fields_with_data(selection.selection_set, on, one) if one)
            elif (key := (selection.alias or selection.name).value) in one and key != "__typename":  # type: ignore[attr-defined]
                name = selection.name.value  # type: ignore[attr-defined]
                yield kind.name, name
                yield from fields_with_data(selection.selection_set, get_named_type(kind.fields[name].type), one[key])  # type: ignore[attr-defined]


def test_every_field_of_the_schema_is_answered_with_data() -> None:
    """The caller may see all fields."""
    asking = Asking(Role.RECORDS)
    every = {
        (kind.name, name)
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name in kind.fields
        # `OtherCodes` needs ten codes that the caller may not see: tests/api/test_curation.py.
        if kind.name != "OtherCodes"
    }
    seen: set[Place] = set()
    rng = random.Random(1)
    for body in (one for _ in range(50) if every - seen for one in covering(rng)):
        answer = answered(asking, body)
        assert "errors" not in answer, (answer["errors"], body)
        (operation,) = parse(body.query).definitions
        assert isinstance(operation, OperationDefinitionNode)
        seen |= set(fields_with_data(operation.selection_set, SCHEMA.query_type, answer["data"]))
    assert every - seen == set()
    assert not [kind for kind in SCHEMA.type_map.values() if isinstance(kind, GraphQLUnionType) and not kind.types]


def test_most_generated_queries_get_data(asking: Asking) -> None:
    rng, ends = random.Random(2), Counter[str]()
    for _ in range(400):
        body = asked(rng)
        answer = answered(asking, body)
        ends["data" if answer.get("data") else answer["errors"][0]["message"]] += 1
    assert ends["data"] > 0.95 * ends.total(), ends


def test_no_hostile_query_is_an_internal_error(asking: Asking) -> None:
    """`Asking` checks each answer. The test posts complete bodies, and queries without variables."""
    rng = random.Random(3)
    names = Counter(name for name, _ in queries(rng, 100))
    assert set(names) == {"body.json", "query.graphql"}
    for _ in range(300):
        status, answer = asking.answer(json.dumps(asked(rng, 0.3)._asdict()).encode())
        assert status in (200, 400)
        assert "INTERNAL" not in {error["extensions"]["code"] for error in answer.get("errors", ())}

"""tests: what closed and public servers reveal about themselves, by the checks of graphql-cop.

https://github.com/dolevf/graphql-cop has 13 checks. Here, each check is a request and a test of its answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from api.auth import Callers, Guard, Keys, add_key
from api.disclosure import Role
from api.http import create_app
from graph.snapshot import Reader
from tests.api.asking import COUNT
from tests.api.server import serving

Check = Callable[[httpx.Client], bool]
_HTML = {"accept": "text/html"}


def _post(client: httpx.Client, query: str) -> Any:
    return client.post("/graphql", json={"query": query}).json()


def _answers(client: httpx.Client, query: str) -> bool:
    return bool(_post(client, query).get("data"))


def _directives(client: httpx.Client) -> bool:
    """Whether the answer has an error for each unknown directive."""
    return len(_post(client, "{ __typename " + "@nothing " * 10 + "}")["errors"]) == 10


def _batch(client: httpx.Client) -> bool:
    result = client.post("/graphql", json=[{"query": "{ __typename }"}] * 10)
    return result.status_code == 200 or isinstance(result.json(), list)


def _circles(client: httpx.Client) -> bool:
    return _answers(client, "{ __schema { types " + "{ fields { type " * 8 + "{ name }" + " } }" * 8 + " } }")


def _traced(client: httpx.Client) -> bool:
    result = client.post("/graphql", json={"query": "{ __typename }"}, headers={"apollo-tracing": "1"})
    return "tracing" in result.json().get("extensions", {})


def _page(client: httpx.Client) -> bool:
    paths = ("/", "/graphql", "/graphiql", "/playground", "/console", "/static/graphiql.html", "/static/graphiql.js")
    result = [client.get(path, headers=_HTML, follow_redirects=True) for path in paths]
    return any(one.status_code == 200 or "graphiql" in one.text.lower() for one in result)


def _form(client: httpx.Client) -> bool:
    return client.post("/graphql", data={"query": "{ __typename }"}).status_code == 200


def _get(client: httpx.Client, query: str) -> bool:
    return bool(client.get("/graphql", params={"query": query}).text.count('"__typename"'))


_NEAR: tuple[tuple[str, dict[str, Any]], ...] = (
    ('{ concep(id: "x") { id } }', {}),
    ("{ __schema { directive } }", {}),
    ("query($c: CohortCriteri!) { __typename }", {}),
    ("{ cohort(criteria: {sx: 1}) { __typename } }", {}),
    ("query($c: CohortCriteria!) { cohort(criteria: $c) { __typename } }", {"c": {"sx": 1}}),
)


def _suggests(client: httpx.Client) -> bool:
    asked = [client.post("/graphql", json={"query": query, "variables": given}) for query, given in _NEAR]
    return any("Did you mean" in one.text for one in asked)


def _fault(client: httpx.Client) -> bool:
    result = client.post("/graphql", json={"query": "nonsense a { b }"})
    return result.status_code >= 500 or any(word in result.text for word in ("exception", "Traceback", "stacktrace"))


CHECKS: dict[str, Check] = {
    "alias overloading": lambda client: _answers(client, "{" + " ".join(f"a{n}: __typename" for n in range(101)) + "}"),
    "array batching": _batch,
    "directive overloading": _directives,
    "circular introspection": _circles,
    "field duplication": lambda client: _answers(client, "{" + "__typename " * 500 + "}"),
    "trace mode": _traced,
    "GraphiQL": _page,
    "introspection": lambda client: _answers(client, get_introspection_query()),
    "GET query": lambda client: _get(client, "{ __typename }"),
    "GET mutation": lambda client: _get(client, "mutation { __typename }"),
    "POST url-encoded": _form,
    "field suggestions": _suggests,
    "unhandled error": _fault,
}
EACH_CHECK = pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[Keys, str]:
    path: Path = tmp_path_factory.mktemp("closed") / "keys"
    made = add_key(path, "one", Role.EXACT, 1)
    return Keys(path), made


@pytest.fixture(scope="module")
def closed(address: str, keys: tuple[Keys, str]) -> Iterator[httpx.Client]:
    with serving(create_app(Reader(address), guard=Guard(Callers(keys=keys[0]), public=False))) as asking:
        yield asking


@pytest.fixture(scope="module")
def public(address: str) -> Iterator[httpx.Client]:
    with serving(create_app(Reader(address))) as asking:
        yield asking


@EACH_CHECK
def test_a_closed_server_reveals_nothing(closed: httpx.Client, check: Check) -> None:
    assert not check(closed)


@EACH_CHECK
def test_a_closed_server_reveals_nothing_to_a_caller_with_a_key(
    closed: httpx.Client, keys: tuple[Keys, str], check: Check
) -> None:
    with httpx.Client(base_url=closed.base_url, headers={"authorization": f"Bearer {keys[1]}"}) as asking:
        assert not check(asking)


def test_a_public_server_only_fails_the_checks_about_introspection(public: httpx.Client) -> None:
    found = {name for name, check in CHECKS.items() if check(public)}
    assert found == {"GraphiQL", "introspection", "GET query", "field suggestions"}


def test_a_closed_server_answers_queries_but_no_introspection(closed: httpx.Client) -> None:
    assert _post(closed, COUNT)["data"]["concept"]["patients"]["count"] == 20
    assert _post(closed, "{ __typename }")["data"] == {"__typename": "Query"}
    result = closed.get("/graphql", params={"query": COUNT}, headers=_HTML)
    assert (result.status_code, result.headers["allow"]) == (405, "POST")
    assert closed.get("/health").json() == {"status": "up"}
    for query in ("{ __schema { types { name } } }", '{ a: __type(name: "Query") { name } }'):
        assert _post(closed, query)["errors"][0]["extensions"]["code"] == "INVALID"


@pytest.mark.parametrize(("query", "given"), _NEAR)
def test_only_a_public_server_suggests_names(
    public: httpx.Client, closed: httpx.Client, query: str, given: dict[str, Any]
) -> None:
    body = {"query": query, "variables": given}
    assert "Did you mean" in public.post("/graphql", json=body).text
    assert "Did you mean" not in closed.post("/graphql", json=body).text

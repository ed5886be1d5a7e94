"""tests: GraphQL over HTTP on a real server (https://graphql.github.io/graphql-over-http/draft/)."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import orjson
import pytest

from api.http import create_app
from graph.snapshot import Reader
from tests.api.server import serving

_MODERN = "application/graphql-response+json"
_LABEL = '{ concept(id: "SCTID:44054006") { label } }'
_ANSWER = {"concept": {"label": "Diabetes mellitus type 2 (disorder)"}}


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with serving(create_app(Reader(address))) as asking:
        yield asking


def _code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


def test_post(client: httpx.Client) -> None:
    response = client.post("/graphql", json={"query": _LABEL})
    assert (response.status_code, response.json()["data"]) == (200, _ANSWER)
    assert response.headers["content-type"] == "application/json; charset=utf-8"


def test_get(client: httpx.Client) -> None:
    asked = "query a($id: ID!) { concept(id: $id) { label } } query b { __typename }"
    given = {"query": asked, "variables": '{"id": "SCTID:44054006"}', "operationName": "a"}
    assert client.get("/graphql", params=given).json()["data"] == _ANSWER
    given["operationName"] = "b"
    assert client.get("/graphql", params=given).json()["data"] == {"__typename": "Query"}


def test_the_status_of_a_refused_query_depends_on_the_media_type(client: httpx.Client) -> None:
    refused = {"query": "{ nothing }"}
    assert client.post("/graphql", json=refused).status_code == 200
    response = client.post("/graphql", json=refused, headers={"accept": _MODERN})
    assert (response.status_code, response.headers["content-type"], _code(response)) == (400, _MODERN, "INVALID")
    response = client.post("/graphql", json={"query": _LABEL}, headers={"accept": f"{_MODERN}, application/json"})
    assert (response.status_code, response.headers["content-type"]) == (200, _MODERN)


@pytest.mark.parametrize(
    "body",
    (
        *(b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"query": 1}', b'{"query": null}', b"\xff"),
        *(b'{"query": "{a}", "variables": []}', b'{"query": "{a}", "operationName": 1}', b'{"query": "\\ud800"}'),
        *(b"[" * 200_000, b'{"a":' * 40_000),
    ),
)
def test_a_body_without_a_valid_query_is_refused(client: httpx.Client, body: bytes) -> None:
    response = client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, _code(response)) == (400, "BAD_REQUEST")


def test_other_media_types_are_refused(client: httpx.Client) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        response = client.post("/graphql", content=b'{"query": "{a}"}', headers={"content-type": kind} if kind else {})
        assert (response.status_code, _code(response)) == (415, "BAD_REQUEST")


def test_other_encodings_and_compressed_bodies_are_refused(client: httpx.Client) -> None:
    body = orjson.dumps({"query": _LABEL})
    for good in ("", "; charset=utf-8", '; charset="UTF-8"', ";charset=utf8", "; foo=bar", ";"):
        result = client.post("/graphql", content=body, headers={"content-type": f"application/json{good}"})
        assert result.json()["data"] == _ANSWER
    for bad in ("; charset=utf-16", '; foo=bar; CHARSET = "latin-1"', "; charset=", "; charset=x"):
        result = client.post("/graphql", content=body, headers={"content-type": f"application/json{bad}"})
        assert (result.status_code, _code(result)) == (415, "BAD_REQUEST")
        assert "send JSON in UTF-8" in result.text
    kind = {"content-type": "application/json"}
    packed = client.post("/graphql", content=gzip.compress(body), headers=kind | {"content-encoding": "gzip"})
    assert (packed.status_code, "without a content-encoding" in packed.text) == (415, True)
    assert client.post("/graphql", content=body, headers=kind | {"content-encoding": "identity"}).status_code == 200


def test_get_without_query_or_with_broken_variables(client: httpx.Client) -> None:
    assert client.get("/graphql").status_code == 400
    assert client.get("/graphql", params={"query": "{a}", "variables": "{"}).status_code == 400
    assert client.get("/graphql", params={"query": "{a}", "variables": "[]"}).status_code == 400


def test_a_body_that_is_too_large_is_refused(client: httpx.Client) -> None:
    kind = {"content-type": "application/json"}
    assert client.post("/graphql", content=b" " * 256 * 1024, headers=kind).status_code == 400
    assert client.post("/graphql", content=b" " * (256 * 1024 + 1), headers=kind).status_code == 413
    parts = (b" " * 65_536 for _ in range(5))
    assert client.post("/graphql", content=parts, headers=kind).status_code == 413


def test_hostile_queries_are_no_internal_error(client: httpx.Client) -> None:
    for query in (
        "{" * 30_000,
        "{" + "a " * 10_000,
        "[" * 100,
        "fragment a on Query { ...a } { ...a }",
        "\0",
        "\ufeff",
    ):
        response = client.post("/graphql", json={"query": query}, headers={"accept": _MODERN})
        assert response.status_code == 400
        assert _code(response) in {"SYNTAX", "INVALID", "TOO_LARGE"}


def test_other_methods_and_paths_are_refused(client: httpx.Client) -> None:
    assert client.put("/graphql").status_code == 405
    assert client.get("/openapi.json").status_code == 404
    assert client.get("/static/../app.py").status_code == 404
    assert client.get("/static/%2e%2e/app.py").status_code == 404


def test_http_callers_have_no_role(client: httpx.Client) -> None:
    asked = '{ cohort(criteria: {all: ["MONDO:0005147"]}) { patients { count withheld } } }'
    response = client.post("/graphql", json={"query": asked, "role": "exact"}, headers={"x-role": "exact"})
    assert response.json()["data"]["cohort"]["patients"] == {"count": None, "withheld": True}


def test_monitoring(client: httpx.Client) -> None:
    assert client.get("/health").json() == {"status": "up"}
    assert client.get("/ready").json() == {"status": "ready", "epoch": 1, "meaning": "absent: not requested"}
    before = metrics_of(client)
    client.post("/graphql", json={"query": _LABEL})
    client.post("/graphql", json={"query": "{ nothing }"})
    client.post("/graphql", json={"query": "{ studies(first: 501) { totalCount } }"})
    after = metrics_of(client)
    assert after["tricuspid_epoch"] == 1
    assert [after[f'tricuspid_meaning_names{{what="{what}"}}'] for what in ("all", "encoded")] == [17, 0]
    for outcome in ("answered", "refused", "partly"):
        name = f'tricuspid_requests_total{{outcome="{outcome}"}}'
        assert after[name] == before.get(name, 0) + 1
    assert after["tricuspid_request_seconds_count"] == before["tricuspid_request_seconds_count"] + 3
    error = 'tricuspid_plan_fallbacks_total{reason="error"}'
    assert after[error] == before.get(error, 0) + 1


def test_a_store_that_cannot_be_followed_is_reported(address: str) -> None:
    reader = Reader(address)
    with serving(create_app(reader)) as asking:
        assert metrics_of(asking)["tricuspid_store_followed"] == 1
        reader.trouble = "the store has not been readable since 2026-11-24T02:10:00+00:00: OSError"
        result = asking.get("/ready").raise_for_status().json()
        assert (result["status"], result["epoch"], result["trouble"]) == ("ready", 1, reader.trouble)
        assert metrics_of(asking)["tricuspid_store_followed"] == 0


def metrics_of(client: httpx.Client) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def test_browsers_get_a_page_that_loads_only_files_of_this_server(client: httpx.Client) -> None:
    assert client.get("/").headers["location"] == "/graphql"
    page = client.get("/graphql", headers={"accept": "text/html,*/*"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "http" not in page.text
    script = client.get("/static/graphiql.js")
    assert "MONDO:0005148" in script.text
    assert "http" not in script.text


def test_the_example_query_of_the_page_is_answered(client: httpx.Client) -> None:
    question = client.get("/static/graphiql.js").text.split("`")[1]
    assert client.post("/graphql", json={"query": question}).json()["data"]["concept"]["patients"]["count"] == 20

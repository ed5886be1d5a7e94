"""tests: invalid credentials are refused, never treated as absent; and the settings that limit access."""

from __future__ import annotations

import base64
import logging
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import Guard, add_key
from api.disclosure import Role
from api.http import create_app
from graph.snapshot import Reader
from tests.api.asking import COUNT, ask, patients_seen, refused
from tests.api.issuer import TestIssuer
from tests.api.server import serving


def test_invalid_credentials_are_refused(client: httpx.Client, issuer: TestIssuer) -> None:
    good = issuer.token()
    for token in (
        *("x", "...", "a.b.c", "null", "{}", good[:-1] + "!", good + ".x", good.rpartition(".")[0], "tricuspid_"),
        *("e30.e30.", "W10.W10.x", "bnVsbA.e30.x", "." * 8_000, "tricuspid_" + "A" * 43, f"{good} {good}"),
        base64.urlsafe_b64encode(b"[" * 5_000).decode() + ".e30.x",
    ):
        refused(client, f"Bearer {token}")
    for shown in ("", "Bearer", good, f"Basic {good}", f"Token {good}", f"Bearer\t{good}", f"Bearer é{good}"):
        response = client.post("/graphql", json={"query": COUNT}, headers=[(b"authorization", shown.encode())])
        assert response.status_code == 401
    refused(client, f"Bearer {good}", f"Bearer {good}")
    refused(client, f"Bearer {'x' * 9_000}")


def test_get_requests_are_checked_too(client: httpx.Client) -> None:
    headers = {"authorization": "Bearer x"}
    assert client.get("/graphql", params={"query": COUNT}, headers=headers).status_code == 401
    token = {"query": COUNT, "access_token": "x"}
    assert client.get("/graphql", params=token).json()["data"]["concept"]["patients"]["count"] == 20


def test_huge_headers_are_refused_and_the_server_continues(client: httpx.Client) -> None:
    host, port = client.base_url.host, client.base_url.port
    with socket.create_connection((host, port or 0), 20) as connection:
        connection.sendall(b"POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ")
        try:
            for _ in range(100):
                connection.sendall(b"a" * 10_000)
            answer = connection.recv(1000)
        except ConnectionError:
            answer = b""
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")
    assert patients_seen(client)["count"] == 20


def test_a_server_without_keys_and_tokens_refuses_both(address: str, issuer: TestIssuer) -> None:
    with serving(create_app(Reader(address))) as asking:
        assert refused(asking, f"Bearer {issuer.token()}").startswith("this server does not accept tokens:")
        assert refused(asking, "Bearer tricuspid_x").startswith("this server does not accept keys:")
        assert patients_seen(asking)["count"] == 20


def test_no_secret_in_answers_or_logs(
    client: httpx.Client, issuer: TestIssuer, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for secret in (issuer.token(exp=1), add_key(keys, "secret", Role.EXACT, 1), "tricuspid_" + "B" * 43, "c" * 50):
        for query in (COUNT, "{", "{ nothing }"):
            shown = {"authorization": f"Bearer {secret}"}
            response = client.post("/graphql", json={"query": query}, headers=shown)
            assert secret not in response.text + str(response.headers)
        assert secret not in client.get("/metrics").text
        own = [record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
        assert not [line for line in own if secret in line]


def test_other_host_names_are_refused(address: str) -> None:
    with serving(create_app(Reader(address), guard=Guard(hosts=("graph.example",)))) as asking:
        assert asking.get("/health").status_code == 400
        assert asking.get("/health", headers={"host": "graph.example:8000"}).status_code == 200


def test_headers(client: httpx.Client) -> None:
    for response in (client.get("/graphql"), client.get("/nothing"), ask(client, "Bearer x"), ask(client)):
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["cross-origin-resource-policy"] == "same-origin"
        assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
        assert "access-control-allow-origin" not in response.headers
    for response in (ask(client), ask(client, "Bearer x")):
        assert (response.headers["cache-control"], response.headers["vary"]) == ("no-store", "authorization")


def test_the_time_limit_includes_reading_the_request(address: str) -> None:
    with serving(create_app(Reader(address), guard=Guard(seconds=0.2))) as asking:
        start = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"
        with socket.create_connection((asking.base_url.host, asking.base_url.port or 0), 20) as connection:
            connection.sendall(start)
            answer = b""
            while b"TOO_SLOW" not in answer and (more := connection.recv(10_000)):
                answer += more
        assert answer.startswith(b"HTTP/1.1 503")
        assert b"TOO_SLOW" in answer
        assert patients_seen(asking)["count"] == 20


def test_the_time_limit_includes_the_answer(address: str) -> None:
    class Slow(Reader):
        def current(self) -> Any:
            time.sleep(1)
            return super().current()

    with serving(create_app(Slow(address), guard=Guard(seconds=0.2))) as asking:
        response = ask(asking)
        assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (503, "TOO_SLOW")
        assert asking.get("/health").status_code == 200

"""tests: slow, silent or too many connections do not affect other callers, and are closed."""

from __future__ import annotations

import errno
import logging
import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from api import listening
from api.auth import Guard
from api.errors import BadSetup
from api.http import create_app
from api.listening import bound, room
from graph.snapshot import Reader
from tests.api.asking import ask, patients_seen
from tests.api.server import serving
from tests.api.test_http import metrics_of

SECONDS = 1.0
_GET = b"GET /health HTTP/1.1\r\nhost: x\r\n"
_POST = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{"


@pytest.fixture(scope="module")
def client(address: str) -> Iterator[httpx.Client]:
    with serving(create_app(Reader(address), guard=Guard(seconds=SECONDS)), SECONDS) as asking:
        yield asking


@contextmanager
def connected(client: httpx.Client, *options: tuple[int, int, int]) -> Iterator[socket.socket]:
    with socket.socket() as made:
        for option in options:
            made.setsockopt(*option)
        made.settimeout(20)
        made.connect((client.base_url.host, client.base_url.port))
        yield made


def lasted(connection: socket.socket, drip: bytes = b"") -> float:
    """Seconds until the server closes the connection, while this sends one byte of `drip` every 50 ms."""
    began, sent = time.monotonic(), 0
    connection.settimeout(0.05)
    while time.monotonic() < began + 20:
        try:
            if not connection.recv(1 << 16):
                break
        except TimeoutError:
            # The server may close the connection at this moment.
            with suppress(ConnectionError):
                connection.sendall(drip[sent : sent + 1])
                sent += 1
        except ConnectionError:
            break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("first", "drip"),
    [
        (b"", b""),
        (b"", b"GET /" + b"a" * 1000),
        (_GET, b"x-a: " + b"b" * 1000),
        (_GET + b"\r\n", b"GET /" + b"a" * 1000),
        (_GET + b"\r\n" + _GET, b""),
    ],
    ids=["nothing", "a byte at a time", "half a header", "after an answer", "half of a second request"],
)
def test_a_connection_with_unfinished_headers_is_closed(client: httpx.Client, first: bytes, drip: bytes) -> None:
    with connected(client) as connection:
        connection.sendall(first)
        assert SECONDS * 0.9 < lasted(connection, drip) < SECONDS + 2


def _status(client: httpx.Client, request: bytes) -> bytes:
    with connected(client) as connection:
        connection.sendall(request)
        answer = b""
        while more := connection.recv(1 << 16):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: %d\r\n" % len(body) in head.lower() + b"\r\n"
    return head.split(b"\r\n")[0]


def test_a_request_has_at_most_a_hundred_headers(client: httpx.Client) -> None:
    """`host` and `connection` also count. A request with 100 headers and another error gets the other error."""
    start, many = _GET + b"connection: close\r\n", b"x-a: b\r\n" * 98
    assert _status(client, start + many + b"\r\n") == b"HTTP/1.1 200 OK"
    assert _status(client, start + many + b"x-a: b\r\n\r\n").startswith(b"HTTP/1.1 431 ")
    assert _status(client, start + b"x:\r\n" * 5_000).startswith(b"HTTP/1.1 431 ")
    assert _status(client, start + many[:-8] + b"no header\r\n\r\n").startswith(b"HTTP/1.1 400 ")
    assert client.get("/health").status_code == 200


def test_a_connection_that_continues_a_refused_body_is_closed(client: httpx.Client) -> None:
    with connected(client) as connection:
        connection.sendall(_POST)
        assert lasted(connection, b"b" * 900) < 3 * SECONDS + 2


async def _endless(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends more than all buffers between server and client can hold."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(100):
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})


async def _large(scope: Scope, receive: Receive, send: Send) -> None:
    """Sends a large body in one piece, so that the application has finished before the client has read it."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": bytes(50 << 20)})


@pytest.mark.parametrize("app", [_endless, _large])
def test_a_connection_that_does_not_read_the_answer_is_closed(app: ASGIApp) -> None:
    with serving(app, SECONDS) as client, connected(client, (socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)) as connection:
        connection.sendall(_GET + b"\r\n")
        began = time.monotonic()
        while not (wrong := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)):
            assert time.monotonic() < began + 20
            time.sleep(0.05)
        assert (wrong, time.monotonic() < began + 2 * SECONDS + 2) == (errno.ECONNRESET, True)


def test_a_patient_caller_is_served(client: httpx.Client) -> None:
    with connected(client) as connection:
        for _ in range(4):
            connection.sendall(_GET)
            time.sleep(SECONDS / 2)
            connection.sendall(b"\r\n")
            answer = b""
            while b"up" not in answer:
                answer += connection.recv(1000)
            assert answer.startswith(b"HTTP/1.1 200")


def test_connections_over_the_limit_get_503_and_others_are_answered(address: str) -> None:
    with serving(create_app(Reader(address)), most=2) as client, ExitStack() as held:
        silent = held.enter_context(connected(client))
        assert patients_seen(client)["count"] == 20
        with httpx.Client(base_url=client.base_url) as other:
            response = ask(other)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
            assert response.headers["x-content-type-options"] == "nosniff"
            assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
            assert response.headers["connection"] == "close"
            assert other.get("/health").status_code == 200
        assert patients_seen(client)["count"] == 20
        assert metrics_of(client)['tricuspid_requests_total{outcome="turned_away"}'] == 1
        silent.close()
        time.sleep(0.3)
        with httpx.Client(base_url=client.base_url) as other:
            assert patients_seen(other)["count"] == 20


def test_connections_far_over_the_limit_are_not_accepted(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(listening, "_TURNED_AWAY", 3)
    with serving(create_app(Reader(address)), SECONDS, most=2) as client, ExitStack() as held:
        for _ in range(5):
            held.enter_context(connected(client))
        time.sleep(0.3)
        late = held.enter_context(connected(client))
        late.sendall(_GET + b"\r\n")
        late.settimeout(0.3)
        with pytest.raises(TimeoutError):
            late.recv(1)
        late.settimeout(20)
        assert late.recv(1000).startswith(b"HTTP/1.1 200")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_lack_of_file_descriptors_does_not_fill_the_log(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(create_app(Reader(address))) as client, ExitStack() as held:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        ours = [held.enter_context(socket.socket()) for _ in range(20)]
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(one.fileno() for one in ours) + 1, hard))
            for one in ours:
                one.connect((client.base_url.host, client.base_url.port))
            time.sleep(2.5)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        ours[0].sendall(_GET + b"\r\n")
        ours[0].settimeout(20)
        assert ours[0].recv(1000).startswith(b"HTTP/1.1 200")
    assert len([record for record in caplog.records if "cannot be accepted" in record.getMessage()]) == 1
    assert "system resource" not in caplog.text


@pytest.mark.parametrize(
    ("limits", "expected", "raised"),
    [
        ((1024, 1 << 20), 1000, (1356, 1 << 20)),
        ((1024, 1024), 668, None),
        ((512, 900), 544, (900, 900)),
        ((1 << 16, 1 << 16), 1000, None),
        ((1024, -1), 1000, (1356, -1)),
        ((-1, -1), 1000, None),
        ((356, 356), None, None),
    ],
)
def test_the_limit_on_connections_depends_on_the_limit_on_open_files(
    limits: tuple[int, int], expected: int | None, raised: tuple[int, int] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Any] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, to: given.append(to))
    if expected is None:
        with pytest.raises(BadSetup, match="ulimit -n 1356"):
            room()
    else:
        assert room() == expected
    assert given == ([raised] if raised else [])


def test_the_end_of_an_answer_is_sent_without_delay() -> None:
    with bound("127.0.0.1", 0) as listener, socket.socket() as asking:
        listener.listen()
        asking.connect(listener.getsockname())
        with listener.accept()[0] as answering:
            assert answering.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_address_that_is_in_use_or_wrong_is_an_error_with_a_remedy() -> None:
    with bound("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(OSError, match=r"cannot listen on 127\.0\.0\.1:\d+ .* --port"):
            bound("127.0.0.1", taken.getsockname()[1])
    with pytest.raises(OSError, match="not an address to listen on"):
        bound("no.such.host.invalid", 0)


def test_the_rest_of_a_refused_body_is_not_read_as_headers(client: httpx.Client) -> None:
    """The server refuses a body when half of it has come. The other half and another request come after the answer."""
    post, half = _POST.replace(b"length: 1000", b"length: 600000").removesuffix(b"{"), b" " * 300_000
    with connected(client) as connection:
        connection.sendall(post + half)
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 413 ")
        connection.sendall(half)
        time.sleep(0.2)
        connection.sendall(_GET + b"\r\n")
        assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200 ")

"""tests: the limit on slow work: callers over the limit are told when to retry, and quick queries still run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from api.auth import Guard
from api.errors import Busy, TooSlow
from api.execution import execute
from api.fields import Places, ending, places
from api.http import create_app
from graph.snapshot import Reader, Snapshot
from linking.grounding import Grounder, Match
from linking.understanding import Understanding
from tests.api.server import serving

_GROUND = '{ ground(texts: ["diabetes"]) { text } }'
_CONCEPT = '{ concept(id: "icd10:E11") { id } }'


class _Held(Understanding):
    """An `Understanding` whose grounding waits until `go_on` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def grounder(self, snapshot: Snapshot, ontologies: Collection[str] = ()) -> Grounder:
        go_on = self.go_on

        class Waiting(Grounder):
            def text(self, text: str, language: str | None = None) -> list[Match]:
                go_on.wait()
                return []

        return Waiting(snapshot)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(2_000):
        if true():
            return
        time.sleep(0.005)
    raise AssertionError("the condition did not become true in time")


@pytest.fixture
def full(address: str) -> Iterator[httpx.Client]:
    """A server that grounds one text while another text waits, until the end of the test."""
    held, some = _Held(), Places(1, 1)
    with (
        ThreadPoolExecutor(2) as callers,
        serving(create_app(Reader(address), held, Guard(places=some))) as client,
    ):
        try:
            slow = [callers.submit(_post, client, _GROUND) for _ in range(2)]
            _until(lambda: some.taken == some.most)
            yield client
        finally:
            held.go_on.set()
        _answered(slow)
        assert some.taken == 0
        assert _post(client, _GROUND).json()["data"] == {"ground": [{"text": "diabetes"}]}


def _post(client: httpx.Client, query: str) -> httpx.Response:
    return client.post("/graphql", json={"query": query}, timeout=60)


def _answered(slow: list[Future[httpx.Response]]) -> None:
    assert [one.result().json()["data"] for one in slow] == [{"ground": [{"text": "diabetes"}]}] * 2


def test_a_busy_server_answers_quick_queries_and_refuses_slow_ones(full: httpx.Client) -> None:
    assert _post(full, _CONCEPT).json()["data"] == {"concept": {"id": "icd10:E11"}}
    response = _post(full, _GROUND)
    (error,) = response.json()["errors"]
    assert (response.status_code, response.json()["data"]) == (503, {"ground": None})
    assert error["extensions"] == {"code": "BUSY", "retryAfter": 2} and error["message"].endswith("try again in 2 s")
    assert response.headers["retry-after"] == "2"
    both = _post(full, f'{{ a: ground(texts: ["x"]) {{ text }} {_CONCEPT[1:]}')
    assert (both.status_code, both.json()["data"]) == (200, {"a": None, "concept": {"id": "icd10:E11"}})
    assert both.json()["errors"][0]["extensions"]["code"] == "BUSY" and "retry-after" not in both.headers


class _Vectors:
    whole = True


class _Meaning(Understanding):
    """An `Understanding` with vectors that no test uses."""

    def meaning(self, snapshot: Snapshot) -> Any:
        return _Vectors()

    def records(self, snapshot: Snapshot) -> Any:
        return object(), {}


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ('{ search(text: "sugar in the blood") { totalCount } }', ["BUSY"]),
        ('{ searchRecords(text: "sugar in the blood") { totalCount } }', ["BUSY"]),
        ('{ search(text: "T2") { totalCount } }', []),
        ('{ searchRecords(text: "T2") { totalCount } }', []),
    ],
)
def test_search_by_meaning_counts_as_slow_work(snapshot: Snapshot, query: str, codes: list[str]) -> None:
    taken = Places(1, 0)
    token = places.set(taken)
    try:
        with taken.one():
            errors = execute(snapshot, query, understanding=_Meaning()).get("errors", [])
    finally:
        places.reset(token)
    assert [error["extensions"]["code"] for error in errors] == codes and taken.taken == 0


def test_the_time_to_retry_grows_with_the_queue_and_the_duration() -> None:
    some = Places(2, 1)
    some._seconds = 7.4
    some.taken = 3
    with pytest.raises(Busy) as busy, some.one():
        pass
    assert busy.value.retry_after == 12


def test_waiting_ends_at_the_time_limit() -> None:
    some = Places(1, 1)
    token = ending.set((time.perf_counter(), 0.5))
    try:
        with some.one(), pytest.raises(TooSlow), some.one():
            pass
    finally:
        ending.reset(token)
    assert some.taken == 0

"""tests of cli: a server with several processes: shared metrics, and all processes end together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import httpx
import pytest

from cli.processes import _forked
from cli.stopping import Stopped
from tests.cli.test_logs import QUERY, lines, made, started, store

__all__ = ["made", "store"]
EACH_ON_ITS_OWN = httpx.Limits(max_keepalive_connections=0)
"""Each request has a new connection, so that all processes get requests."""


@pytest.fixture
def server(store: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started("serve", "--store", store, "--port", str(port), "--processes", "2") as process:
        try:
            until(lambda: len(children(process.pid)) == 2 and answers(f"http://127.0.0.1:{port}/health"))
            yield process, f"http://127.0.0.1:{port}"
        finally:
            process.kill()


def children(process: int) -> list[int]:
    output = Path(f"/proc/{process}/task/{process}/children")
    return [int(child) for child in output.read_text().split()] if output.exists() else []


def answers(url: str) -> bool:
    with suppress(OSError):
        return urlopen(url, timeout=5).status == 200  # type: ignore[no-any-return]
    return False


def until(there: object) -> None:
    for _ in range(600):
        if there():  # type: ignore[operator]
            return
        time.sleep(0.1)
    pytest.fail("the condition took longer than a minute")


def has_ended(process: int) -> bool:
    output = Path(f"/proc/{process}/stat")
    return not output.exists() or output.read_text().rpartition(")")[2].split()[0] == "Z"


def test_metrics_are_shared_and_sigterm_ends_all_processes(server: tuple[subprocess.Popen[str], str]) -> None:
    process, url = server
    with httpx.Client(limits=EACH_ON_ITS_OWN) as client:
        asked = [client.post(f"{url}/graphql", json={"query": QUERY}).json()["data"] for _ in range(40)]
        assert asked == [{"concept": {"label": "diabetes"}}] * 40
        for _ in range(4):
            metrics = client.get(f"{url}/metrics").text
            assert 'tricuspid_requests_total{outcome="answered"} 40.0' in metrics, metrics
            assert "tricuspid_request_seconds_count 40.0" in metrics and "tricuspid_epoch 1.0" in metrics
    workers = children(process.pid)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert all(map(has_ended, workers))
    assert [line["message"] for line in lines(said) if line["logger"] == "tricuspid.serve"] == ["serving", "stopped"]


def test_a_process_that_is_stopped_before_it_serves_gives_exit_code_0() -> None:
    def stopped() -> int:
        raise Stopped

    reading, writing = os.pipe()
    _, status = os.waitpid(_forked(stopped, reading, writing), 0)
    assert os.waitstatus_to_exitcode(status) == 0
    os.close(reading)
    os.close(writing)


def test_all_processes_end_if_one_dies_at_the_start(server: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = server
    first, second = children(process.pid)
    os.kill(first, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "worker exited within 10 s with code -9; shutting down" in said and has_ended(second)


def test_all_processes_end_with_the_first(server: tuple[subprocess.Popen[str], str]) -> None:
    process, _ = server
    workers = children(process.pid)
    process.kill()
    until(lambda: all(map(has_ended, workers)))

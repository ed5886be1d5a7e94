"""ingest: a Neo4j server that is killed and restarted, and a connection that breaks during a commit."""

from __future__ import annotations

import socket
import threading
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bench.kills import Server
from graph.errors import StoreUnreachable
from graph.store import Batch, Store, open_store
from ingest import jobs
from tests.conftest import NEO4J, empty_neo4j
from tests.graph.rows import concepts
from tests.ingest.graphs import DEMONSTRATION, everything, load_into, undisturbed

PATHS = [DEMONSTRATION / "terminology/mondo.obo"]
COMMIT = b"\x00\x02\xb0\x12\x00\x00"
"""The bytes of a COMMIT message: https://neo4j.com/docs/bolt/current/bolt/message/#messages-commit"""


class Proxy:
    """Forwards bytes between client and server. Breaks the connection once, at the commit with this number."""

    def __init__(self, number: int, *, arrives: bool) -> None:
        self._left, self._arrives = number, arrives
        self._server = socket.create_server(("127.0.0.1", 0))
        self.address = f"bolt://127.0.0.1:{self._server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client = self._server.accept()[0]
                server = socket.create_connection((urlsplit(NEO4J).hostname or "", urlsplit(NEO4J).port or 0))
                cut = threading.Event()
                for way in (self._to_server, self._to_client):
                    threading.Thread(target=way, args=(client, server, cut), daemon=True).start()

    def _to_server(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while said := client.recv(1 << 16):
                self._left -= COMMIT in said
                if COMMIT in said and self._left == 0:
                    cut.set()
                    if not self._arrives:
                        break
                server.sendall(said)
        if not (cut.is_set() and self._arrives):
            hang_up(client, server)

    def _to_client(self, client: socket.socket, server: socket.socket, cut: threading.Event) -> None:
        with suppress(OSError):
            while (said := server.recv(1 << 16)) and not cut.is_set():
                client.sendall(said)
        hang_up(client, server)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()


def hang_up(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@pytest.fixture(autouse=True)
def small_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 100)
    monkeypatch.setenv("TRICUSPID_HOME", str(tmp_path / "home"))


@pytest.fixture
def neo4j() -> None:
    if not NEO4J:
        pytest.skip("no Neo4j: set NEO4J_URI, or run the tests with make test")
    empty_neo4j()


@pytest.mark.usefixtures("neo4j")
def test_a_job_continues_if_only_the_answer_to_a_commit_was_lost(tmp_path: Path) -> None:
    with closing(Proxy(3, arrives=True)) as proxy, closing(open_store(proxy.address)) as store:
        load_into(store, *PATHS)
        assert proxy._left < 0
        checkpoints = [row["checkpoint"] for rows in store.scan("Job", ["checkpoint"]) for row in rows.to_pylist()]
        assert sum(checkpoints) == store.epoch(), "no batch was written twice"
        assert everything(store) == undisturbed(tmp_path / "other", PATHS, [])


@pytest.mark.usefixtures("neo4j")
def test_a_lost_commit_ends_the_job_and_the_next_run_resumes_it(tmp_path: Path) -> None:
    with closing(Proxy(3, arrives=False)) as proxy, closing(open_store(proxy.address)) as store:
        with pytest.raises(
            StoreUnreachable, match="run the same command again; it resumes after the last complete batch"
        ):
            load_into(store, *PATHS)
        assert store.epoch() == 2
        assert load_into(store, *PATHS).resumed_at == 2
        assert everything(store) == undisturbed(tmp_path / "other", PATHS, [])


def test_a_restarted_server_has_complete_batches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kills single writes. `python -m bench.kills --engine server` kills whole jobs, which takes much longer."""
    server = Server(tmp_path / "server")
    try:
        with closing(open_store(server.address)) as store:
            result = dies_after(store, 2, server, monkeypatch)
            with pytest.raises(StoreUnreachable, match="does not answer"):
                for number in range(1, 100):
                    store.write(some(number))
        server.restart()
        with closing(open_store(server.address)) as store:
            assert result[-1] <= store.epoch() <= result[-1] + 1
            found = [row for piece in store.scan("Concept", ["id"]) for row in piece["id"].to_pylist()]
            assert found == sorted(f"A:{number}-{row}" for number in range(1, store.epoch() + 1) for row in range(500))
            assert store.write(some(store.epoch() + 1)) == store.epoch()
    finally:
        server.stop()


def some(number: int) -> Batch:
    return Batch(nodes={"Concept": concepts(*(f"A:{number}-{row}" for row in range(500)))})


def dies_after(store: Store, batches: int, server: Server, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Kills the server during the write after these batches. Returns a list of the epochs of successful writes."""
    result: list[int] = []
    write = store.write

    def telling(batch: Batch) -> int:
        if len(result) == batches:
            threading.Timer(0.03, server.kill).start()
        result.append(write(batch))
        return result[-1]

    monkeypatch.setattr(store, "write", telling)
    return result

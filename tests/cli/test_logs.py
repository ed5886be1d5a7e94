"""tests of cli: log, metrics and shutdown of a real server and of real jobs, with real signals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx
import pytest

from cli.main import main
from graph.store import open_store
from tests.ingest.graphs import DEMONSTRATION, load_into, obo

ROOT = Path(__file__).resolve().parents[2]
SECRETS = ("s3cr3t-token", "999990019", "Zonnebloem")
QUERY = 'query Named { concept(id: "A:1") { label } }'


def started(*arguments: str, **given: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRICUSPID_")}
    environment |= {"TRICUSPID_LOG": "json", "TRICUSPID_MODEL": "/nowhere"} | given
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def lines(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    with closing(open_store(str(folder / "store"))) as opened:
        load_into(opened, obo(folder / "a.obo", "1", "A:1\nname: diabetes"))
    return folder / "store"


@pytest.fixture
def store(made: Path, tmp_path: Path) -> str:
    """A store with one concept."""
    return str(shutil.copytree(made, tmp_path / "store"))


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Runs the command in this process. Returns its exit code, output and log."""
    capsys.readouterr()
    return (main(arguments), *capsys.readouterr())


@pytest.fixture
def server(store: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with started("serve", "--store", store, "--port", str(port)) as process:
        try:
            for _ in range(600):
                try:
                    urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                    break
                except OSError:
                    time.sleep(0.1)
            yield process, port
        finally:
            process.kill()


def test_the_log_has_a_line_for_every_request_and_no_secret(server: tuple[subprocess.Popen[str], int]) -> None:
    process, port = server
    url = f"http://127.0.0.1:{port}/graphql"
    with httpx.Client() as client:
        named = {"query": QUERY, "operationName": "Named"}
        output = client.post(url, json=named, headers={"x-request-id": "of.the-proxy_1"})
        assert output.headers["x-request-id"] == "of.the-proxy_1"
        other = client.post(url, json={"query": QUERY}, headers={"x-request-id": 'a", "level": "x'})
        assert len(other.headers["x-request-id"]) == 32
        client.post(url, json={"query": QUERY}, headers={"authorization": "Bearer s3cr3t-token"})
        client.post(url, json={"query": '{ concept(id: "999990019") { id } }', "operationName": 'x"\nZonnebloem'})
        asked = {"query": "query($t: String!) { search(text: $t) { totalCount } }", "variables": {"t": "Zonnebloem"}}
        client.post(url, json=asked)
        client.post(url, content=b"Zonnebloem", headers={"content-type": "application/json"})
        metrics = client.get(f"http://127.0.0.1:{port}/metrics").text
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 0
    log = lines(said)
    requests = [line for line in log if line["logger"] == "tricuspid.request"]
    outcomes = [line["outcome"] for line in requests]
    assert outcomes == ["answered", "answered", "refused", "refused", "answered", "refused"]
    first = requests[0]
    assert (first["request"], first["operation"], first["fields"]) == ("of.the-proxy_1", "Named", ["concept"])
    assert (first["caller"], first["role"], first["epoch"], first["level"]) == ("anonymous", "at_least", 1, "info")
    assert first["ms"] > 0 and first["at"].endswith("+00:00")
    assert requests[2]["code"] == "UNAUTHENTICATED"
    own = [line for line in log if line["logger"] == "tricuspid.serve"]
    assert [line["message"] for line in own] == ["serving", "stopped"]
    assert own[0]["url"] == url
    assert not [secret for secret in SECRETS if secret in said or secret in metrics]
    for line in (
        'tricuspid_fields_total{field="concept"} 2.0',
        'tricuspid_fields_total{field="search"} 1.0',
        'tricuspid_job_records{kind="load",what="written"} 1.0',
        "tricuspid_epoch 1.0",
    ):
        assert line in metrics, metrics
    assert "process_resident_memory_bytes" in metrics and "tricuspid_snapshot_made_seconds" in metrics


def test_shutdown_waits_for_a_request_in_progress_and_not_for_an_unfinished_one(
    server: tuple[subprocess.Popen[str], int],
) -> None:
    """SIGTERM comes between two parts of a request's body. The server answers it, but refuses new connections.

    The body of another request is never sent.
    """
    process, port = server
    body = json.dumps({"query": QUERY}).encode()
    head = f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    with (
        socket.create_connection(("127.0.0.1", port)) as asking,
        socket.create_connection(("127.0.0.1", port)) as unfinished,
    ):
        asking.sendall(head.encode() + body[:10])
        unfinished.sendall(head.encode() + b"{")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        asking.sendall(body[10:])
        answer = b""
        while part := asking.recv(65536):
            answer += part
        _, said = process.communicate(timeout=30)
    assert b"200 OK" in answer and b'"label":"diabetes"' in answer
    assert process.returncode == 0
    assert "Traceback" not in said and lines(said)[-1]["message"] == "stopped"


def test_truncated_snapshot_files_do_not_change_answers_of_a_running_server(
    server: tuple[subprocess.Popen[str], int], store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A server with memory-mapped files would crash (SIGBUS). The next process rebuilds the files and logs that."""
    process, port = server
    ask = {"query": '{ concept(id: "A:1") { label } search(text: "diab") { totalCount } ontologies { id } }'}
    before = httpx.post(f"http://127.0.0.1:{port}/graphql", json=ask).json()
    there = max(Path(store).glob("snapshot-*"))
    for file in there.iterdir():
        os.truncate(file, 0)
    more = {"query": ask["query"].replace("diab", "diabetes")}
    assert httpx.post(f"http://127.0.0.1:{port}/graphql", json=more).json()["data"] == before["data"]
    _, output, said = ran(capsys, "query", "--store", store, ask["query"])
    assert json.loads(output)["data"] == before["data"]
    assert "is damaged" in said and "rebuilding the snapshot from the store" in said
    assert process.poll() is None
    assert ran(capsys, "load", "--store", store, str(DEMONSTRATION / "terminology/hp.obo"))[0] == 0
    until(lambda: httpx.get(f"http://127.0.0.1:{port}/ready").json()["epoch"] > before["extensions"]["epoch"], process)
    assert httpx.post(f"http://127.0.0.1:{port}/graphql", json=ask).json()["data"]["concept"] == {"label": "diabetes"}


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_a_stopped_job_can_be_resumed(tmp_path: Path, number: signal.Signals, code: int) -> None:
    store = str(tmp_path / "store")
    arguments = ("load", "--store", store, str(DEMONSTRATION / "terminology"), str(DEMONSTRATION / "mappings"))
    with started(*arguments) as process:
        # Before the first batch is written, the job cannot be incomplete.
        until(lambda: (tmp_path / "store" / "epoch").exists(), process)
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    assert process.returncode == code, said
    assert lines(said)[-1]["message"].startswith("stopped: run the same command again")
    with started(*arguments, TRICUSPID_LOG="plain") as again:
        output, said = again.communicate(timeout=120)
    assert (again.returncode, said) == (0, "")
    assert "resumed after batch" in output


def until(there: Any, process: subprocess.Popen[str]) -> None:
    for _ in range(6000):
        if there() or process.poll() is not None:
            return
        threading.Event().wait(0.01)


def test_the_log_has_a_line_for_a_job(store: str) -> None:
    with started("load", "--store", store, str(DEMONSTRATION / "terminology/hp.obo")) as process:
        _, said = process.communicate(timeout=60)
    (line,) = lines(said)
    assert (line["message"], line["kind"], line["refused"]) == ("job done", "load", 0) and line["written"] > 100


def test_the_log_has_a_line_for_an_error(tmp_path: Path) -> None:
    with started("load", "--store", str(tmp_path / "s"), str(tmp_path / "absent\n{}")) as process:
        _, said = process.communicate(timeout=60)
    (line,) = lines(said)
    assert (process.returncode, line["level"]) == (1, "error") and "does not exist" in line["message"]


@pytest.mark.parametrize("form", ["json", "plain"])
def test_an_uncaught_exception_is_one_line_in_a_json_log(form: str) -> None:
    script = (
        f"import threading, warnings; from cli.logs import configure; configure('plain'); configure('{form}')\n"
        "def broken(): raise KeyError('a\\nb')\n"
        "warnings.warn('careful'); thread = threading.Thread(target=broken); thread.start(); thread.join(); broken()"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 1
    if form == "plain":
        assert done.stderr.count("Traceback") == 2
        return
    warned, *output = lines(done.stderr)
    assert (warned["logger"], warned["level"], "careful" in warned["message"]) == ("py.warnings", "warning", True)
    assert [(line["level"], line["message"]) for line in output] == [("critical", "crashed: KeyError")] * 2
    assert all("in broken" in line["trace"] for line in output)

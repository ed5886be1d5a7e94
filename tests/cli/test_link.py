"""The command `link`: its report, its queue, and its one-line errors."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from contextlib import closing, nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from cli.main import main
from cli.stopping import between_batches
from graph.store import open_store
from tests.example import write_example
from tests.graph.rows import table


@pytest.fixture
def example(tmp_path: Path) -> str:
    with closing(open_store(str(tmp_path / "store"))) as store:
        write_example(store)
    return str(tmp_path / "store")


def test_link_reports_and_writes_the_queue(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the encoder works, the store's writer lock is free for other jobs."""
    queue, done = tmp_path / "queue.tsv", list[str]()

    def progress(what: str, _: int) -> None:
        done.append(what)
        encodes = what == "names" or what.startswith("texts of ")
        with (Path(example) / "writer").open("a+") as writer, nullcontext() if encodes else pytest.raises(OSError):
            fcntl.flock(writer, fcntl.LOCK_EX | fcntl.LOCK_NB)

    monkeypatch.setattr("cli.linking._progress", progress)
    assert main(["link", "--store", example, "--sssom", str(queue), "--json"]) == 0
    assert {"names", "texts of Course", "concepts"} < set(done)
    output = capsys.readouterr()
    report = json.loads(output.out)
    assert report["kind"] == "link" and report["written"] == report["read"] > 0 and report["refused"] == 0
    rows = [line for line in queue.read_text().splitlines() if not line.startswith("#")]
    assert f"{len(rows) - 1} candidate mappings" in output.err
    assert "MONDO:0005015\tdiabetes mellitus\t" in queue.read_text()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--neo4j-vectors"], "only a Neo4j store"),
        (["--model", "no-such-folder"], "no-such-folder is neither a model folder"),
    ],
)
def test_errors_of_link_are_one_line(
    example: str, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["link", "--store", example, *arguments]) == 1
    output = capsys.readouterr().err
    assert words in output and output.count("\n") == 1


@pytest.mark.parametrize("command", ["link", "adapt"])
def test_sigterm_in_the_middle_gives_exit_code_0(
    example: str, tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SIGTERM comes at the first progress message: after a batch of `link` or a step of `adapt`."""
    sent: list[float] = []

    def output(*_: object, **__: object) -> None:
        if command == "link":
            between_batches()
        sent.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGTERM)

    if command == "link":
        monkeypatch.setattr("cli.linking._progress", output)
    else:
        monkeypatch.setattr("cli.meaning._bar", lambda *_: nullcontext(SimpleNamespace(set_postfix=output)))
    out = [str(tmp_path / "out")] if command == "adapt" else []
    assert main([command, "--store", example, *out]) == 0
    assert len(sent) == 1 and time.monotonic() - sent[0] < 10
    assert not (tmp_path / "out").exists()
    with closing(open_store(example)) as store:
        assert not table(store, "NEIGHBOUR", "source")


def test_link_does_not_create_an_absent_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["link", "--store", str(tmp_path / "none")]) == 1
    assert "is empty" in capsys.readouterr().err and not (tmp_path / "none").exists()

"""graph: one writer at a time. The next writer learns for which process it waits, and starts after that process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from graph.errors import GraphError
from graph.store import writing

_HOLDER = """
import sys, time
from graph.store.writing import writing
with writing(sys.argv[1], print):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(address: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, address, "Zonnebloem"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("end", ["it ends", "it is killed"])
def test_the_next_writer_waits_and_learns_for_which_process(tmp_path: Path, end: str) -> None:
    address, result = str(tmp_path / "store"), list[str]()
    process, said = _holder(address), threading.Event()

    def waits(holder: str) -> None:
        result.append(holder)
        said.set()

    def write() -> None:
        with writing(address, waits) as store:
            result.append(f"epoch {store.epoch()}")

    waiter = threading.Thread(target=write)
    waiter.start()
    assert said.wait(30)
    assert result[0].startswith(f"process {process.pid} (since 2") and result[0].endswith(f", which runs -c {address}")
    if end == "it ends":
        process.communicate("", timeout=30)
    else:
        os.kill(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    waiter.join(30)
    assert result[1:] == ["epoch 0"]


def test_a_single_writer_does_not_wait(tmp_path: Path) -> None:
    for _ in range(2):
        with writing(str(tmp_path), pytest.fail) as store:
            assert str(os.getpid()) in (tmp_path / "writer").read_text()
            assert store.epoch() == 0
        assert (tmp_path / "writer").read_text() == ""


def test_an_impossible_folder_gives_the_error_of_opening(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((GraphError, OSError), match="file"), writing(str(tmp_path / "file"), pytest.fail):
        pass

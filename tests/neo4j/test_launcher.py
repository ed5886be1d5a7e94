"""tests: uses of bin/neo4j that start no server. Every test that uses Neo4j also tests that it starts one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHER = Path(__file__).resolve().parents[2] / "bin" / "neo4j"
ADDRESS = "bolt://127.0.0.1:1"


def launch(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(LAUNCHER), *arguments]
    surroundings = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=surroundings)


def test_a_given_address_is_kept_and_the_exit_code_is_that_of_the_command() -> None:
    done = launch("run", "--", "sh", "-c", "echo $NEO4J_URI; exit 3", NEO4J_URI=ADDRESS)
    assert (done.stdout, done.returncode) == (f"{ADDRESS}\n", 3)


def test_options_after_two_dashes_belong_to_the_command() -> None:
    assert launch("run", "--", "echo", "--home", "x", NEO4J_URI=ADDRESS).stdout == "--home x\n"


@pytest.mark.parametrize(("script", "code"), [("true", 0), ("kill -9 $$", 128 + signal.SIGKILL)])
def test_exit_codes(script: str, code: int) -> None:
    assert launch("run", "--", "sh", "-c", script, NEO4J_URI=ADDRESS).returncode == code


def test_an_absent_command_gives_exit_code_127() -> None:
    done = launch("run", "--", "no-such-command", NEO4J_URI=ADDRESS)
    assert (done.returncode, done.stderr) == (127, "no-such-command: No such file or directory\n")


def test_a_missing_java_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    done = launch("run", "--", "true", PATH=str(tmp_path))
    assert done.returncode == 1
    assert "apt-get install openjdk-17-jdk-headless" in done.stderr


def test_stopping_an_absent_server_is_no_error(tmp_path: Path) -> None:
    done = launch("stop", "--home", str(tmp_path))
    assert (done.returncode, done.stdout) == (0, f"no server runs on {tmp_path}\n")


def test_another_process_with_the_same_number_is_not_stopped(tmp_path: Path) -> None:
    (tmp_path / "server.pid").write_text(str(os.getpid()))
    assert "no server runs" in launch("stop", "--home", str(tmp_path)).stdout

"""tests of cli: after SIGTERM, a command ends with exit code 0 within ten seconds, whatever it is doing."""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.test_logs import lines, started, until
from tests.ingest.graphs import DEMONSTRATION

TERMINOLOGY = [str(DEMONSTRATION / part) for part in ("terminology", "mappings")]
CARE = [str(DEMONSTRATION / part) for part in ("care", "trials")]
NATIVE = """
import ctypes, signal, sys
from cli import commands
from cli.main import main
from cli.stopping import between_batches
def command(given):
    between_batches() if {waits} else None
    if {waits}:  # another thread gets the signal, so the call is not interrupted
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    print("in", flush=True)
    ctypes.CDLL(None).{call}
    return 5
commands.{command} = command
sys.exit(main())
"""


def ended(process: subprocess.Popen[str]) -> tuple[int, float, str]:
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    return process.returncode, time.monotonic() - began, said


def listens(process: int) -> bool:
    """Whether the process has a handler for SIGTERM. Tricuspid's first lines of code set it."""
    caught = next(line for line in Path(f"/proc/{process}/status").read_text().splitlines() if "SigCgt" in line)
    return bool(int(caught.split()[1], 16) >> signal.SIGTERM - 1 & 1)


@pytest.mark.parametrize("command", ["load", "ingest", "serve"])
@pytest.mark.parametrize("after", [0, 0.3, 1.0])
def test_sigterm_at_any_time_gives_exit_code_0(tmp_path: Path, command: str, after: float) -> None:
    paths = {"load": TERMINOLOGY, "ingest": CARE, "serve": ["--port", "0"]}[command]
    with started(command, "--store", str(tmp_path / "store"), *paths) as process:
        until(lambda: listens(process.pid), process)
        time.sleep(after)
        code, seconds, said = ended(process)
    assert (code, "Traceback" in said) == (0, False), said
    assert seconds < 10


def test_sigterm_while_a_command_waits_for_another_writer(tmp_path: Path) -> None:
    with (tmp_path / "writer").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with started("load", "--store", str(tmp_path), *TERMINOLOGY) as process:
            assert process.stderr and "waiting" in process.stderr.readline()
            code, seconds, said = ended(process)
    assert (code, seconds < 10) == (0, True)
    assert lines(said)[-1]["message"].startswith("stopped")


def in_a_call(command: str, waits: bool, *arguments: str) -> tuple[int, float]:
    """Sends SIGTERM to a process that runs a minute of native code, and returns its exit code and the time to end."""
    script = NATIVE.format(command=command, waits=waits, call="sleep(60)")
    with subprocess.Popen(
        [sys.executable, "-c", script, command, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stdout.readline() == "in\n"
        return ended(process)[:2]


@pytest.mark.parametrize(("command", "waits"), [("load", True), ("load", False), ("adapt", False), ("link", False)])
def test_sigterm_during_native_code_that_blocks_signal_handlers(command: str, waits: bool) -> None:
    code, seconds = in_a_call(command, waits, *([] if command == "link" else ["x"]))
    assert (code, seconds < 10) == (0, True)


@pytest.mark.parametrize("command", ["serve", "link"])
def test_threads_in_native_code_do_not_change_the_exit_code(command: str) -> None:
    """The encoder has such threads. The process must end without Python's exit handlers: one here ends it with 134."""
    script = "import atexit, os\natexit.register(os._exit, 134)\n" + NATIVE
    script = script.format(command=command, waits=False, call="sleep(1)")
    script = script.replace("return 5", "os.kill(os.getpid(), signal.SIGTERM)")
    assert (
        subprocess.run([sys.executable, "-c", script, command], stdout=subprocess.DEVNULL, timeout=30).returncode == 0
    )


def test_an_interrupted_backup_does_not_give_exit_code_0(tmp_path: Path) -> None:
    assert in_a_call("backup", False, str(tmp_path / "file"))[0] == 143

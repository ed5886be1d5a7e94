"""cli: runs the server in several worker processes on one socket, and replaces a worker that exits."""

from __future__ import annotations

import logging
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from cli.errors import EXPECTED
from cli.stopping import SIGNALS, Stopped, limit_stopping

logger = logging.getLogger("tricuspid.serve")
_MINIMUM = 10.0
"""If a worker exits within this number of seconds after its start, all workers stop, to avoid a restart loop."""


def shared(count: int, serve: Callable[[], int]) -> int:
    """Runs `serve` in `count` processes until stopped. Returns 0, or 1 if a worker exited soon after its start.

    The metrics must not be imported before this call: prometheus_client reads PROMETHEUS_MULTIPROC_DIR at import.
    """
    began: dict[int, float] = {}
    with tempfile.TemporaryDirectory(prefix="tricuspid-metrics-") as counts:
        os.environ.update(PROMETHEUS_MULTIPROC_DIR=counts)
        ends = os.pipe()
        try:
            while True:
                while len(began) < count:
                    began[_forked(serve, *ends)] = time.monotonic()
                process, status = os.wait()
                code = os.waitstatus_to_exitcode(status)
                if time.monotonic() - began.pop(process) < _MINIMUM:
                    logger.error("worker exited within %d s with code %d; shutting down", _MINIMUM, code)
                    return 1
                logger.error("worker exited with code %d; starting another", code)
        except Stopped:
            return 0
        finally:
            _end(list(began))


def _forked(serve: Callable[[], int], reading: int, writing: int) -> int:
    """Starts a worker and returns its process id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.close(writing)
        limit_stopping("serve")  # a fork does not inherit threads
        for number in SIGNALS:
            signal.signal(number, _stop)
        threading.Thread(target=_end_with_parent, args=(reading,), daemon=True).start()
        code = serve()
    except Stopped:  # stopped before the server started
        code = 0
    except EXPECTED as wrong:
        logger.error("%s", wrong)
    except BaseException:
        logger.exception("the server failed")
    finally:
        os._exit(code)


def _stop(number: int, frame: object) -> None:
    raise Stopped


def _end_with_parent(reading: int) -> None:
    """Stops this worker when its parent ends, even if the parent is killed.

    The parent writes nothing to the pipe, but the pipe closes when the parent ends.
    """
    os.read(reading, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _end(processes: list[int]) -> None:
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
    for process in processes:
        with suppress(ChildProcessError):
            os.waitpid(process, 0)

"""cli: a server in several processes on one socket; one that ends by itself is replaced, and all end together."""

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
from cli.stopping import SIGNALS, Stopped, bounded

logger = logging.getLogger("tricuspid.serve")
_LEAST = 10.0
"""Seconds: a process that ends sooner would do so again, so all end."""


def shared(count: int, serve: Callable[[], int]) -> int:
    """Runs `serve` in so many processes until told to stop; gives 0, or 1 where one cannot serve.

    None of this process may have imported the metrics: they are counted for all where the environment says so then.
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
                if time.monotonic() - began.pop(process) < _LEAST:
                    logger.error("a process of the server ended at once, with exit code %d: so all end", code)
                    return 1
                logger.error("a process of the server ended, with exit code %d: another takes its place", code)
        except Stopped:
            return 0
        finally:
            _end(list(began))


def _forked(serve: Callable[[], int], reading: int, writing: int) -> int:
    """The new process's id."""
    process = os.fork()
    if process:
        return process
    code = 1
    try:
        os.close(writing)
        bounded("serve")  # a fork has none of the threads
        for number in SIGNALS:
            signal.signal(number, _stop)
        threading.Thread(target=_end_with_parent, args=(reading,), daemon=True).start()
        code = serve()
    except Stopped:  # before it served
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
    """Nothing is ever written: reading ends when the process that started this one is gone, even if it was killed."""
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

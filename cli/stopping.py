"""cli: handles SIGTERM and Ctrl-C.

A job stops after the current batch, or at once at the second signal. Any other command stops at once. The process
always ends within ten seconds: a thread enforces this, because signal handlers do not run during native code.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

SIGNALS = (signal.SIGTERM, signal.SIGINT)
_URGED, _LAST = 4.0, 8.0
"""Seconds from a signal until a running job is interrupted (`_URGED`), and until the process exits (`_LAST`).

Written batches are never lost.
"""
RESUMED = ("load", "ingest", "link")
_ENDED_WELL = (*RESUMED, "adapt", "serve", "demo")
"""Commands that exit with 0 after SIGTERM, because nothing is lost. Any other command exits with another code, because
the command is incomplete."""


class Stopped(KeyboardInterrupt):
    """Raised in a command when a signal stops it."""


class _Asked:
    """Whether this process was asked to stop. `number` is the signal that was received, or 0.

    `waits` is true while a job runs that checks between batches whether a signal was received. `command` is the name
    of the command that runs.
    """

    number = 0
    waits = False
    command = ""


@contextmanager
def stoppable(command: str) -> Iterator[None]:
    """Inside this block, signals raise Stopped in the main thread instead of ending the process."""
    _Asked.number, _Asked.waits, _Asked.command = 0, False, command
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def limit_stopping(command: str) -> None:
    """Limits the time between a signal and the end of the process. Call this in a process that runs one command.

    Before the command begins, a signal ends the process at once. Later, the process ends within ten seconds. The signal
    is also written to a pipe. A thread reads this pipe, whatever the main thread is doing.
    """
    _Asked.command = command
    report = sys.unraisablehook
    # If a database driver catches Stopped, the job stops after the current batch.
    sys.unraisablehook = lambda error: None if isinstance(error.exc_value, Stopped) else report(error)
    for number in SIGNALS:
        signal.signal(number, _end)
    noted, noting = os.pipe()
    os.set_blocking(noting, False)
    signal.set_wakeup_fd(noting, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(noted,), daemon=True).start()


def _end(number: int, frame: object) -> None:
    _Asked.number = number
    os._exit(exit_code())


def ignore_signals() -> None:
    """Ignores signals from now on. The command is done, and a late signal must not change its exit code."""
    for number in SIGNALS:
        signal.signal(number, lambda _number, _frame: None)


def exit_now(code: int) -> NoReturn:
    """Ends the process without finalizing Python, because finalizing aborts if a thread is in native code."""
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def _watch(noted: int) -> None:
    number = 0
    while number not in SIGNALS:
        number = os.read(noted, 1)[0]
    time.sleep(_URGED)
    if _Asked.waits:
        signal.pthread_kill(threading.main_thread().ident or 0, number)
    time.sleep(_LAST - _URGED)
    _Asked.number = _Asked.number or number
    os._exit(exit_code())


def _ask(number: int, frame: object) -> None:
    first, _Asked.number = not _Asked.number, number
    if not (first and _Asked.waits):
        raise Stopped


def between_batches() -> None:
    """A job calls this at each point where it can stop. Raises Stopped if a signal was received."""
    if _Asked.number:
        raise Stopped
    _Asked.waits = True


def stop_requested() -> bool:
    """True if a signal was received."""
    return bool(_Asked.number)


def exit_code() -> int:
    """Returns 0 if no signal was received, or if SIGTERM stopped a command in `_ENDED_WELL`.

    Otherwise, returns 128 plus the signal number.
    https://tldp.org/LDP/abs/html/exitcodes.html
    """
    if _Asked.number == signal.SIGTERM and _Asked.command in _ENDED_WELL:
        return 0
    return _Asked.number and 128 + _Asked.number

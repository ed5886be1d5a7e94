"""cli: SIGTERM and Ctrl-C; a job ends with the batch at hand, at the second signal, as any other command, at once.

However long what runs at present takes, the process ends within ten seconds: native code lets no handler run.
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
"""Seconds after the signal: when a job that still runs is ended at once, and when the process is ended as if killed.

No batch that was written is lost.
"""
RESUMED = ("load", "ingest", "link")
_ENDED_WELL = (*RESUMED, "adapt", "serve", "demo")
"""Commands that end with 0 at SIGTERM: nothing is lost. Of others nobody must take it that they are done."""


class Stopped(KeyboardInterrupt):
    """Whoever runs the command wants it to end."""


class _Asked:
    """By which signal, 0 where by none; `waits` while a job looks by itself whether it is to stop."""

    number = 0
    waits = False
    command = ""


@contextmanager
def stoppable(command: str) -> Iterator[None]:
    """Inside it the signals raise Stopped instead of ending the process; only the main thread may be told."""
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


def bounded(command: str) -> None:
    """For a process that does one command: until that begins, a signal ends it at once, and later within ten seconds.

    The system notes a signal in a pipe as it comes, where a thread reads it whatever the main thread is at.
    """
    _Asked.command = command
    tell = sys.unraisablehook
    # Where a driver swallows Stopped, the job ends with the batch at hand.
    sys.unraisablehook = lambda told: None if isinstance(told.exc_value, Stopped) else tell(told)
    for number in SIGNALS:
        signal.signal(number, _end)
    noted, noting = os.pipe()
    os.set_blocking(noting, False)
    signal.set_wakeup_fd(noting, warn_on_full_buffer=False)
    threading.Thread(target=_watch, args=(noted,), daemon=True).start()


def _end(number: int, frame: object) -> None:
    _Asked.number = number
    os._exit(exit_code())


def over() -> None:
    """The command is done, and a signal that still comes changes nothing of how it ended."""
    for number in SIGNALS:
        signal.signal(number, lambda _number, _frame: None)


def ended(code: int) -> NoReturn:
    """Ends a process that was asked to. Python is not taken apart: that aborts where a thread is in native code."""
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
    """For a job to call where it may end: raises Stopped where it is to; until the next call it is not disturbed."""
    if _Asked.number:
        raise Stopped
    _Asked.waits = True


def asked() -> bool:
    """Whether a signal came."""
    return bool(_Asked.number)


def exit_code() -> int:
    """0 where none came, or where SIGTERM ends a command that loses nothing by it; else 128 and the signal.

    https://tldp.org/LDP/abs/html/exitcodes.html
    """
    if _Asked.number == signal.SIGTERM and _Asked.command in _ENDED_WELL:
        return 0
    return _Asked.number and 128 + _Asked.number

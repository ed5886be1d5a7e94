"""cli: SIGTERM and Ctrl-C; a job ends with the batch at hand, at the second signal, as any other command, at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stopped(KeyboardInterrupt):
    """Whoever runs the command wants it to end."""


class _Asked:
    """By which signal, 0 where by none; `waits` while a job looks by itself whether it is to stop."""

    number = 0
    waits = False


@contextmanager
def stoppable() -> Iterator[None]:
    """Inside it the signals raise Stopped instead of ending the process; only the main thread may be told."""
    _Asked.number, _Asked.waits = 0, False
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ask(number: int, frame: object) -> None:
    first, _Asked.number = not _Asked.number, number
    if not (first and _Asked.waits):
        raise Stopped


def between_batches() -> None:
    """For a job to call where it may end: raises Stopped where it is to; until the next call it is not disturbed."""
    if _Asked.number:
        raise Stopped
    _Asked.waits = True


def exit_code() -> int:
    """128 and the signal (https://tldp.org/LDP/abs/html/exitcodes.html); 0 where none came."""
    return _Asked.number and 128 + _Asked.number

"""api: limits how many requests do slow work at the same time. Slow work is grounding and search by meaning.

A limited number of requests run, and a limited number wait. Further requests are refused; the error states after how
many seconds to try again. Fast queries never wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from math import ceil, isfinite

from api.errors import Busy, TooSlow
from api.fields.requests import ending

AT_ONCE, WAITING = 2, 16
_NEWEST = 0.2
"""Weight of the newest time in the moving average of the times of slow work."""


class Places:
    """Limits the slow work of a server: at most `at_once` requests run and `waiting` more wait. Thread-safe."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self.most, self.taken = at_once + waiting, 0
        self._at_once, self._seconds = at_once, 1.0
        self._free, self._counting = threading.Semaphore(at_once), threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Waits until the slow work of the current request may begin. The work ends with the block.

        Raises Busy if too many requests are waiting already, and TooSlow after the deadline.
        """
        self._take()
        try:
            when, seconds = ending.get()
            if not self._free.acquire(timeout=max(when - time.perf_counter(), 0) if isfinite(when) else None):
                raise TooSlow(seconds)
            began = time.perf_counter()
            try:
                yield
            finally:
                self._free.release()
                self._seconds += _NEWEST * (time.perf_counter() - began - self._seconds)
        finally:
            with self._counting:
                self.taken -= 1

    def _take(self) -> None:
        with self._counting:
            if self.taken >= self.most:
                raise Busy(max(ceil(self.taken / self._at_once * self._seconds), 1))
            self.taken += 1


places: ContextVar[Places | None] = ContextVar("places", default=None)
"""The limits of the running server; None on the command line."""


def slow() -> AbstractContextManager[None]:
    """Returns a context manager for a block of slow work, which waits for its turn according to `places`."""
    found = places.get()
    return found.one() if found else nullcontext()

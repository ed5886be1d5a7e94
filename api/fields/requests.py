"""api: one line in the log for every request, and the id by which it, its answer and its faults are told together.

Never in it: the query, variables, the answer, a token, an address. The caller's own name for an operation is, where it
is a name.
"""

from __future__ import annotations

import logging
import random
import re
import time
from contextvars import ContextVar
from math import inf
from typing import Any

from api.errors import TooSlow

logger = logging.getLogger("tricuspid.request")
current: ContextVar[str] = ContextVar("request", default="")
ending: ContextVar[tuple[float, float]] = ContextVar("ending", default=(inf, inf))
"""When the caller is told that it took too long, by time.perf_counter, and the seconds that it may take."""
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")


def request_id(given: str) -> str:
    """What a proxy called the request, where that is harmless; else a new one."""
    return given if given and _SANE.fullmatch(given) else f"{random.getrandbits(128):032x}"


def in_time() -> None:
    """For long work to call between its parts. Raises TooSlow where nobody waits for it any more."""
    when, seconds = ending.get()
    if time.perf_counter() > when:
        raise TooSlow(seconds)


def named(operation: str | None) -> str | None:
    return operation if operation and _NAME.fullmatch(operation) else None


def tell(outcome: str, seconds: float, **said: Any) -> None:
    if logger.isEnabledFor(logging.INFO):
        line = {"request": current.get(), "outcome": outcome, "ms": round(seconds * 1e3, 2), **said}
        logger.info("%s", outcome, extra={"said": line})

"""api: writes one log line per request, with an id that the request, its answer and its errors share.

The line never contains the query, variables, answer, token or address. The line contains the operation name only if
that name is valid in GraphQL.
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
"""The deadline of the current request, as a time of time.perf_counter, and the time limit in seconds."""
_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,63}")


def request_id(given: str) -> str:
    """Returns `given`, the request id from a proxy, if it is safe to log, otherwise a new id."""
    return given if given and _SANE.fullmatch(given) else f"{random.getrandbits(128):032x}"


def in_time() -> None:
    """Raises TooSlow after the deadline of the current request. Slow functions call it between their steps."""
    when, seconds = ending.get()
    if time.perf_counter() > when:
        raise TooSlow(seconds)


def named(operation: str | None) -> str | None:
    return operation if operation and _NAME.fullmatch(operation) else None


def log_request(outcome: str, seconds: float, **details: Any) -> None:
    if logger.isEnabledFor(logging.INFO):
        line = {"request": current.get(), "outcome": outcome, "ms": round(seconds * 1e3, 2), **details}
        logger.info("%s", outcome, extra={"said": line})

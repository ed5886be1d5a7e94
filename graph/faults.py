"""graph: logs repeated errors of a background task once an hour instead of at every attempt."""

from __future__ import annotations

import logging
import time

from graph.errors import GraphError

INTERVAL = 3600.0
"""Seconds after an error is logged in which other errors of the same kind are not logged."""


class Faults:
    """The errors of one task that is retried. `what` says what failed and is used in the log."""

    def __init__(self, logger: logging.Logger, what: str) -> None:
        self._logger, self._what = logger, what
        self._logged: dict[str, float] = {}

    def log(self, wrong: Exception) -> None:
        """Logs the error unless one of the same kind was logged within the hour. A GraphError gets no traceback."""
        now = time.monotonic()
        kind = f"{type(wrong).__name__} {getattr(wrong, 'errno', None)}"
        if now - self._logged.get(kind, -INTERVAL) < INTERVAL:
            return
        self._logged[kind] = now
        trace = None if isinstance(wrong, GraphError) else wrong
        self._logger.error("%s; retrying: %s", self._what, wrong, exc_info=trace)

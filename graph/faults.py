"""graph: logs a repeated error of a background task at most once an hour."""

from __future__ import annotations

import logging
import time

from graph.errors import GraphError

INTERVAL = 3600.0
"""After an error is logged, errors of the same kind are not logged for this number of seconds."""


class Faults:
    """Logs the errors of one task that is retried. `what` describes the failure in the log."""

    def __init__(self, logger: logging.Logger, what: str) -> None:
        self._logger, self._what = logger, what
        self._logged: dict[str, float] = {}

    def log(self, wrong: Exception) -> None:
        """Logs the error, unless an error of the same kind was logged in the last hour.

        The trace of a GraphError is omitted.
        """
        now = time.monotonic()
        kind = f"{type(wrong).__name__} {getattr(wrong, 'errno', None)}"
        if now - self._logged.get(kind, -INTERVAL) < INTERVAL:
            return
        self._logged[kind] = now
        trace = None if isinstance(wrong, GraphError) else wrong
        self._logger.error("%s; retrying: %s", self._what, wrong, exc_info=trace)

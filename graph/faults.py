"""graph: what goes wrong again and again in the background is told once, not with every attempt."""

from __future__ import annotations

import logging
import time

from graph.errors import GraphError

HUSHED = 3600.0
"""Seconds in which a fault of the same kind is not told again."""


class Faults:
    """The faults of one thing that is tried over and over."""

    def __init__(self, logger: logging.Logger, what: str) -> None:
        self._logger, self._what = logger, what
        self._told: dict[str, float] = {}

    def tell(self, wrong: Exception) -> None:
        """Logs it, with its trace where it is no error of ours, unless its kind was told within the hour."""
        now = time.monotonic()
        kind = f"{type(wrong).__name__} {getattr(wrong, 'errno', None)}"
        if now - self._told.get(kind, -HUSHED) < HUSHED:
            return
        self._told[kind] = now
        trace = None if isinstance(wrong, GraphError) else wrong
        self._logger.error("%s, and is tried again: %s", self._what, wrong, exc_info=trace)

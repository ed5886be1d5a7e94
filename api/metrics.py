"""api: what a monitor may ask for, in the Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from api.errors import Code

MEDIA_TYPE = CONTENT_TYPE_LATEST
_FAULTS = {Code.INTERNAL, Code.TOO_SLOW, Code.UNAVAILABLE}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Counts of one server. Nothing of a query or its answer is in them."""

    def __init__(self, epoch: Callable[[], int]) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "tricuspid_requests",
            "Requests for GraphQL by outcome: answered, partly (with errors), refused, failed (a fault of ours).",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tricuspid_request_seconds",
            "Seconds from a query read to its answer made.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        Gauge("tricuspid_epoch", "The epoch that is answered from.", registry=self._registry).set_function(epoch)

    def count(self, answer: dict[str, Any], seconds: float | None = None) -> None:
        """`seconds` is None for a request that held no query."""
        self._requests.labels(_outcome(answer)).inc()
        if seconds is not None:
            self._seconds.observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


def _outcome(answer: dict[str, Any]) -> str:
    codes = {error["extensions"]["code"] for error in answer.get("errors", ())}
    if codes & _FAULTS:
        return "failed"
    if "data" not in answer:
        return "refused"
    return "partly" if codes else "answered"

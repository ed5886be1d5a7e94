"""api: metrics in the Prometheus text format (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.disclosure import AT_LEAST
from api.errors import Code
from graph.snapshot import Reader
from linking.understanding import Understanding

MEDIA_TYPE = CONTENT_TYPE_LATEST
_FAULTS = {Code.INTERNAL, Code.TOO_SLOW, Code.UNAVAILABLE}
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


_NONE: Mapping[str, str] = {}
_COUNTED = ("read", "written", "refused", "unmapped")


class Metrics:
    """Counts of the requests to all processes of one server. The counts contain nothing from queries or answers."""

    def __init__(self, reader: Reader, understanding: Understanding) -> None:
        self._registry, self._shared = CollectorRegistry(), CollectorRegistry()
        try:
            # Counts of all processes of this server. Memory is omitted, because it would describe only one process.
            MultiProcessCollector(self._shared)  # type: ignore[no-untyped-call]
        except ValueError:
            # There is one process: cli/processes.py has set no folder for shared counts.
            self._shared = self._registry
            ProcessCollector(registry=self._registry)
        self._shared.register(_Graph(reader, understanding))
        self._requests = Counter(
            "tricuspid_requests",
            "GraphQL requests by outcome: answered, partly (with errors), refused, failed (error in the server). "
            "turned_away counts requests of any kind on connections above the limit.",
            ["outcome"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "tricuspid_request_seconds",
            "Seconds from reading the query to the complete answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._fallbacks = Counter(
            "tricuspid_plan_fallbacks",
            "Queries that graphql-core answered instead of a plan, by reason. fault: unexpected error in the plan.",
            ["reason"],
            registry=self._registry,
        )
        texts = {
            "tricuspid_fields": "Executed requests that contain a field of Query.",
            "tricuspid_field_errors": "Errors in a field of Query or in the fields below it.",
            "tricuspid_field_seconds": "Total seconds of the requests that contain a field of Query.",
        }
        self._fields, self._errors, self._spent = (
            Counter(name, text, ["field"], registry=self._registry) for name, text in texts.items()
        )

    def count(
        self,
        executed: bool,
        errors: Sequence[Mapping[str, Any]],
        seconds: float | None = None,
        fields: Mapping[str, str] = _NONE,
    ) -> str:
        """Counts a request and returns its outcome.

        `seconds` is None for a request without a query. `fields` are the fields of Query by their key in the answer.
        """
        outcome = _outcome(executed, errors) if errors or not executed else "answered"
        self._of(self._requests, outcome).inc()
        if seconds is not None:
            self._seconds.observe(seconds)
            for field in dict.fromkeys(fields.values()):
                self._of(self._fields, field).inc()
                self._of(self._spent, field).inc(seconds)
        for error in errors:
            if (path := error.get("path")) and path[0] in fields:
                self._errors.labels(fields[path[0]]).inc()
        return outcome

    @staticmethod
    @cache
    def _of(counter: Counter, label: str) -> Counter:
        """Returns the counter with this label, cached because the lookup is slower than counting."""
        return counter.labels(label)

    def fell_back(self, reason: str) -> None:
        self._of(self._fallbacks, reason).inc()

    def turned_away(self) -> None:
        self._requests.labels("turned_away").inc()

    def text(self) -> bytes:
        return generate_latest(self._shared)


def _outcome(executed: bool, errors: Sequence[Mapping[str, Any]]) -> str:
    codes = {error["extensions"]["code"] for error in errors}
    if codes & _FAULTS:
        return "failed"
    if not executed:
        return "refused"
    return "partly" if codes else "answered"


def _rounded(kind: str, count: int) -> int:
    """Returns `count`, rounded up to tens if `kind` is ingest, because records can be about patients and anyone may
    read metrics.
    """
    return -(-count // AT_LEAST) * AT_LEAST if kind == "ingest" else count


class _Graph(Collector):
    """Metrics of the current snapshot and its last jobs, collected on request."""

    def __init__(self, reader: Reader, understanding: Understanding) -> None:
        self._reader, self._understanding = reader, understanding

    def collect(self) -> Iterator[Metric]:
        snapshot = self._reader.current()
        yield GaugeMetricFamily("tricuspid_epoch", "The epoch of the current snapshot.", snapshot.epoch)
        yield GaugeMetricFamily(
            "tricuspid_store_followed",
            "1 if new epochs of the store can be read, else 0.",
            not self._reader.trouble,
        )
        made = snapshot.folder.stat().st_mtime if snapshot.folder.exists() else 0
        yield GaugeMetricFamily("tricuspid_snapshot_made_seconds", "Time at which the current snapshot was made.", made)
        names = GaugeMetricFamily(
            "tricuspid_meaning_names",
            "Number of names: all names, and names that are encoded and can be found by meaning.",
            labels=["what"],
        )
        encoded = self._understanding.encoded(snapshot)
        names.add_metric(["all"], encoded.names)
        names.add_metric(["encoded"], encoded.encoded)
        yield names
        last = {job["kind"]: job for job in snapshot.tables["Job"].to_pylist()}
        records = GaugeMetricFamily(
            "tricuspid_job_records",
            "Records of the last job of a kind; for ingest rounded up to tens.",
            labels=["kind", "what"],
        )
        ended = GaugeMetricFamily(
            "tricuspid_job_finished_seconds",
            "Time at which the last job of a kind ended; 0 if it did not end.",
            labels=["kind"],
        )
        for kind, job in last.items():
            for what in _COUNTED:
                records.add_metric([kind, what], _rounded(kind, job[what] or 0))
            ended.add_metric([kind], datetime.fromisoformat(job["finished"]).timestamp() if job["finished"] else 0)
        yield from (records, ended)

    def describe(self) -> Iterator[Metric]:
        """Returns nothing, so registering this collector does not read the snapshot."""
        return iter(())

"""ingest: counts the records of a job by kind and outcome.

For every kind, read = written + unchanged + superseded + deleted + refused + not_read. Each record has one outcome.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

OUTCOMES = ("written", "unchanged", "superseded", "deleted", "refused", "not_read")
CHANGES = ("added", "changed", "obsoleted", "removed")
"""How an item of a load can differ from the earlier version of its release.

Added, changed and obsoleted items also count as written; removed items do not count as read.
"""
COLUMNS = ("read", *OUTCOMES, *CHANGES)


class Counts:
    """Counts by kind. A kind is a resource type, a kind of record, or one of terms, names, relations and mappings.

    The kind of a refused record is empty, because the kind may be unknown.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, kind: str, what: str, number: int = 1) -> None:
        self._kinds[kind][what] += number

    def ended(self, kind: str, outcome: str, number: int = 1) -> None:
        """Counts records as read, and under their outcome."""
        counts = self._kinds[kind]
        counts["read"] += number
        counts[outcome] += number

    def total(self, what: str) -> int:
        return sum(counts[what] for counts in self._kinds.values())

    def rows(self) -> list[dict[str, Any]]:
        """Returns one row per kind, with its counts in COLUMNS. The kind with the most records is first."""
        kinds = sorted(self._kinds.items(), key=lambda pair: (-pair[1]["read"], pair[0]))
        rows = [{"kind": kind, **{name: counts[name] for name in COLUMNS}} for kind, counts in kinds]
        return [row for row in rows if any(row[name] for name in COLUMNS)]

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Replaces all counts by `rows`, the result of the method `rows` in an earlier run of the job."""
        self._kinds.clear()
        for row in rows:
            self._kinds[row["kind"]].update({name: row[name] for name in COLUMNS})

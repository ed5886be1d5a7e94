"""ingest: how many records a job read, of which kind, and what became of each.

Of every kind, read = written + unchanged + superseded + deleted + refused + not_read. A record is of one of them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

OUTCOMES = ("written", "unchanged", "superseded", "deleted", "refused", "not_read")
CHANGES = ("added", "changed", "obsoleted", "removed")
"""What a load did to the release of before. What is added, changed or obsoleted is written, what is removed unread."""
COLUMNS = ("read", *OUTCOMES, *CHANGES)


class Counts:
    """By kind: a resource type or kind of record, or terms, names, relations and mappings.

    A refused record is of no kind, which is empty: it may not even say what it is.
    """

    def __init__(self) -> None:
        self._kinds: dict[str, Counter[str]] = defaultdict(Counter)

    def add(self, kind: str, what: str, number: int = 1) -> None:
        self._kinds[kind][what] += number

    def ended(self, kind: str, outcome: str) -> None:
        """A record was read, and this is at once what became of it."""
        counts = self._kinds[kind]
        counts["read"] += 1
        counts[outcome] += 1

    def total(self, what: str) -> int:
        return sum(counts[what] for counts in self._kinds.values())

    def rows(self) -> list[dict[str, Any]]:
        """A kind each, the commonest first; all columns."""
        kinds = sorted(self._kinds.items(), key=lambda pair: (-pair[1]["read"], pair[0]))
        rows = [{"kind": kind, **{name: counts[name] for name in COLUMNS}} for kind, counts in kinds]
        return [row for row in rows if any(row[name] for name in COLUMNS)]

    def restore(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """What an earlier run had counted, in the place of what was counted since."""
        self._kinds.clear()
        for row in rows:
            self._kinds[row["kind"]].update({name: row[name] for name in COLUMNS})

"""ingest: of two versions of a record the newer counts.

Of a patient's resource the newer is the one that its source changed later (`meta.lastUpdated`); where that is not said
of both, the one of the higher `versionId`; where that is no number, the one that is read later. Of a publication, study
or data set it is the one of the higher version, where both state one; else the one of the later date; else the one that
is read later. What was deleted comes back with a version that is newer than the deletion.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from graph.kinds import KINDS
from graph.store import NODES, Batch, Store
from ingest.records import DELETION, Item, Record, Seen, Version

COLUMNS = ("id", *NODES["Resource"].columns)


class _Dated(NamedTuple):
    """The columns of a kind of records that say how new a record is."""

    date: str
    version: str | None = None


_DATED = {kind.name: _Dated(kind.changed, kind.rises or None) for kind in KINDS.values() if kind.changed}


class Attempt(NamedTuple):
    """A record as it was read: `said` is a hash of all that it said."""

    version: Version
    said: str | None
    deletion: bool = False


def outcomes(attempts: Sequence[Attempt], there: Mapping[str, Attempt]) -> Iterator[tuple[str, str]]:
    """The kind of each record, in the order in which they were read, and what became of it."""
    known = dict(there)
    for one in attempts:
        before = known.get(one.version.record)
        if before and older(one.version, before.version):
            yield one.version.kind, "superseded"
            continue
        known[one.version.record] = one
        if before and before.said == one.said:
            yield one.version.kind, "unchanged"
        else:
            yield one.version.kind, "deleted" if one.deletion else "written"


def known_before(store: Store, batch: Batch, back: bool) -> dict[str, Attempt]:
    """What the store has of the records of a batch. `back` says that what is read now was not deleted after all."""
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return {}
    there = store.nodes("Resource", rows["id"].combine_chunks(), COLUMNS).to_pylist()
    return _unhashed(store, batch) | {row["id"]: Attempt(version_of(row, back), row["said"]) for row in there}


def _unhashed(store: Store, batch: Batch) -> dict[str, Attempt]:
    """Publications, studies and data sets, as a store of an earlier layout has them too."""
    found: dict[str, Attempt] = {}
    for kind, columns in _DATED.items():
        if (rows := batch.nodes.get(kind)) is not None and rows.num_rows:
            there = store.nodes(kind, rows["id"].combine_chunks(), ["id", *filter(None, columns)])
            versions = (_dated(kind, row) for row in there.to_pylist())
            found |= {one.record: Attempt(one, None) for one in versions}
    return found


def version_of(row: Mapping[str, Any], back: bool = False) -> Version:
    """A row of the table Resource as a version."""
    made = Version(*(row[name] for name in COLUMNS[:-2]))
    return made._replace(deleted=None) if back else made


def older(one: Version, before: Version) -> bool:
    """Whether a version, read later, is not the newest. One of no later date does not bring back what was deleted."""
    when, then = _exact(one.deleted or one.updated, before.deleted or before.updated)
    both = None not in (one.version, before.version)
    number, other = (one.version or 0, before.version or 0) if both else (0, 0)
    if one.kind in _DATED and number != other:
        return number < other
    if before.deleted and not one.deleted:
        return when <= then
    return when < then if when != then else number < other


def _exact(one: str | None, other: str | None) -> tuple[str, str]:
    """Two dates as far as both are exact, since 2024 is not before 2024-05-01; both empty where one is not known."""
    exact = min(len(one or ""), len(other or ""))
    return (one or "")[:exact], (other or "")[:exact]


def deleted(version: Version, when: str | None) -> list[Item]:
    """The news that a record is deleted, of the time at which it is read where nothing says when that was."""
    return [version._replace(deleted=when or now()), Seen(DELETION)]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def record_id(kind: str, id: str) -> str:
    """What a record about no patient is called among all records."""
    return f"{kind} {id}"


def dated(record: Record) -> Version:
    """A record that says when it was changed as one of its versions."""
    kind = type(record).__name__
    return _dated(kind, record._asdict())


def _dated(kind: str, row: Mapping[str, Any]) -> Version:
    date, version = _DATED[kind]
    return Version(record_id(kind, row["id"]), kind, None, None, row[date], row[version] if version else None)

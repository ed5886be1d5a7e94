"""ingest: decides which of two versions of a record is newer.

For a patient's resource, the newer version has the later `meta.lastUpdated`. If one of the versions lacks this time,
the newer version has the higher `versionId`. If the `versionId` is not a number, the version that is read later is
newer. For a publication, study or data set: if both versions state a version number, the higher one is newer. Otherwise
the later date is newer. If the dates are equal or missing, the version that is read later is newer. A deleted record is
restored if a version is read that is newer than the deletion.
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
    """The names of the columns that have the date of the last change and the version number of a kind of record."""

    date: str
    version: str | None = None


_DATED = {kind.name: _Dated(kind.changed, kind.rises or None) for kind in KINDS.values() if kind.changed}


class Attempt(NamedTuple):
    """A version of a record that was read or is stored. `said` is a hash of its items.

    `deletion` is true if the source states that the record was deleted.
    """

    version: Version
    said: str | None
    deletion: bool = False


def outcomes(attempts: Sequence[Attempt], there: Mapping[str, Attempt]) -> Iterator[tuple[str, str]]:
    """Yields the kind and the outcome (ingest.counts.OUTCOMES) of each record in `attempts`, in the same order.

    `there` has the stored version of each record.
    """
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
    """Returns the stored versions of the records in a batch, by the id of the record.

    If `back` is true, earlier deletions are ignored, because a complete export contains the records again.
    """
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return {}
    there = store.nodes("Resource", rows["id"].combine_chunks(), COLUMNS).to_pylist()
    return _unhashed(store, batch) | {row["id"]: Attempt(version_of(row, back), row["said"]) for row in there}


def _unhashed(store: Store, batch: Batch) -> dict[str, Attempt]:
    """Returns the stored versions of the publications, studies and data sets in a batch, from their dates, without
    hashes. A store of an earlier layout has no rows in the table Resource for them.
    """
    found: dict[str, Attempt] = {}
    for kind, columns in _DATED.items():
        if (rows := batch.nodes.get(kind)) is not None and rows.num_rows:
            stored = store.nodes(kind, rows["id"].combine_chunks(), ["id", *filter(None, columns)])
            versions = (_dated(kind, row) for row in stored.to_pylist())
            found |= {one.record: Attempt(one, None) for one in versions}
    return found


def version_of(row: Mapping[str, Any], back: bool = False) -> Version:
    """Returns the Version of a record from its row in the table Resource. If `back` is true, without a deletion."""
    made = Version(*(row[name] for name in COLUMNS[:-2]))
    return made._replace(deleted=None) if back else made


def older(one: Version, before: Version) -> bool:
    """True if the version `one` of a record, which is read later, is older than the version `before`.

    A deleted record is restored only by a version with a later date.
    """
    when, then = _exact(one.deleted or one.updated, before.deleted or before.updated)
    both = None not in (one.version, before.version)
    number, other = (one.version or 0, before.version or 0) if both else (0, 0)
    if one.kind in _DATED and number != other:
        return number < other
    if before.deleted and not one.deleted:
        return when <= then
    return when < then if when != then else number < other


def _exact(one: str | None, other: str | None) -> tuple[str, str]:
    """Truncates two dates to the precision of the less precise one, because 2024 is not before 2024-05-01.

    Both results are empty if one of the dates is None.
    """
    exact = min(len(one or ""), len(other or ""))
    return (one or "")[:exact], (other or "")[:exact]


def deleted(version: Version, when: str | None) -> list[Item]:
    """Returns the items that record that the record of `version` was deleted at the time `when`, by default now."""
    return [version._replace(deleted=when or now()), Seen(DELETION)]


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def record_id(kind: str, id: str) -> str:
    """Returns the id that a record that is not about a patient has in the table Resource: its kind and its id."""
    return f"{kind} {id}"


def dated(record: Record) -> Version:
    """Returns the Version of a record that states the date of its last change."""
    kind = type(record).__name__
    return _dated(kind, record._asdict())


def _dated(kind: str, row: Mapping[str, Any]) -> Version:
    date, version = _DATED[kind]
    return Version(record_id(kind, row["id"]), kind, None, None, row[date], row[version] if version else None)

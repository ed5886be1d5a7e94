"""ingest: of two versions of a record the newer stays, and what was deleted stays so.

Of a patient's resource the newer is the one that its source changed later (`meta.lastUpdated`); where that is not said
of both, the one of the higher `versionId`; where that is no number, the one that is read later. Of a publication, study
or data set it is the one of the higher version, where both state one; else the one of the later date; else the one that
is read later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.medicines import medicine
from graph.schema import EDGES, NODES
from graph.store import Batch, Store
from ingest.records import Dataset, Publication, Study, Version

_COLUMNS = ("id", *NODES["Resource"].columns)


class _Dated(NamedTuple):
    """The columns of a kind of records that say how new a record is."""

    date: str
    version: str | None = None


_DATED = {"Publication": _Dated("revised", "version"), "Study": _Dated("updated"), "Dataset": _Dated("modified")}


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
    there = store.nodes("Resource", rows["id"].combine_chunks(), _COLUMNS).to_pylist()
    return _unhashed(store, batch) | {row["id"]: Attempt(_version(row, back), row["said"]) for row in there}


def _unhashed(store: Store, batch: Batch) -> dict[str, Attempt]:
    """Publications, studies and data sets, as a store of an earlier layout has them too."""
    found: dict[str, Attempt] = {}
    for kind, columns in _DATED.items():
        if (rows := batch.nodes.get(kind)) is not None and rows.num_rows:
            there = store.nodes(kind, rows["id"].combine_chunks(), ["id", *filter(None, columns)])
            versions = (_dated(kind, row) for row in there.to_pylist())
            found |= {one.record: Attempt(one, None) for one in versions}
    return found


def _version(row: Mapping[str, Any], back: bool = False) -> Version:
    made = Version(*(row[name] for name in _COLUMNS[:-2]))
    return made._replace(deleted=None) if back else made


def older(one: Version, before: Version) -> bool:
    """Whether a version, read later, is not the newest. One of no date does not bring back what was deleted."""
    if one.kind in _DATED:
        return _earlier(one, before)
    when, then = one.deleted or one.updated, before.deleted or before.updated
    if when and then and when != then:
        return when < then
    if before.deleted and not one.deleted:
        return True
    return one.version is not None and before.version is not None and one.version < before.version


def dated(record: Publication | Study | Dataset) -> Version:
    """A publication, study or data set as one of its versions."""
    kind = type(record).__name__
    return _dated(kind, record._asdict())


def _dated(kind: str, row: Mapping[str, Any]) -> Version:
    date, version = _DATED[kind]
    return Version(f"{kind} {row['id']}", kind, None, None, row[date], row[version] if version else None)


def _earlier(one: Version, before: Version) -> bool:
    """Dates are compared as far as both are exact: 2024 is not before 2024-05-01."""
    if one.version and before.version and one.version != before.version:
        return one.version < before.version
    when, then = one.updated or "", before.updated or ""
    exact = min(len(when), len(then))
    return when[:exact] < then[:exact]


def settle(store: Store, batch: Batch, there: Mapping[str, Attempt]) -> list[str]:
    """Takes out of a batch the resources of which the store has a newer version, and gives their ids.

    What a resource said of another patient before goes, and all that was said by one that is deleted.
    """
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return []
    said = rows.filter(pc.is_in(rows["id"], pa.array([*there], pa.string()))).to_pylist()
    late = [row for row in said if older(_version(row), there[row["id"]].version)]
    _pass_over(batch, late)
    passed = {row["id"] for row in late}
    newer = ((row, there[row["id"]].version.owner) for row in said if row["id"] not in passed)
    _restate(batch, [(owner, row["id"]) for row, owner in newer if owner and owner != row["owner"]])
    erased = rows.filter(pc.and_(pc.equal(rows["kind"], "Patient"), pc.is_valid(rows["deleted"])))["owner"]
    events = _events_of(store, erased)
    _restate(batch, events)
    _forget(store, batch, [record for _, record in events])
    return [*passed]


def _forget(store: Store, batch: Batch, records: list[str]) -> None:
    """Whoever says again what these said brings it back, and is not to be counted as saying nothing new."""
    if not records:
        return
    rows = store.nodes("Resource", pa.array(records, pa.string()), _COLUMNS)
    rows = rows.filter(pc.invert(pc.is_in(rows["id"], value_set=batch.nodes["Resource"]["id"])))
    rows = rows.set_column(rows.schema.get_field_index("said"), "said", pa.nulls(rows.num_rows, pa.string()))
    schema = NODES["Resource"].arrow
    batch.nodes["Resource"] = pa.concat_tables([batch.nodes["Resource"], rows.select(schema.names).cast(schema)])


def _pass_over(batch: Batch, late: list[dict[str, Any]]) -> None:
    if not late:
        return
    records = pa.array([row["id"] for row in late], pa.string())
    patients = pa.array([row["owner"] for row in late if row["kind"] == "Patient"], pa.string())
    medicines = pa.array([medicine(row["id"]) for row in late if row["kind"] == "Medication"], pa.string())
    for kind in _DATED:
        _pass_over_dated(batch, kind, [row["id"] for row in late if row["kind"] == kind])
    for tables, table, column, ids in (
        (batch.nodes, "Resource", "id", records),
        (batch.nodes, "Patient", "id", patients),
        (batch.edges, "EVENT", "record", records),
        (batch.restated, "EVENT", "record", records),
        (batch.edges, "STANDS_FOR", "source", medicines),
        (batch.restated, "STANDS_FOR", "source", medicines),
        (batch.edges, "SAME_PERSON", "source", patients),
        (batch.restated, "SAME_PERSON", "source", patients),
    ):
        _leave_out(tables, table, column, ids)
    # A patient of whom only a newer version is known is in the store; one that was never there has a bare row.
    known = batch.bare.get("Patient", pa.array([], pa.string()))
    batch.bare["Patient"] = pc.unique(pa.chunked_array([known, patients]).combine_chunks())


def _pass_over_dated(batch: Batch, kind: str, records: list[str]) -> None:
    late = pa.array([record.removeprefix(f"{kind} ") for record in records], pa.string())
    _leave_out(batch.nodes, kind, "id", late)
    for table in (name for name, edge in EDGES.items() if edge.start == kind):
        _leave_out(batch.edges, table, "source", late)
        _leave_out(batch.restated, table, "source", late)


def _leave_out(tables: dict[str, pa.Table], table: str, column: str, ids: pa.Array) -> None:
    if len(ids) and table in tables:
        tables[table] = tables[table].filter(pc.invert(pc.is_in(tables[table][column], value_set=ids)))


def _restate(batch: Batch, speakers: Iterable[tuple[str, str]]) -> None:
    said = [*speakers]
    if said:
        columns = pa.table([pa.array(column, pa.string()) for column in zip(*said, strict=True)], ["source", "record"])
        before = batch.restated.get("EVENT")
        batch.restated["EVENT"] = columns if before is None else pa.concat_tables([before, columns])


def _events_of(store: Store, patients: pa.ChunkedArray) -> list[tuple[str, str]]:
    """The patients and records of all their events."""
    if not len(patients):
        return []
    rows = store.edges("EVENT", patients.combine_chunks(), ["source", "record"])
    return [*zip(rows["source"].to_pylist(), rows["record"].to_pylist(), strict=True)]


def gone(store: Store, job: str, seen: set[tuple[str, str]], passed: set[str]) -> list[dict[str, Any]]:
    """The resources, not deleted yet, of a source and type in `seen` that this job did not read; `passed` it did."""
    found = []
    for rows in store.scan("Resource", _COLUMNS):
        live = pc.and_(pc.is_null(rows["deleted"]), pc.is_valid(rows["source"]))
        others = rows.filter(pc.and_(live, pc.not_equal(rows["job"], job)))
        for row in others.to_pylist():
            if (row["source"], row["kind"]) in seen and row["id"] not in passed:
                found.append(row)
    return found

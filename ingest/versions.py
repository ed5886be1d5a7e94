"""ingest: of two versions of a record the newer stays, and what was deleted stays so.

Of a patient's resource the newer is the one that its source changed later (`meta.lastUpdated`); where that is not said
of both, the one of the higher `versionId`; where that is no number, the one that is read later. Of a publication, study
or data set it is the one of the higher version, where both state one; else the one of the later date; else the one that
is read later.
"""

from __future__ import annotations

from collections.abc import Iterable
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


def older(one: Version, before: Version) -> bool:
    """Whether a version, read later, is not the newest. One of no date does not bring back what was deleted."""
    when, then = one.deleted or one.updated, before.deleted or before.updated
    if when and then and when != then:
        return when < then
    if before.deleted and not one.deleted:
        return True
    return one.version is not None and before.version is not None and one.version < before.version


def outdated(record: Publication | Study | Dataset, before: tuple[Any, ...]) -> bool:
    """Whether a record, read later, is older than the row of before."""
    kind = type(record).__name__
    return _earlier(kind, record._asdict(), dict(zip(("id", *NODES[kind].columns), before, strict=True)))


def _earlier(kind: str, one: dict[str, Any], before: dict[str, Any]) -> bool:
    """Dates are compared as far as both are exact: 2024 is not before 2024-05-01."""
    date, version = _DATED[kind]
    if version and one[version] and before[version] and one[version] != before[version]:
        return bool(one[version] < before[version])
    when, then = one[date] or "", before[date] or ""
    exact = min(len(when), len(then))
    return when[:exact] < then[:exact]


def settle_records(store: Store, batch: Batch) -> int:
    """Takes out of a batch the publications, studies and data sets that are older than the store's; how many."""
    passed = 0
    for kind, dated in _DATED.items():
        rows = batch.nodes.get(kind)
        if rows is None or not rows.num_rows:
            continue
        columns = ["id", *filter(None, dated)]
        there = {row["id"]: row for row in store.nodes(kind, rows["id"].combine_chunks(), columns).to_pylist()}
        said = rows.select(columns).filter(pc.is_in(rows["id"], pa.array([*there], pa.string()))).to_pylist()
        late = pa.array([row["id"] for row in said if _earlier(kind, row, there[row["id"]])], pa.string())
        _leave_out(batch.nodes, kind, "id", late)
        for table in (name for name, edge in EDGES.items() if edge.start == kind):
            _leave_out(batch.edges, table, "source", late)
            _leave_out(batch.restated, table, "source", late)
        passed += len(late)
    return passed


def settle(store: Store, batch: Batch, back: bool) -> list[str]:
    """Takes out of a batch the resources of which the store has a newer version, and gives their ids.

    What a resource said of another patient before goes, and all that was said by one that is deleted. `back` says that
    what is in the batch is there, whatever was deleted before.
    """
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return []
    there = {row["id"]: row for row in store.nodes("Resource", rows["id"].combine_chunks(), _COLUMNS).to_pylist()}
    said = rows.filter(pc.is_in(rows["id"], pa.array([*there], pa.string()))).to_pylist()
    late = [row for row in said if _older(row, there[row["id"]], back)]
    _pass_over(batch, late)
    passed = {row["id"] for row in late}
    newer = ((row, there[row["id"]]["owner"]) for row in said if row["id"] not in passed)
    _restate(batch, [(owner, row["id"]) for row, owner in newer if owner and owner != row["owner"]])
    erased = rows.filter(pc.and_(pc.equal(rows["kind"], "Patient"), pc.is_valid(rows["deleted"])))["owner"]
    _restate(batch, _events_of(store, erased))
    return [*passed]


def _older(row: dict[str, Any], before: dict[str, Any], back: bool) -> bool:
    one, other = (Version(row["id"], *(row[name] for name in _COLUMNS[1:-1])) for row in (row, before))
    return older(one, other._replace(deleted=None) if back else other)


def _pass_over(batch: Batch, late: list[dict[str, Any]]) -> None:
    if not late:
        return
    records = pa.array([row["id"] for row in late], pa.string())
    patients = pa.array([row["owner"] for row in late if row["kind"] == "Patient"], pa.string())
    medicines = pa.array([medicine(row["id"]) for row in late if row["kind"] == "Medication"], pa.string())
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
        others = rows.filter(pc.and_(pc.is_null(rows["deleted"]), pc.not_equal(rows["job"], job)))
        for row in others.to_pylist():
            if (row["source"], row["kind"]) in seen and row["id"] not in passed:
                found.append(row)
    return found

"""ingest: of two versions of a patient's resource the newer stays, and what was deleted stays so.

The newer is the one that its source changed later (`meta.lastUpdated`); where that is not said of both, the one of the
higher `versionId`; where that is no number, the one that is read later.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.schema import NODES
from graph.store import Batch, Store
from ingest.records import Version

_COLUMNS = ("id", *NODES["Resource"].columns)


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
    return {row["id"]: Attempt(_version(row, back), row["said"]) for row in there}


def _version(row: Mapping[str, Any], back: bool = False) -> Version:
    made = Version(*(row[name] for name in _COLUMNS[:-2]))
    return made._replace(deleted=None) if back else made


def older(one: Version, before: Version) -> bool:
    """Whether a version, read later, is not the newest. One of no date does not bring back what was deleted."""
    when, then = one.deleted or one.updated, before.deleted or before.updated
    if when and then and when != then:
        return when < then
    if before.deleted and not one.deleted:
        return True
    return one.version is not None and before.version is not None and one.version < before.version


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
    for tables, table, column, ids in (
        (batch.nodes, "Resource", "id", records),
        (batch.nodes, "Patient", "id", patients),
        (batch.edges, "EVENT", "record", records),
        (batch.restated, "EVENT", "record", records),
        (batch.edges, "SAME_PERSON", "source", patients),
        (batch.restated, "SAME_PERSON", "source", patients),
    ):
        if table in tables:
            tables[table] = tables[table].filter(pc.invert(pc.is_in(tables[table][column], value_set=ids)))
    # A patient of whom only a newer version is known is in the store; one that was never there has a bare row.
    known = batch.bare.get("Patient", pa.array([], pa.string()))
    batch.bare["Patient"] = pc.unique(pa.chunked_array([known, patients]).combine_chunks())


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

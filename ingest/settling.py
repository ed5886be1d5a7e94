"""ingest: takes out of a batch what the store has newer, and from the store what was deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import LINKS, medicine
from graph.store import EDGES, NODES, Batch, Store
from ingest.versions import COLUMNS, Attempt, now, older, version_of

Row = dict[str, Any]


class _Says(NamedTuple):
    """An edge table in which a record speaks, and by what its edges there are known."""

    table: str
    column: str
    key: str


def settle(store: Store, batch: Batch, there: Mapping[str, Attempt], within: Mapping[str, set[str]]) -> list[str]:
    """Takes out of a batch the records of which the store has a newer version, and gives their ids.

    What stands only within such records goes with them: `within` has the records that each part stood in. What a
    resource said of another patient before goes, and all that was said by a record that is deleted, and where a record
    said that its people work.
    """
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return []
    known = rows.filter(pc.is_in(rows["id"], pa.array([*there], pa.string()))).to_pylist()
    late = [row for row in known if row["id"] not in within and older(version_of(row), there[row["id"]].version)]
    passed = {row["id"] for row in late}
    parts = rows.filter(pc.is_in(rows["id"], pa.array([*within], pa.string()))).to_pylist()
    late += [row for row in parts if within[row["id"]] <= passed]
    _take_out(batch, late)
    # Of what is a record of its own as well, that one tells.
    passed |= {row["id"] for row in late} | {row["id"] for row in parts if _own(there.get(row["id"]))}
    _leave_out(batch.nodes, "Resource", "id", passed)
    _keep_bare(batch, late)
    told = [(there[row["id"]].version.owner, row) for row in known if row["id"] not in passed and not public(row)]
    moved = [(owner, row["id"]) for owner, row in told if owner and (row["deleted"] or owner != row["owner"])]
    again = [row for row in known if row["id"] not in passed and public(row)]
    _erase(store, batch)
    _restate(batch, "AFFILIATED", _employed(store, again))
    _restate(batch, "EVENT", moved)
    return [*passed]


def public(row: Row) -> bool:
    """Whether a row of the table Resource is of a record about no patient, which is a node of its kind."""
    return row["kind"] in NODES and row["kind"] != "Patient"


def _own(before: Attempt | None) -> bool:
    return before is not None and before.said is not None and before.version.deleted is None


def _node(row: Row) -> str:
    """The id of the node of a record that has one."""
    return str(row["id"].removeprefix(f"{row['kind']} ") if public(row) else row["owner"])


def _says(row: Row) -> Iterator[_Says]:
    if public(row):
        yield from (_Says(name, "source", _node(row)) for name, edge in EDGES.items() if edge.start == row["kind"])
        yield _Says("AFFILIATED", "record", _node(row))
        return
    yield _Says("EVENT", "record", row["id"])
    if row["kind"] == "Patient":
        yield _Says("SAME_PERSON", "source", _node(row))
    elif row["kind"] == "Medication":
        yield _Says("STANDS_FOR", "source", medicine(row["id"]))


def _by_table(rows: Iterable[Row]) -> dict[tuple[str, str], list[str]]:
    """The keys of edge tables by table and column."""
    found = defaultdict[tuple[str, str], list[str]](list)
    for row in rows:
        for said in _says(row):
            found[said.table, said.column].append(said.key)
    return found


def _by_kind(rows: Iterable[Row]) -> dict[str, list[str]]:
    """The ids of nodes by table."""
    found = defaultdict[str, list[str]](list)
    for row in rows:
        if row["kind"] in NODES:
            found[row["kind"]].append(_node(row))
    return found


def _take_out(batch: Batch, rows: list[Row]) -> None:
    """All that these records say, but for the rows of Resource."""
    for (table, column), keys in _by_table(rows).items():
        _leave_out(batch.edges, table, column, keys)
        _leave_out(batch.retracted, table, column, keys)
    for kind, ids in _by_kind(rows).items():
        _leave_out(batch.nodes, kind, "id", ids)


def _leave_out(tables: dict[str, pa.Table], table: str, column: str, keys: Iterable[str]) -> None:
    if table in tables and (left := [*keys]):
        mask = pc.is_in(tables[table][column], value_set=pa.array(left, pa.string()))
        tables[table] = tables[table].filter(pc.invert(mask))


def _keep_bare(batch: Batch, late: list[Row]) -> None:
    """A patient of whom only a newer version is known is in the store; one that was never there has a bare row."""
    if patients := [row["owner"] for row in late if row["kind"] == "Patient"]:
        known = batch.placeholders.get("Patient", pa.array([], pa.string()))
        batch.placeholders["Patient"] = pc.unique(
            pa.chunked_array([known, pa.array(patients, pa.string())]).combine_chunks()
        )


def _restate(batch: Batch, table: str, speakers: Iterable[tuple[str, ...]]) -> None:
    if said := [*speakers]:
        names = list(EDGES[table].replaces)
        columns = pa.table([pa.array(column, pa.string()) for column in zip(*said, strict=True)], names)
        before = batch.retracted.get(table)
        batch.retracted[table] = columns if before is None else pa.concat_tables([before, columns])


def _erase(store: Store, batch: Batch) -> None:
    """Takes back all that was said by the records that a batch says are deleted; their nodes stay, empty."""
    rows = batch.nodes["Resource"].filter(batch.nodes["Resource"]["deleted"].is_valid()).to_pylist()
    if not rows:
        return
    _take_out(batch, rows)
    for (table, column), keys in _by_table(rows).items():
        if column == "source":
            _restate(batch, table, ((key,) for key in keys))
    for kind, ids in _by_kind(rows).items():
        _empty(store, batch, kind, ids)
    events = _events_of(store, [row["owner"] for row in rows if row["kind"] == "Patient"])
    _restate(batch, "EVENT", events)
    _forget(store, batch, [record for _, record in events])


def _employed(store: Store, rows: list[Row]) -> list[tuple[str, str]]:
    """The people of these records, by what the store has, each with the record."""
    by_kind, found = _by_kind(rows), list[tuple[str, str]]()
    for table, (kind, end) in LINKS.items():
        if end == "Person" and kind in by_kind:
            said = store.edges(table, pa.array(by_kind[kind], pa.string()), ["source", "target"])
            found += zip(said["target"].to_pylist(), said["source"].to_pylist(), strict=True)
    return found


def _empty(store: Store, batch: Batch, kind: str, ids: list[str]) -> None:
    schema = NODES[kind].arrow
    known = store.nodes(kind, pa.array(ids, pa.string()), ["id"])["id"]
    nulls = [pa.nulls(len(known), schema.field(name).type) for name in NODES[kind].columns]
    rows = [pa.table([known, *nulls], schema=schema)]
    batch.nodes[kind] = pa.concat_tables([batch.nodes[kind], *rows] if kind in batch.nodes else rows)


def _events_of(store: Store, patients: list[str]) -> list[tuple[str, str]]:
    """The patients and records of all their events."""
    if not patients:
        return []
    rows = store.edges("EVENT", pa.array(patients, pa.string()), ["source", "record"])
    return [*zip(rows["source"].to_pylist(), rows["record"].to_pylist(), strict=True)]


def _forget(store: Store, batch: Batch, records: list[str]) -> None:
    """Whoever says again what these said brings it back, and is not to be counted as saying nothing new."""
    if not records:
        return
    rows = store.nodes("Resource", pa.array(records, pa.string()), COLUMNS)
    rows = rows.filter(pc.invert(pc.is_in(rows["id"], value_set=batch.nodes["Resource"]["id"])))
    rows = rows.set_column(rows.schema.get_field_index("said"), "said", pa.nulls(rows.num_rows, pa.string()))
    schema = NODES["Resource"].arrow
    batch.nodes["Resource"] = pa.concat_tables([batch.nodes["Resource"], rows.select(schema.names).cast(schema)])


def kinds_in(batch: Batch) -> Iterator[tuple[str, str]]:
    """The source and kind of the records of a batch, but for those that are deleted or only parts of others."""
    if (rows := batch.nodes.get("Resource")) is not None:
        stated = rows.filter(pc.and_(rows["said"].is_valid(), rows["deleted"].is_null()))
        yield from zip(stated["source"].to_pylist(), stated["kind"].to_pylist(), strict=True)


def gone(store: Store, job: str, seen: set[tuple[str, str]], passed: set[str]) -> Iterator[Row]:
    """The tombstones of what a complete export has no more.

    That are the records, not deleted yet, of a source and kind in `seen` that this job did not read; `passed` it did. A
    part of another record is of the kind of that.
    """
    when = now()
    for rows in store.scan("Resource", COLUMNS):
        live = pc.and_(rows["deleted"].is_null(), rows["source"].is_valid())
        for row in rows.filter(pc.and_(live, pc.not_equal(rows["job"], job))).to_pylist():
            whole = row["owner"].partition(" ")[0] if public(row) and row["owner"] else row["kind"]
            if (row["source"], whole) in seen and row["id"] not in passed:
                yield row | {"deleted": max(when, row["updated"] or ""), "said": None, "job": job}

"""ingest: removes records from a batch if the store has a newer version, and removes deleted records from the store."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import LINKS, medicine
from graph.store import EDGES, NODES, Batch, Store
from ingest.rows import retract
from ingest.versions import COLUMNS, Attempt, now, older, version_of

Row = dict[str, Any]


class _Edges(NamedTuple):
    """Names the edges of one table that a record states: those of `table` with the value `key` in `column`."""

    table: str
    column: str
    key: str


def settle(store: Store, batch: Batch, there: Mapping[str, Attempt], within: Mapping[str, set[str]]) -> list[str]:
    """Removes records from a batch if the store has a newer version, and returns the ids of these records. `there` has
    the stored version of each record.

    Records that are only parts of removed records are also removed: `within` has the records that contain each part.
    The batch also retracts three kinds of edges: the events of a resource that moved to another patient, all edges that
    a deleted record stated, and the earlier affiliations of the people of a record.
    """
    rows = batch.nodes.get("Resource")
    if rows is None or not rows.num_rows:
        return []
    known = rows.filter(pc.is_in(rows["id"], pa.array([*there], pa.string()))).to_pylist()
    late = [row for row in known if row["id"] not in within and older(version_of(row), there[row["id"]].version)]
    skipped = {row["id"] for row in late}
    parts = rows.filter(pc.is_in(rows["id"], pa.array([*within], pa.string()))).to_pylist()
    late += [row for row in parts if within[row["id"]] <= skipped]
    _take_out(batch, late)
    # If the store also has a part as a separate record, the row of that record is kept.
    skipped |= {row["id"] for row in late} | {row["id"] for row in parts if _own(there.get(row["id"]))}
    _leave_out(batch.nodes, "Resource", "id", skipped)
    _keep_bare(batch, late)
    owners = [(there[row["id"]].version.owner, row) for row in known if row["id"] not in skipped and not public(row)]
    moved = [(owner, row["id"]) for owner, row in owners if owner and (row["deleted"] or owner != row["owner"])]
    again = [row for row in known if row["id"] not in skipped and public(row)]
    _erase(store, batch)
    _retract(batch, "AFFILIATED", _employed(store, again))
    _retract(batch, "EVENT", moved)
    return [*skipped]


def leave_unchanged(batch: Batch, records: Container[str], there: Mapping[str, Attempt]) -> None:
    """Removes from a batch the patients and events of those records in `records` that the store already has unchanged.
    `there` has the stored version of each record.

    The rows of the records in the table Resource stay, because they say which job read the records last.
    """
    rows = batch.nodes["Resource"].select(["id", "owner", "said"]).to_pylist() if "Resource" in batch.nodes else []
    same = [row for row in rows if row["id"] in records and _is_same(row, there.get(row["id"]))]
    ids = [row["id"] for row in same]
    _leave_out(batch.edges, "EVENT", "record", ids)
    _leave_out(batch.retracted, "EVENT", "record", ids)
    _leave_out(batch.nodes, "Patient", "id", [row["owner"] for row in same])


def _is_same(row: Row, before: Attempt | None) -> bool:
    return before is not None and row["said"] == before.said and row["owner"] == before.version.owner


def public(row: Row) -> bool:
    """True if a row of the table Resource belongs to a record that is not about a patient and has its own node."""
    return row["kind"] in NODES and row["kind"] != "Patient"


def _own(before: Attempt | None) -> bool:
    return before is not None and before.said is not None and before.version.deleted is None


def _node(row: Row) -> str:
    """Returns the id of the node to which a row of the table Resource belongs: its own node, or that of its patient."""
    return str(row["id"].removeprefix(f"{row['kind']} ") if public(row) else row["owner"])


def _edges_of(row: Row) -> Iterator[_Edges]:
    if public(row):
        yield from (_Edges(name, "source", _node(row)) for name, edge in EDGES.items() if edge.start == row["kind"])
        yield _Edges("AFFILIATED", "record", _node(row))
        return
    yield _Edges("EVENT", "record", row["id"])
    if row["kind"] == "Patient":
        yield _Edges("SAME_PERSON", "source", _node(row))
    elif row["kind"] in ("Medication", "Device"):
        yield _Edges("STANDS_FOR", "source", medicine(row["id"]))


def _by_table(rows: Iterable[Row]) -> dict[tuple[str, str], list[str]]:
    """Returns the keys of the edges (see _Edges) that records state, grouped by table and column.

    `rows` are the records, as rows of the table Resource.
    """
    found = defaultdict[tuple[str, str], list[str]](list)
    for row in rows:
        for edges in _edges_of(row):
            found[edges.table, edges.column].append(edges.key)
    return found


def _by_kind(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Returns the ids of the nodes of records, grouped by table. `rows` are their rows in the table Resource."""
    found = defaultdict[str, list[str]](list)
    for row in rows:
        if row["kind"] in NODES:
            found[row["kind"]].append(_node(row))
    return found


def _take_out(batch: Batch, rows: list[Row]) -> None:
    """Removes the nodes and edges of records from a batch. `rows` are their rows in the table Resource, which stay."""
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
    """Adds the patients whose own record was removed from a batch as placeholders, because events may refer to them.

    `late` are the removed records, as rows of the table Resource.
    """
    if patients := [row["owner"] for row in late if row["kind"] == "Patient"]:
        known = batch.placeholders.get("Patient", pa.array([], pa.string()))
        batch.placeholders["Patient"] = pc.unique(
            pa.chunked_array([known, pa.array(patients, pa.string())]).combine_chunks()
        )


def _retract(batch: Batch, table: str, asserters: Iterable[tuple[str, ...]]) -> None:
    if rows := [*asserters]:
        names = list(EDGES[table].replaces)
        retract(batch, table, pa.table([pa.array(column, pa.string()) for column in zip(*rows, strict=True)], names))


def _erase(store: Store, batch: Batch) -> None:
    """Retracts everything that the deleted records of a batch stated. Their nodes stay, with empty columns."""
    rows = batch.nodes["Resource"].filter(batch.nodes["Resource"]["deleted"].is_valid()).to_pylist()
    if not rows:
        return
    _take_out(batch, rows)
    for (table, column), keys in _by_table(rows).items():
        if column == "source":
            _retract(batch, table, ((key,) for key in keys))
    for kind, ids in _by_kind(rows).items():
        _empty(store, batch, kind, ids)
    events = _events_of(store, [row["owner"] for row in rows if row["kind"] == "Patient"])
    _retract(batch, "EVENT", events)
    _forget(store, batch, [record for _, record in events])


def _employed(store: Store, rows: list[Row]) -> list[tuple[str, str]]:
    """Returns each person to whom a record in the store is linked, as a pair of the person and the record.

    `rows` are the records, as rows of the table Resource.
    """
    by_kind, found = _by_kind(rows), list[tuple[str, str]]()
    for table, (kind, end) in LINKS.items():
        if end == "Person" and kind in by_kind:
            edges = store.edges(table, pa.array(by_kind[kind], pa.string()), ["source", "target"])
            found += zip(edges["target"].to_pylist(), edges["source"].to_pylist(), strict=True)
    return found


def _empty(store: Store, batch: Batch, kind: str, ids: list[str]) -> None:
    schema = NODES[kind].arrow
    known = store.nodes(kind, pa.array(ids, pa.string()), ["id"])["id"]
    nulls = [pa.nulls(len(known), schema.field(name).type) for name in NODES[kind].columns]
    rows = [pa.table([known, *nulls], schema=schema)]
    batch.nodes[kind] = pa.concat_tables([batch.nodes[kind], *rows] if kind in batch.nodes else rows)


def _events_of(store: Store, patients: list[str]) -> list[tuple[str, str]]:
    """Returns the patient and the record of every event that the store has of `patients`."""
    if not patients:
        return []
    rows = store.edges("EVENT", pa.array(patients, pa.string()), ["source", "record"])
    return [*zip(rows["source"].to_pylist(), rows["record"].to_pylist(), strict=True)]


def _forget(store: Store, batch: Batch, records: list[str]) -> None:
    """Removes the stored hashes of the contents of `records`. If such a record is read again, it must not count as
    unchanged.
    """
    if not records:
        return
    rows = store.nodes("Resource", pa.array(records, pa.string()), COLUMNS)
    rows = rows.filter(pc.invert(pc.is_in(rows["id"], value_set=batch.nodes["Resource"]["id"])))
    rows = rows.set_column(rows.schema.get_field_index("said"), "said", pa.nulls(rows.num_rows, pa.string()))
    schema = NODES["Resource"].arrow
    batch.nodes["Resource"] = pa.concat_tables([batch.nodes["Resource"], rows.select(schema.names).cast(schema)])


def kinds_in(batch: Batch) -> Iterator[tuple[str, str]]:
    """Yields the source and kind of each record in a batch, without deleted records and parts of other records."""
    if (rows := batch.nodes.get("Resource")) is not None:
        stated = rows.filter(pc.and_(rows["said"].is_valid(), rows["deleted"].is_null()))
        yield from zip(stated["source"].to_pylist(), stated["kind"].to_pylist(), strict=True)


def missing(store: Store, job: str, seen: set[tuple[str, str]], skipped: set[str]) -> Iterator[Row]:
    """Yields the Resource row of each record that a complete export lacks, and marks the row as deleted.

    A live record is missing if its source and kind are in `seen` and the job with the id `job` did not read it. The
    records in `skipped` were read but not written, so they are not missing. For a record that is only a part of another
    record, the kind of the other record is used.
    """
    when = now()
    for rows in store.scan("Resource", COLUMNS):
        live = pc.and_(rows["deleted"].is_null(), rows["source"].is_valid())
        for row in rows.filter(pc.and_(live, pc.not_equal(rows["job"], job))).to_pylist():
            whole = row["owner"].partition(" ")[0] if public(row) and row["owner"] else row["kind"]
            if (row["source"], whole) in seen and row["id"] not in skipped:
                yield row | {"deleted": max(when, row["updated"] or ""), "said": None, "job": job}

"""graph: implements a store with the embedded engine, Ladybug. Only this module imports the Ladybug driver."""

from __future__ import annotations

import contextlib
import ctypes
import re
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import ladybug
import pyarrow as pa

from graph.errors import GraphError, StoreBusy, StoreDamaged, StoreFull, raising_store_full
from graph.store.address import Address
from graph.store.compaction import replace, rewritten
from graph.store.cypher import UNUSED, changed, counted, pattern, rename, stale, sweep, unname, value, way
from graph.store.ladybug_log import copied, log_of, trimmed
from graph.store.ladybug_tables import TYPES, columns_of, edge_table, ends_of
from graph.store.port import Store
from graph.store.schema import EDGES, MARKS, NAMES_BY_MANY, NODES, SCHEMA_VERSION, Edge

_SCAN_ROWS = 200_000
_POOL = 2 << 30
_DROPPED = "the last writer was killed: its unfinished batch was dropped, and a copy of the log is in {}"


class LadybugStore(Store):
    """A directory that contains the database file `graph`. One process at a time may open it."""

    def __init__(self, folder: Path) -> None:
        self.address = Address(str(folder))
        self._path = _writable(folder) / "graph"
        self._reported = folder / "epoch"
        self._database: ladybug.Database | None = self._open()
        self._local = threading.local()
        self._writing = threading.RLock()
        try:
            self._make_tables()
            self._refuse_loss()
        except BaseException as wrong:
            self.close()
            if isinstance(wrong, RuntimeError):
                raise StoreDamaged(self.address, _first_line(wrong)) from wrong
            raise

    def _open(self) -> ladybug.Database:
        if kept := trimmed(self._path):
            self.recovery = _DROPPED.format(kept.name)
        try:
            return self._database_with()
        except (RuntimeError, MemoryError) as wrong:
            if file := _unwritten(wrong):
                raise StoreFull(file) from wrong
            if "Could not set lock" in str(wrong):
                raise StoreBusy(self.address) from None
            if not log_of(self._path).exists():
                raise StoreDamaged(self.address, _first_line(wrong)) from wrong
            return self._recover()

    def _database_with(self, **settings: Any) -> ladybug.Database:
        return ladybug.Database(self._path, checkpoint_threshold=1 << 28, buffer_pool_size=_POOL, **settings)

    def _recover(self) -> ladybug.Database:
        """Opens the database without the incomplete end of its write-ahead log. Complete transactions are kept."""
        kept = copied(log_of(self._path))
        try:
            database = self._database_with(throw_on_wal_replay_failure=False)
        except (RuntimeError, MemoryError) as wrong:
            raise StoreDamaged(self.address, f"{_first_line(wrong)}; a copy of its log is in {kept.name}") from wrong
        self.recovery = _DROPPED.format(kept.name)
        return database

    def _refuse_loss(self) -> None:
        """Raises StoreDamaged if the store has fewer batches than were reported as written."""
        noted = self._reported.read_text(errors="replace")[:20] if self._reported.exists() else "0"
        found = self.epoch()
        if not noted.isdecimal() or int(noted) > found:
            remedy = f"run the jobs again in a new directory, or delete {self._reported} to use the store as it is"
            raise StoreDamaged(self.address, f"epoch {noted} was written but the store is at {found}: {remedy}")

    def _make_tables(self) -> None:
        fresh = not self._rows("CALL show_tables() RETURN name").num_rows
        self._run("CREATE NODE TABLE IF NOT EXISTS Meta(id STRING PRIMARY KEY, epoch INT64, version INT64)")
        there = self._rows("MATCH (m:Meta) RETURN m.version AS version")
        if there.num_rows and there["version"][0].as_py() == SCHEMA_VERSION:
            return
        for node in NODES.values():
            columns = "".join(f", `{name}` {TYPES[kind]}" for name, kind in node.columns.items())
            self._run(f"CREATE NODE TABLE IF NOT EXISTS {node.name}(id STRING PRIMARY KEY{columns})")
            if not fresh:
                self._add_columns(node.name, node.columns)
        self._add_columns("Meta", MARKS["Meta"])
        self._add_columns("Patient", MARKS["Patient"])
        for kind in dict.fromkeys(edge.type for edge in EDGES.values()):
            edges = [edge for edge in EDGES.values() if edge.type == kind]
            self._run(edge_table(edges))
            if not fresh:
                for edge in edges:
                    # The edge type lacks the pair of node tables if an earlier version of Tricuspid created the store.
                    self._run(f"ALTER TABLE {kind} ADD IF NOT EXISTS {ends_of(edge)}")
                self._add_columns(kind, columns_of(edges))
        if there.num_rows and there["version"][0].as_py() < NAMES_BY_MANY:
            self._run(unname())
        self._run(f"MERGE (m:Meta {{id: 'store'}}) ON CREATE SET m.epoch = 0 SET m.version = {SCHEMA_VERSION}")

    def _add_columns(self, table: str, columns: dict[str, pa.DataType]) -> None:
        """Adds the columns that a table lacks because an earlier version of Tricuspid created the store.

        The added columns are null.
        """
        there = set(self._rows(f"CALL table_info('{table}') RETURN name")["name"].to_pylist())
        for name, kind in columns.items():
            if name not in there:
                self._run(f"ALTER TABLE {table} ADD `{name}` {TYPES[kind]}")

    def _run(self, query: str, frame: pa.Table | None = None, **parameters: str) -> pa.Table | None:
        """Runs a query. Returns None if the query returns no columns. `FROM frame` refers to the argument `frame`."""
        if self._database is None:
            raise StoreDamaged(self.address, "it is closed")
        connection = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = ladybug.Connection(self._database)
        try:
            result: Any = connection.execute(query, parameters or None)
        except RuntimeError as wrong:
            if file := _unwritten(wrong):
                self._abandon()
                raise StoreFull(file) from wrong
            raise
        try:
            # If the number of rows is not given, the driver allocates space for ten million values.
            rows = min(result.get_num_tuples(), _SCAN_ROWS) or 1
            return result.get_as_arrow(rows) if result.get_column_names() else None
        finally:
            result.close()

    def _abandon(self) -> None:
        """Leaves the database open until the process ends. The destructor would write, fail and abort the process."""
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self._database))
        self._database = None

    def _rows(self, query: str, frame: pa.Table | None = None, **parameters: str) -> pa.Table:
        rows = self._run(query, frame, **parameters)
        assert rows is not None, query
        return rows

    def epoch(self) -> int:
        return int(self._rows("MATCH (m:Meta) RETURN m.epoch AS epoch")["epoch"][0].as_py())

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        names = list(dict.fromkeys(["id", *columns]))
        frame = pa.table({"key": _unique(ids)})
        if not frame.num_rows:
            return _empty(NODES[table].arrow, names)
        wanted = ", ".join(f"n.`{name}` AS `{name}`" for name in names)
        return self._rows(f"LOAD FROM frame MATCH (n:{table} {{id: key}}) RETURN {wanted}", frame)

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        edge = EDGES[table]
        frame = pa.table({"key": _unique(sources)})
        if not frame.num_rows:
            return _empty(edge.arrow, columns)
        return self._rows(f"LOAD FROM frame MATCH {pattern(edge, '{id: key}')} RETURN {_wanted(columns)}", frame)

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        if table in EDGES:
            query = f"MATCH {pattern(EDGES[table])} RETURN {_wanted(columns)}"
        else:
            query = f"MATCH (n:{table}) RETURN " + ", ".join(f"n.`{name}` AS `{name}`" for name in columns)
        rows = self._rows(query)
        for start in range(0, rows.num_rows, _SCAN_ROWS):
            yield rows.slice(start, _SCAN_ROWS)

    def counts(self) -> dict[str, int]:
        return {row["name"]: row["rows"] for row in self._rows(counted()).to_pylist()}

    def stale(self, release: str, job: str) -> dict[str, int]:
        found = self._rows(stale(), release=release, job=job).to_pylist()
        return {row["name"]: row["rows"] for row in found}

    def changed(self, since: int) -> pa.Table:
        return self._rows(changed(since))

    def lineage(self) -> str:
        return str(self._rows("MATCH (m:Meta) RETURN m.lineage AS lineage")["lineage"][0].as_py() or "")

    @contextlib.contextmanager
    def read_transaction(self) -> Iterator[int]:
        self._run("BEGIN TRANSACTION READ ONLY")
        try:
            yield self.epoch()
        except BaseException:
            # A failed query has already ended the transaction.
            with contextlib.suppress(RuntimeError, GraphError):
                self._run("ROLLBACK")
            raise
        self._run("COMMIT")

    def compact(self) -> bool:
        made = rewritten(self, self._path, LadybugStore)
        self.close()
        replace(self._path, made)
        self._database = self._open()
        return True

    def become(self, other: Store) -> None:
        """Takes over the epoch and the change marks of another store. Both stores must have the same rows."""
        with self._transaction():
            self._run("MATCH (n:Patient) SET n.changed = NULL")
            self._mark(other.changed(0))
            self._set_epoch(other.epoch())
            self._run(f"MATCH (m:Meta) SET m.lineage = '{other.lineage()}'")

    def close(self) -> None:
        if self._database is not None:
            self._local = threading.local()
            self._database.close()
            self._database = None

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._writing:
            self._run("BEGIN TRANSACTION")
            try:
                yield
            except BaseException:
                # A failed statement has already ended the transaction.
                with contextlib.suppress(RuntimeError, GraphError):
                    self._run("ROLLBACK")
                raise
            self._run("COMMIT")
            self._report()
            # An open connection keeps the memory that its statements use in the buffer pool.
            self._local.connection.close()
            del self._local.connection

    def _report(self) -> None:
        """Writes the epoch to a file beside the database, so that `_refuse_loss` can detect lost batches."""
        fresh = self._reported.with_name("epoch.new")
        with raising_store_full(fresh):
            fresh.write_text(str(self.epoch()))
            fresh.replace(self._reported)

    def _create_nodes(self, table: str, frame: pa.Table) -> None:
        if frame.num_rows:
            given = ", ".join(f"`{name}`: `{name}`" for name in frame.column_names)
            self._run(f"LOAD FROM frame CREATE (:{table} {{{given}}})", frame)

    def _update_nodes(self, table: str, frame: pa.Table) -> None:
        if frame.num_rows:
            given = ", ".join(f"n.`{name}` = `{name}`" for name in NODES[table].columns)
            self._run(f"LOAD FROM frame MATCH (n:{table} {{id: id}}) SET {given}", frame)

    def _delete_edges(self, edge: Edge, frame: pa.Table) -> None:
        frame = frame.rename_columns([f"its_{name}" for name in frame.column_names])
        same = " AND ".join(f"{value(name)} = its_{name}" for name in edge.replaces)
        self._run(f"LOAD FROM frame MATCH {pattern(edge, '{id: its_source}')} WHERE {same} DELETE e", frame)

    def _create_edges(self, edge: Edge, frame: pa.Table) -> None:
        if frame.num_rows:
            given = ", ".join(f"`{name}`: `{name}`" for name in edge.columns)
            others = ", ".join(f"`{name}`" for name in frame.column_names[1:])
            start = f"MATCH (a:{edge.start} {{id: source}}) WITH a, {others}"
            end = f"MATCH (b:{edge.end} {{id: target}})"
            made = way(edge, f":{edge.type} {{{given}}}")
            self._run(f"LOAD FROM frame {start} {end} CREATE (a){made}(b)", frame)

    def _mark(self, frame: pa.Table) -> None:
        self._run("LOAD FROM frame MATCH (n:Patient {id: id}) SET n.changed = changed", frame)

    def _sweep(self, release: str, job: str) -> None:
        for statement in sweep():
            self._run(statement, release=release, job=job)

    def _rename(self, release: str, id: str, prefix: str | None) -> None:
        given = {} if prefix is None else {"prefix": prefix}
        for statement in rename(prefix):
            used = {"release": release, "id": id} | given
            self._run(statement, **{name: value for name, value in used.items() if f"${name}" in statement})

    def _erase(self, table: str, ids: pa.Array) -> None:
        self._run(f"LOAD FROM frame MATCH (n:{table} {{id: key}}) DETACH DELETE n", pa.table({"key": _unique(ids)}))

    def _erase_unused(self, ids: pa.Array) -> None:
        self._run(f"LOAD FROM frame MATCH (n:Concept {{id: key}}) {UNUSED}", pa.table({"key": _unique(ids)}))

    def _set_epoch(self, epoch: int) -> None:
        self._run(f"MATCH (m:Meta) WHERE m.marked IS NULL OR m.marked <> {epoch - 1} SET m.lineage = '{uuid4().hex}'")
        self._run(f"MATCH (m:Meta) SET m.epoch = {epoch}, m.marked = {epoch}")


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except (OSError, ValueError) as wrong:
        raise GraphError(f"{folder} cannot hold a store ({wrong}): give a writable directory") from wrong


def _unwritten(wrong: Exception) -> str | None:
    """The file that the engine could not write; None if the error has another cause."""
    found = re.match(r"IO exception: Cannot (?:write to|truncate) file.*? path: (.+?) fileDescriptor", str(wrong))
    return found and found[1]


def _first_line(wrong: Exception) -> str:
    return str(wrong).partition("\n")[0]


def _wanted(columns: Sequence[str]) -> str:
    return ", ".join(f"{value(name)} AS `{name}`" for name in columns)


def _unique(ids: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.compute.unique(ids.cast(pa.string()))


def _empty(schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    return pa.schema([schema.field(name) for name in names]).empty_table()

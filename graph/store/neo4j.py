"""graph: implements a store with the server engine, Neo4j. Only this module imports the Neo4j driver."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import neo4j
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from neo4j.exceptions import (
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    UnsupportedServerProduct,
)

from graph.errors import AGAIN, StoreBusy, StoreUnreachable, UnknownAddress
from graph.store.address import Address
from graph.store.cypher import UNUSED, changed, counted, pattern, rename, stale, sweep, unname, value, way
from graph.store.neo4j_lookups import by_id, listed
from graph.store.port import Store
from graph.store.schema import EDGES, NAMES_BY_MANY, NODES, SCHEMA_VERSION, Edge

_PLANNED_ONCE = "CYPHER replan=skip "
"""With this prefix, Neo4j plans each query only once. Every query names its index, so a plan that was made for an empty
store is also good for a full store: https://neo4j.com/docs/cypher-manual/current/planning-and-tuning/query-tuning/
"""

_CHUNK = 20_000
"""Rows per UNWIND. https://neo4j.com/docs/python-manual/current/performance/ advises at least 10,000."""

_SOURCES = 2_000
"""Number of source nodes per page of an edge scan. A patient may have thousands of edges."""

_VECTORS = 2_000
"""Number of vectors per batch. A batch takes a few megabytes in Bolt."""

_SETTINGS: dict[str, Any] = {
    "notifications_min_severity": "OFF",
    # In seconds. A server that accepts connections but does not speak Bolt blocks the driver for the acquisition
    # timeout, which is a minute by default.
    "connection_timeout": 5,
    "connection_acquisition_timeout": 10,
}


class Neo4jStore(Store):
    """A Neo4j server, 5.26 or later. `credentials` is `user/password`; empty for a server without authentication."""

    def __init__(self, address: Address, credentials: str) -> None:
        self.address = address
        user, _, password = credentials.partition("/")
        auth = (user, password) if credentials else None
        self._own = threading.local()
        self._writing = threading.RLock()
        with contextlib.ExitStack() as closing, self._reachable():
            try:
                self._driver = closing.enter_context(neo4j.GraphDatabase.driver(address, auth=auth, **_SETTINGS))
                self._driver.verify_connectivity()
            except (ValueError, ConfigurationError) as wrong:
                if isinstance(wrong, UnsupportedServerProduct):
                    raise
                raise UnknownAddress(address) from wrong
            self._make_tables()
            closing.pop_all()

    @contextlib.contextmanager
    def _reachable(self, remedy: str = "") -> Iterator[None]:
        try:
            yield
        except (DriverError, Neo4jError) as wrong:
            reason = str(getattr(wrong, "message", None) or wrong).partition("\n")[0]
            raise StoreUnreachable(self.address, reason, remedy) from wrong

    def _make_tables(self) -> None:
        """Creates the constraints, unless the store already has this schema version.

        Checking existing constraints would take most of the time that it takes to open a store.
        """
        there = self._run("MATCH (m:Meta {id: 'store'}) RETURN m.identity, m.version")
        if there and there[0][1] >= SCHEMA_VERSION:
            self.identity = str(there[0][0])
            return
        for table in ("Meta", *NODES):
            self._run(f"CREATE CONSTRAINT {table}_id IF NOT EXISTS FOR (n:{table}) REQUIRE n.id IS UNIQUE")
        made = "ON CREATE SET m.epoch = 0, m.version = $v, m.identity = randomUUID()"
        found = self._run(f"MERGE (m:Meta {{id: 'store'}}) {made} RETURN m.identity, m.version", {"v": SCHEMA_VERSION})
        identity, version = found[0]
        self.identity = str(identity)
        if version < NAMES_BY_MANY:
            self._run(unname())
        if version < SCHEMA_VERSION:
            self._run("MATCH (m:Meta {id: 'store'}) SET m.version = $v", {"v": SCHEMA_VERSION})

    def _run(self, query: str, parameters: dict[str, Any] | None = None) -> list[list[Any]]:
        """Returns the rows of a query. The query runs in this thread's write transaction if one is open."""
        transaction: neo4j.Transaction | None = getattr(self._own, "transaction", None)
        if transaction is not None:
            return transaction.run(f"{_PLANNED_ONCE}{query}", parameters).values()
        with self._reachable(), self._driver.session(fetch_size=_CHUNK) as session:
            return session.run(f"{_PLANNED_ONCE}{query}", parameters).values()

    def _write(self, query: str, frame: pa.Table) -> None:
        """Runs a query for each chunk of the frame.

        The query begins with `UNWIND $rows AS r`, where `r` is a list of values.
        """
        for start in range(0, frame.num_rows, _CHUNK):
            columns = [column.to_pylist() for column in frame.slice(start, _CHUNK).columns]
            self._run(query, {"rows": [list(row) for row in zip(*columns, strict=True)]})

    def epoch(self) -> int:
        return int(self._run("MATCH (m:Meta {id: 'store'}) RETURN m.epoch")[0][0])

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        names = list(dict.fromkeys(["id", *columns]))
        wanted = ", ".join(f"n.`{name}`" for name in names)
        query = f"UNWIND $ids AS id MATCH (n:{table} {{id: id}}) {by_id('n', table)} RETURN collect([{wanted}])"
        return self._looked_up(query, ids, NODES[table].arrow, names)

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        edge = EDGES[table]
        found = f"MATCH {pattern(edge, '{id: id}')} {by_id('a', edge.start)}"
        query = f"UNWIND $ids AS id {found} RETURN collect([{_wanted(columns)}])"
        return self._looked_up(query, sources, edge.arrow, columns)

    def _looked_up(self, query: str, ids: pa.Array, schema: pa.Schema, names: Sequence[str]) -> pa.Table:
        """Returns the rows of a query that returns one list of all rows.

        The driver reads one list several times faster than single rows.
        """
        wanted = pc.unique(ids.cast(pa.string())).to_pylist()
        rows: list[list[Any]] = []
        for start in range(0, len(wanted), _CHUNK):
            rows += self._run(query, {"ids": wanted[start : start + _CHUNK]})[0][0]
        return _columns(rows, schema, names)

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Reads pages, in the order of the ids of the nodes or sources. Each page is returned as one list of rows.

        The first page that is not full is the last page.
        """
        edge = EDGES.get(table)
        start, most = (edge.start, _SOURCES) if edge else (table, _CHUNK)
        page = f"MATCH (a:{start}) {by_id('a', start)} WHERE a.id > $after WITH a ORDER BY a.id LIMIT {most}"
        full = f"CASE count(*) WHEN {most} THEN max(a.id) END AS last"
        if edge:
            page += f" WITH collect(a) AS page, {full} CALL (page) {{ UNWIND page AS a "
            page += (
                f"MATCH (a){way(edge, f'e:{edge.type}')}(b:{edge.end}) RETURN collect([{_wanted(columns)}]) AS rows }}"
            )
        else:
            wanted = ", ".join(f"a.`{name}`" for name in columns)
            page += f" WITH collect([{wanted}]) AS rows, {full}"
        schema, after = edge.arrow if edge else NODES[table].arrow, ""
        while after is not None:
            rows, after = self._run(f"{page} RETURN rows, last", {"after": after})[0]
            yield _columns(rows, schema, columns)

    def counts(self) -> dict[str, int]:
        return {name: int(rows) for name, rows in self._run(counted())}

    def stale(self, release: str, job: str) -> dict[str, int]:
        return {name: int(rows) for name, rows in self._run(stale(), {"release": release, "job": job})}

    def changed(self, since: int) -> pa.Table:
        schema = pa.schema([("id", pa.string()), ("changed", pa.int64())])
        return _columns(self._run(changed(since)), schema, schema.names)

    def lineage(self) -> str:
        return str(self._run("MATCH (m:Meta {id: 'store'}) RETURN m.lineage")[0][0] or "")

    @contextlib.contextmanager
    def read_transaction(self) -> Iterator[int]:
        """Holds the lock that every write takes at its end, because Neo4j's isolation is only READ COMMITTED."""
        with self._reachable(), self._driver.session() as session, session.begin_transaction() as lock:
            lock.run("MATCH (m:Meta {id: 'store'}) SET m.still = true").consume()
            yield self.epoch()
            lock.rollback()

    def fill_vectors(self, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Writes the vectors in batches. Rebuilds the index `concept_vector`, because the number of dimensions
        may have changed.

        https://neo4j.com/docs/cypher-manual/current/indexes/semantic-indexes/vector-indexes/
        """
        self._run("DROP INDEX concept_vector IF EXISTS")
        pages = f"CALL (c) {{ REMOVE c.vector }} IN TRANSACTIONS OF {_CHUNK} ROWS"
        self._run(f"MATCH (c:Concept) WHERE c.vector IS NOT NULL {pages}")
        for start in range(0, len(ids), _VECTORS):
            some = slice(start, start + _VECTORS)
            rows = [list(row) for row in zip(ids[some], vectors[some].tolist(), strict=True)]
            self._run("UNWIND $rows AS r MATCH (c:Concept {id: r[0]}) SET c.vector = r[1]", {"rows": rows})
        settings = f"{{`vector.dimensions`: {vectors.shape[1]}, `vector.similarity_function`: 'cosine'}}"
        made = "CREATE VECTOR INDEX concept_vector IF NOT EXISTS FOR (c:Concept) ON c.vector"
        self._run(f"{made} OPTIONS {{indexConfig: {settings}}}")
        self._run("CALL db.awaitIndexes(600)")

    def close(self) -> None:
        self._driver.close()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Commits at the end.

        If the answer to the commit is lost, reads from the store whether the commit was applied.
        """
        with self._writing, self._reachable(f"start the server, then {AGAIN}"):
            try:
                with self._driver.session() as session, session.begin_transaction() as transaction:
                    self._own.transaction = transaction
                    try:
                        yield
                        transaction.commit()
                    finally:
                        self._own.transaction = None
            except IncompleteCommit:
                if not self._arrived():
                    raise

    def _arrived(self) -> bool:
        """True if this thread's last write is the last write in the store. If a commit is in progress, waits for it."""
        with self.read_transaction():
            return bool(self._run("MATCH (m:Meta {id: 'store'}) RETURN m.mark")[0][0] == self._own.mark)

    def _create_nodes(self, table: str, frame: pa.Table) -> None:
        given = ", ".join(f"`{name}`: r[{place}]" for place, name in enumerate(frame.column_names))
        self._write(f"UNWIND $rows AS r CREATE (:{table} {{{given}}})", frame)

    def _update_nodes(self, table: str, frame: pa.Table) -> None:
        given = ", ".join(f"n.`{name}` = r[{place}]" for place, name in enumerate(frame.column_names) if name != "id")
        at = frame.column_names.index("id")
        self._write(f"UNWIND $rows AS r MATCH (n:{table} {{id: r[{at}]}}) {by_id('n', table)} SET {given}", frame)

    def _delete_edges(self, edge: Edge, frame: pa.Table) -> None:
        """Looks up each source once, and compares its edges with the set of keys to delete."""
        keys: dict[str, dict[str, bool]] = {}
        others = [frame[name].to_pylist() for name in edge.replaces[1:]]
        for source, *rest in zip(frame["source"].to_pylist(), *others, strict=True):
            keys.setdefault(source, {})["\n".join(rest or [source])] = True
        key = " + '\\n' + ".join(value(name) for name in edge.replaces[1:]) or "r[0]"
        found = f"MATCH {pattern(edge, '{id: r[0]}')} {by_id('a', edge.start)}"
        query = f"UNWIND $rows AS r {found} WHERE r[1][{key}] DELETE e"
        rows = [list(pair) for pair in keys.items()]
        for start in range(0, len(rows), _CHUNK):
            self._run(query, {"rows": rows[start : start + _CHUNK]})

    def _create_edges(self, edge: Edge, frame: pa.Table) -> None:
        """Creates the edges in the order of their sources, so a node with many edges is locked and read only once.

        Within a chunk, each end is looked up once. Rows refer to an end by its index in the list of ends.
        """
        frame = frame.sort_by("source") if frame.num_rows else frame
        given = ", ".join(f"`{name}`: r[{place}]" for place, name in enumerate(frame.column_names) if place > 1)
        sources = f"{listed('source', edge.start)} WITH n, i ORDER BY i WITH collect(n) AS a"
        targets = f"{listed('target', edge.end)} WITH a, n, i ORDER BY i WITH a, collect(n) AS b"
        joined = way(edge, f":{edge.type} {{{given}}}")
        made = f"UNWIND $rows AS r WITH a[r[0]] AS a, b[r[1]] AS b, r CREATE (a){joined}(b)"
        for start in range(0, frame.num_rows, _CHUNK):
            chunk, ends = frame.slice(start, _CHUNK), {}
            for place, name in enumerate(("source", "target")):
                coded = chunk[name].combine_chunks().dictionary_encode()
                chunk = chunk.set_column(place, name, coded.indices)
                ends[name] = coded.dictionary.to_pylist()
            rows = zip(*(column.to_pylist() for column in chunk.columns), strict=True)
            self._run(f"{sources} {targets} {made}", {"rows": [list(row) for row in rows], **ends})

    def _mark(self, frame: pa.Table) -> None:
        found = f"UNWIND $rows AS r MATCH (n:Patient {{id: r[0]}}) {by_id('n', 'Patient')}"
        self._write(f"{found} SET n.changed = r[1]", frame.select(["id", "changed"]))

    def _sweep(self, release: str, job: str) -> None:
        for statement in sweep():
            self._run(statement, {"release": release, "job": job})

    def _rename(self, release: str, id: str, prefix: str | None) -> None:
        for statement in rename(prefix):
            self._run(statement, {"release": release, "id": id, "prefix": prefix})

    def _erase(self, table: str, ids: pa.Array) -> None:
        found = f"UNWIND $rows AS r MATCH (n:{table} {{id: r[0]}}) {by_id('n', table)}"
        self._write(f"{found} DETACH DELETE n", pa.table({"id": ids}))

    def _erase_unused(self, ids: pa.Array) -> None:
        found = f"UNWIND $rows AS r MATCH (n:Concept {{id: r[0]}}) {by_id('n', 'Concept')}"
        self._write(f"{found} {UNUSED}", pa.table({"id": ids}))

    def _set_epoch(self, epoch: int) -> None:
        """Sets the next epoch.

        If another writer has changed the epoch in the meantime, raises StoreBusy, which undoes the write.
        """
        self._own.mark = uuid.uuid4().hex
        lineage = "m.lineage = CASE WHEN m.marked = $before THEN m.lineage ELSE $mark END"
        found = f"MATCH (m:Meta {{id: 'store'}}) WHERE m.epoch = $before SET {lineage}"
        query = f"{found} SET m.epoch = $epoch, m.marked = $epoch, m.mark = $mark RETURN m"
        if not self._run(query, {"before": epoch - 1, "epoch": epoch, "mark": self._own.mark}):
            raise StoreBusy(self.address)


def _wanted(columns: Sequence[str]) -> str:
    return ", ".join(value(name) for name in columns)


def _columns(rows: Sequence[Sequence[Any]], schema: pa.Schema, names: Sequence[str]) -> pa.Table:
    kinds = [schema.field(name) for name in names]
    columns = zip(*rows, strict=True) if rows else [()] * len(kinds)
    return pa.table([pa.array(c, kind.type) for c, kind in zip(columns, kinds, strict=True)], schema=pa.schema(kinds))

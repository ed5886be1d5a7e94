"""graph: simulates writes to a store, for a dry run of a load. All writes stay in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext

import pyarrow as pa
import pyarrow.compute as pc

from graph.store.port import Store
from graph.store.schema import EDGES, NODES, RELEASED, Edge

_KEYS = dict.fromkeys(NODES, ("id",)) | {name: edge.replaces for name, edge in EDGES.items()}
_SCHEMAS = {name: kind.arrow for kinds in (NODES, EDGES) for name, kind in kinds.items()}
_Renamed = tuple[str, str, str | None]


class Rehearsal(Store):
    """Shows the given store as a job would leave it. The given store, called the store below, is only read.

    All writes are stored in memory.

    A sweep does nothing. It is the last step of a job, so nothing is read after a sweep.
    """

    def __init__(self, store: Store) -> None:
        self.address, self.identity = store.address, store.identity
        self._store, self._writes = store, 0
        self._own = {name: schema.empty_table() for name, schema in _SCHEMAS.items()}
        # The keys of rows of the store below that are replaced or deleted here.
        self._replaced = {name: _SCHEMAS[name].empty_table().select(keys) for name, keys in _KEYS.items()}
        self._renamed: list[_Renamed] = []
        self._cached: tuple[int, Counter[tuple[str, str, str]]] = (-1, Counter())

    def epoch(self) -> int:
        return self._store.epoch() + self._writes

    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        names = list(dict.fromkeys(["id", *columns]))
        return self._seen(table, names, self._store.nodes(table, ids, self._needed(table, names)), ids)

    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        return self._seen(table, columns, self._store.edges(table, sources, self._needed(table, columns)), sources)

    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        for piece in self._store.scan(table, self._needed(table, columns)):
            yield self._remaining(table, piece).select(columns)
        yield self._own[table].select(columns)

    def counts(self) -> dict[str, int]:
        return {name: sum(piece.num_rows for piece in self.scan(name, keys[:1])) for name, keys in _KEYS.items()}

    def stale(self, release: str, job: str) -> dict[str, int]:
        if self._cached[0] != self._writes:
            self._cached = self._writes, self._by_release()
        found = Counter(dict.fromkeys((*RELEASED, "Concept"), 0))
        for (table, of, by), rows in self._cached[1].items():
            found[table] += rows if of == release and by != job else 0
        return dict(found)

    def _by_release(self) -> Counter[tuple[str, str, str]]:
        """Counts the rows of each table for each release and job."""
        found: Counter[tuple[str, str, str]] = Counter()
        for table in (*RELEASED, "Concept"):
            columns = ["release", "job", *(["stub"] if table == "Concept" else [])]
            for piece in self.scan(table, columns):
                some = piece.filter(pc.invert(piece["stub"])) if table == "Concept" else piece
                for row in some.drop_null().group_by(["release", "job"]).aggregate([([], "count_all")]).to_pylist():
                    found[table, row["release"], row["job"]] += row["count_all"]
        return found

    def changed(self, since: int) -> pa.Table:
        return self._store.changed(since)

    def lineage(self) -> str:
        return ""

    def read_transaction(self) -> AbstractContextManager[int]:
        return self._store.read_transaction()

    def close(self) -> None:
        """Does nothing: the caller closes the store below."""

    def _seen(self, table: str, columns: Sequence[str], below: pa.Table, keys: pa.Array) -> pa.Table:
        own = self._own[table]
        own = own.filter(pc.is_in(own[_KEYS[table][0]], value_set=keys.cast(pa.string())))
        return pa.concat_tables([self._remaining(table, below).select(columns), own.select(columns)])

    def _needed(self, table: str, columns: Sequence[str]) -> list[str]:
        """Returns `columns`, and the columns that decide whether a row of the store below is replaced or renamed."""
        release = ["release"] if "release" in _SCHEMAS[table].names else []
        return list(dict.fromkeys([*columns, *_KEYS[table], *release]))

    def _remaining(self, table: str, below: pa.Table) -> pa.Table:
        """Returns the rows of the store below that are not replaced, with their renamed releases."""
        below = below.cast(pa.schema([_SCHEMAS[table].field(name) for name in below.column_names]))
        for renamed in self._renamed:
            below = _with_release(table, below, renamed)
        return _without(below, self._replaced[table])

    def _transaction(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _create_nodes(self, table: str, frame: pa.Table) -> None:
        self._own[table] = pa.concat_tables([self._own[table], frame.select(_SCHEMAS[table].names)])

    def _update_nodes(self, table: str, frame: pa.Table) -> None:
        self._take_away(table, frame.select(["id"]))
        self._create_nodes(table, frame)

    def _delete_edges(self, edge: Edge, frame: pa.Table) -> None:
        self._take_away(edge.name, frame.select(edge.replaces))

    def _create_edges(self, edge: Edge, frame: pa.Table) -> None:
        self._own[edge.name] = pa.concat_tables([self._own[edge.name], frame])

    def _take_away(self, table: str, keys: pa.Table) -> None:
        self._own[table] = _without(self._own[table], keys)
        self._replaced[table] = pa.concat_tables([self._replaced[table], keys])

    def _mark(self, frame: pa.Table) -> None:
        pass

    def _sweep(self, release: str, job: str) -> None:
        pass

    def _rename(self, release: str, id: str, prefix: str | None) -> None:
        renamed = (release, id, prefix)
        self._renamed.append(renamed)
        self._own = {table: _with_release(table, rows, renamed) for table, rows in self._own.items()}
        if prefix is None and release != id:
            self._take_away("Release", pa.table({"id": [release]}))

    def _erase(self, table: str, ids: pa.Array) -> None:
        raise NotImplementedError("a load never erases nodes")

    def _erase_unused(self, ids: pa.Array) -> None:
        raise NotImplementedError("a load never erases nodes")

    def _set_epoch(self, epoch: int) -> None:
        self._writes += 1


def _without(rows: pa.Table, keys: pa.Table) -> pa.Table:
    return rows.join(keys, keys.column_names, join_type="left anti") if rows.num_rows and keys.num_rows else rows


def _with_release(table: str, rows: pa.Table, renamed: _Renamed) -> pa.Table:
    """The rows with the release renamed. Labels get the new release for any prefix: their rows have no prefix."""
    if "release" not in rows.column_names:
        return rows
    release, id, prefix = renamed
    its = pc.equal(rows["release"], release).fill_null(False)
    if prefix is not None and table != "Label":
        its = pc.and_(its, pc.starts_with(rows[_KEYS[table][0]], f"{prefix}:"))
    releases = pc.if_else(its, pa.scalar(id, pa.string()), rows["release"])
    return rows.set_column(rows.column_names.index("release"), "release", releases)

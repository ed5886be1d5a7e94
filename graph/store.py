"""graph: the store port; docs/store-contract.md is its contract in numbered clauses, and the tests cite them.

An engine supplies reads and six plain write steps; what a write means is decided here, once, for all engines.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import GraphError, RefusedWrite
from graph.schema import EDGES, NODES, Edge

STUB = pa.schema({"id": pa.string(), "label": pa.string(), "ontology": pa.string()})


@dataclass
class Batch:
    """What one transaction writes; every table is columnar, with the columns that graph.schema names.

    nodes     whole rows, put in place of what stood under their `id`
    stubs     concepts (`id`, `label`, `ontology`) made where absent; an empty label of an earlier stub is filled
    bare      ids of other nodes made empty where absent (a patient of whom only events were read)
    edges     rows that replace what the same speaker said before (`Edge.replaces`)
    restated  the `Edge.replaces` columns of speakers whose earlier edges go even where no row comes in their place
    swept     (release, job): what the release said in other jobs goes; its concepts become stubs
    fresh     the speakers of all edges are known to be new, so that nothing need be looked for to replace
    """

    nodes: dict[str, pa.Table] = field(default_factory=dict)
    stubs: pa.Table | None = None
    bare: dict[str, pa.Array] = field(default_factory=dict)
    edges: dict[str, pa.Table] = field(default_factory=dict)
    restated: dict[str, pa.Table] = field(default_factory=dict)
    swept: tuple[str, str] | None = None
    fresh: bool = False


class Store(ABC):
    """A graph of the tables in graph.schema. One writer at a time; readers see whole batches (clauses 1-14).

    Unknown ids are absent, never an error. Row order is unspecified everywhere.
    """

    address: str
    recovery: str | None = None
    """What was found and done where the last writer had been killed; None where nothing was."""
    identity: str = ""
    """Of a server, what tells this graph from another that had the same address; a directory is its own."""

    @abstractmethod
    def epoch(self) -> int:
        """The number of batches written since the store was made; 0 for a new one."""

    @abstractmethod
    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        """`id` and the columns asked, of those ids that are there; each once."""

    @abstractmethod
    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        """The columns asked (among them `source`, `target`) of every edge that leaves one of the sources."""

    @abstractmethod
    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Every row of a node or edge table, in pieces, the columns asked in their order."""

    @abstractmethod
    def count(self, table: str) -> int:
        """Rows of a node or edge table."""

    @abstractmethod
    def still(self) -> AbstractContextManager[int]:
        """Inside it all that this thread reads is of one epoch, which it gives."""

    def fill_vectors(self, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Puts the vectors of these concepts into the engine's own vector index, in place of any before.

        Raises GraphError where the engine has none. The epoch stays: no answer of ours is read from it.
        """
        raise GraphError(f"{self.address} has no vector index of its own: only neo4j://HOST:PORT can be filled")

    @abstractmethod
    def close(self) -> None:
        """Gives the store back; a second call does nothing."""

    def write(self, batch: Batch) -> int:
        """Writes the batch in one transaction with the next epoch, which it returns.

        Raises RefusedWrite, with nothing written, for a wrong column, an empty or doubled id or a missing end.
        """
        nodes = {table: _checked_nodes(table, frame) for table, frame in batch.nodes.items()}
        edges = {table: _checked_edges(table, frame) for table, frame in batch.edges.items()}
        stubs = batch.stubs.cast(STUB) if batch.stubs is not None else STUB.empty_table()
        made, filled = self._stubs(stubs, nodes.get("Concept"))
        created = {table: self._absent(table, ids, nodes.get(table)) for table, ids in batch.bare.items()}
        created["Concept"] = made
        self._refuse_missing_ends(nodes, created, edges)
        said = {} if batch.fresh else {table: (edges.get(table), batch.restated.get(table)) for table in EDGES}
        doomed = {table: self._doomed(EDGES[table], *both) for table, both in said.items()}
        epoch = self.epoch() + 1
        with self._transaction():
            for table, frame in nodes.items():
                self._put_nodes(table, frame)
            for table, frame in created.items():
                self._create_nodes(table, frame)
            self._update_nodes("Concept", filled)
            for table, gone in doomed.items():
                if gone is not None and gone.num_rows:
                    self._delete_edges(EDGES[table], gone)
            for table, frame in edges.items():
                self._create_edges(EDGES[table], frame)
            if batch.swept:
                self._sweep(*batch.swept)
            self._set_epoch(epoch)
        return epoch

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """All steps inside are kept or none."""

    @abstractmethod
    def _create_nodes(self, table: str, frame: pa.Table) -> None: ...

    @abstractmethod
    def _update_nodes(self, table: str, frame: pa.Table) -> None: ...

    @abstractmethod
    def _delete_edges(self, edge: Edge, frame: pa.Table) -> None:
        """Deletes every edge that agrees with a row of the frame in all of `edge.replaces`."""

    @abstractmethod
    def _create_edges(self, edge: Edge, frame: pa.Table) -> None: ...

    @abstractmethod
    def _sweep(self, release: str, job: str) -> None:
        """Deletes RELEASED edges and Labels that the release said in other jobs; its concepts of those become stubs."""

    @abstractmethod
    def _set_epoch(self, epoch: int) -> None: ...

    def _put_nodes(self, table: str, frame: pa.Table) -> None:
        there = self.nodes(table, frame["id"].combine_chunks(), ["id"])["id"]
        known = pc.is_in(frame["id"], value_set=there)
        self._create_nodes(table, frame.filter(pc.invert(known)))
        self._update_nodes(table, frame.filter(known))

    def _stubs(self, stubs: pa.Table, concepts: pa.Table | None) -> tuple[pa.Table, pa.Table]:
        """(rows to create, rows whose empty label is to be filled); the batch's own concepts need no stub."""
        if concepts is not None and stubs.num_rows:
            stubs = stubs.filter(pc.invert(pc.is_in(stubs["id"], value_set=concepts["id"])))
        there = self.nodes("Concept", stubs["id"].combine_chunks(), list(NODES["Concept"].arrow.names))
        absent = stubs.filter(pc.invert(pc.is_in(stubs["id"], value_set=there["id"])))
        bare = there.filter(pc.and_(there["stub"], pc.equal(there["label"], "")))
        fresh = stubs.filter(pc.greater(pc.utf8_length(stubs["label"]), 0)).select(["id", "label"])
        filled = bare.drop_columns(["label"]).join(fresh, "id", join_type="inner")
        return _stub_rows(absent), filled.select(NODES["Concept"].arrow.names)

    def _absent(self, table: str, ids: pa.Array, given: pa.Table | None) -> pa.Table:
        """Empty rows for those of the ids that are neither in the batch nor in the store."""
        ids = pc.unique(ids.cast(pa.string()))
        for some in (given["id"] if given is not None else None, self.nodes(table, ids, ["id"])["id"]):
            if some is not None:
                ids = ids.filter(pc.invert(pc.is_in(ids, value_set=some)))
        return _wide(pa.table({"id": ids}), NODES[table].arrow)

    def _refuse_missing_ends(
        self, nodes: dict[str, pa.Table], created: dict[str, pa.Table], edges: dict[str, pa.Table]
    ) -> None:
        for table, frame in edges.items():
            edge = EDGES[table]
            for column, kind in (("source", edge.start), ("target", edge.end)):
                ids = pc.unique(frame[column])
                for given in (nodes.get(kind), created.get(kind)):
                    if given is not None:
                        ids = ids.filter(pc.invert(pc.is_in(ids, value_set=given["id"])))
                there = self.nodes(kind, ids, ["id"])["id"]
                missing = ids.filter(pc.invert(pc.is_in(ids, value_set=there)))
                if len(missing):
                    raise RefusedWrite(table, f"has an end that is no {kind}", missing.to_pylist())

    def _doomed(self, edge: Edge, frame: pa.Table | None, restated: pa.Table | None) -> pa.Table | None:
        """The `replaces` columns, each combination once, of stored edges that the write takes the place of."""
        keys = list(edge.replaces)
        said = [t.select(keys) for t in (frame, restated) if t is not None and t.num_rows]
        if not said:
            return None
        speakers = pa.concat_tables(said).group_by(keys).aggregate([])
        there = self.nodes(edge.start, pc.unique(speakers["source"]), ["id"])["id"].combine_chunks()
        stored = self.edges(edge.name, there, keys).group_by(keys).aggregate([])
        return stored.join(speakers, keys, join_type="inner") if stored.num_rows else None


def _checked_nodes(table: str, frame: pa.Table) -> pa.Table:
    frame = _cast(table, frame, NODES[table].arrow)
    ids = frame["id"]
    if ids.null_count or pc.any(pc.equal(ids, "")).as_py():
        raise RefusedWrite(table, "has a row without id")
    counts = pc.value_counts(ids.combine_chunks())
    twice = counts.field(0).filter(pc.greater(counts.field(1), 1))
    if len(twice):
        raise RefusedWrite(table, "has an id twice", twice.to_pylist())
    return frame


def _checked_edges(table: str, frame: pa.Table) -> pa.Table:
    frame = _cast(table, frame, EDGES[table].arrow)
    for column in EDGES[table].replaces:
        if frame[column].null_count:
            raise RefusedWrite(table, f"has a row without {column}")
    return frame


def _cast(table: str, frame: pa.Table, schema: pa.Schema) -> pa.Table:
    try:
        return frame.select(schema.names).cast(schema).combine_chunks()
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError, ValueError) as wrong:
        raise RefusedWrite(table, f"has not the columns {', '.join(schema.names)}") from wrong


def _stub_rows(stubs: pa.Table) -> pa.Table:
    size = stubs.num_rows
    flags = {"deprecated": pa.array([False] * size, pa.bool_()), "stub": pa.array([True] * size, pa.bool_())}
    for name, flag in flags.items():
        stubs = stubs.append_column(name, flag)
    return _wide(stubs, NODES["Concept"].arrow)


def _wide(frame: pa.Table, schema: pa.Schema) -> pa.Table:
    """The frame with every column of the schema, null where it has none of its own."""
    given = set(frame.column_names)
    columns = [frame[f.name] if f.name in given else pa.nulls(frame.num_rows, f.type) for f in schema]
    return pa.table(columns, schema=schema)

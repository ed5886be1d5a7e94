"""graph: the store port; docs/store-contract.md is its contract in numbered clauses, and the tests cite them.

An engine supplies reads and a few plain write steps; what a write means is decided here, once, for all engines.
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
from graph.store.address import Address
from graph.store.schema import EDGES, NODES, Edge

STUB = pa.schema({"id": pa.string(), "label": pa.string(), "ontology": pa.string(), "job": pa.string()})


@dataclass
class Batch:
    """What one transaction writes; every table is columnar, with the columns that graph.store.schema names.

    nodes     whole rows, put in place of what stood under their `id`
    stubs     concepts made where absent; a better label takes the place of an earlier stub's (clause 12). `job` is set
              where a mapping gave the label, null where it came with a record
    bare      ids of other nodes made empty where absent (a patient of whom only events were read)
    edges     rows that replace what the same speaker said before (`Edge.replaces`)
    restated  the `Edge.replaces` columns of speakers whose earlier edges go even where no row comes in their place
    renamed   (release, id, prefix): what the release said, of concepts of that prefix or of all (None), is said by the
              release of that id from now on; it is there or in `nodes`, and a release that lost all goes
    swept     (release, job): what the release said in other jobs goes; its concepts become stubs. Where the job did not
              state the release, it goes too
    erased    (table, id): the node goes, with all its edges; the batch has no row of it
    fresh     the speakers of all edges are known to be new, so that nothing need be looked for to replace
    """

    nodes: dict[str, pa.Table] = field(default_factory=dict)
    stubs: pa.Table | None = None
    bare: dict[str, pa.Array] = field(default_factory=dict)
    edges: dict[str, pa.Table] = field(default_factory=dict)
    restated: dict[str, pa.Table] = field(default_factory=dict)
    renamed: Sequence[tuple[str, str, str | None]] = ()
    swept: Sequence[tuple[str, str]] = ()
    erased: Sequence[tuple[str, str]] = ()
    fresh: bool = False


class Store(ABC):
    """A graph of the tables in graph.store.schema. One writer at a time; readers see whole batches (clauses 1-19).

    Unknown ids are absent, never an error. Row order is unspecified everywhere.
    """

    address: Address
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
    def counts(self) -> dict[str, int]:
        """The number of rows of every node and edge table."""

    @abstractmethod
    def stale(self, release: str, job: str) -> dict[str, int]:
        """How much a sweep of the release and job (`Batch.swept`) would take: RELEASED edges, and defined concepts."""

    @abstractmethod
    def read_transaction(self) -> AbstractContextManager[int]:
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
        epoch = self.epoch() + 1
        speakers = {} if batch.fresh else _speakers(edges, batch.restated)
        there = self._there(_named(nodes, stubs, batch.bare, edges, batch.restated)) if epoch > 1 else {}
        made, filled = self._stubs(_without(stubs, nodes.get("Concept")), there.get("Concept"))
        created = {table: _absent(table, ids, nodes.get(table), there.get(table)) for table, ids in batch.bare.items()}
        created["Concept"] = made
        _refuse_missing_ends([nodes, created, there], edges)
        with self._transaction():
            for erased in batch.erased:
                self._erase(*erased)
            for table, frame in nodes.items():
                self._create_nodes(table, _without(frame, there.get(table)))
                self._update_nodes(table, frame.filter(_among(frame["id"], there.get(table))))
            for table, frame in created.items():
                self._create_nodes(table, frame)
            self._update_nodes("Concept", filled)
            for table, frame in speakers.items():
                known = frame.filter(_among(frame["source"], there.get(EDGES[table].start)))
                if known.num_rows:
                    self._delete_edges(EDGES[table], known)
            for table, frame in edges.items():
                self._create_edges(EDGES[table], frame)
            for renamed in batch.renamed:
                self._rename(*renamed)
            for swept in batch.swept:
                self._sweep(*swept)
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
        """Deletes every edge that agrees with a row of the frame in all its columns, which are `edge.replaces`."""

    @abstractmethod
    def _create_edges(self, edge: Edge, frame: pa.Table) -> None: ...

    @abstractmethod
    def _sweep(self, release: str, job: str) -> None:
        """Deletes RELEASED edges and Labels that the release said in other jobs, and the release where this job did not
        state it; its concepts of other jobs become stubs."""

    @abstractmethod
    def _rename(self, release: str, id: str, prefix: str | None) -> None:
        """Gives RELEASED edges, Labels and concepts of the release to another, and deletes it if these are all."""

    @abstractmethod
    def _erase(self, table: str, id: str) -> None:
        """Deletes the node, where it is there, and all its edges."""

    @abstractmethod
    def _set_epoch(self, epoch: int) -> None: ...

    def _there(self, named: dict[str, pa.Array]) -> dict[str, pa.Table]:
        """Of each table the ids that are in the store, among those that the batch names anywhere: asked once."""
        return {table: self.nodes(table, ids, ["id"]) for table, ids in named.items()}

    def _stubs(self, stubs: pa.Table, there: pa.Table | None) -> tuple[pa.Table, pa.Table]:
        """(rows to create, rows that get a better label)."""
        schema = NODES["Concept"].arrow
        labelled = stubs.filter(pc.greater(pc.utf8_length(stubs["label"]), 0)).select(["id", "label", "job"])
        labelled = labelled.filter(_among(labelled["id"], there))
        rows = self.nodes("Concept", labelled["id"].combine_chunks(), schema.names)
        rows = rows.filter(rows["stub"]).join(labelled, "id", right_suffix="_said", join_type="inner")
        better = rows.filter(_better(rows)).drop_columns(["label", "job", "release"])
        better = better.rename_columns({"label_said": "label", "job_said": "job"})
        return _stub_rows(_without(stubs, there)), _wide(better, schema)


def _better(stubs: pa.Table) -> pa.ChunkedArray:
    """Where `label_said` is better than the label: a mapping's before a record's, then the lowest text.

    What a terminology said of a concept that it no longer defines stays.
    """
    given, before = stubs["job_said"].is_valid(), stubs["job"].is_valid()
    lower = pc.and_(pc.equal(given, before), pc.less(stubs["label_said"], stubs["label"]))
    better = pc.and_(stubs["release"].is_null(), pc.or_(pc.greater(given, before), lower))
    return pc.or_(better, pc.equal(stubs["label"], ""))


def _speakers(edges: dict[str, pa.Table], restated: dict[str, pa.Table]) -> dict[str, pa.Table]:
    """The `replaces` columns, each combination once, of all whose earlier edges the write takes the place of."""
    found = {}
    for table, edge in EDGES.items():
        keys = list(edge.replaces)
        said = [rows.select(keys) for rows in (edges.get(table), restated.get(table)) if rows is not None]
        if any(rows.num_rows for rows in said):
            found[table] = pa.concat_tables(said).group_by(keys).aggregate([])
    return found


def _named(
    nodes: dict[str, pa.Table],
    stubs: pa.Table,
    bare: dict[str, pa.Array],
    edges: dict[str, pa.Table],
    restated: dict[str, pa.Table],
) -> dict[str, pa.Array]:
    """Of each node table the ids that a batch names, each once."""
    ids: dict[str, list[pa.ChunkedArray]] = {"Concept": [stubs["id"]]}
    for table, frame in nodes.items():
        ids.setdefault(table, []).append(frame["id"])
    for table, some in bare.items():
        ids.setdefault(table, []).append(pa.chunked_array([some.cast(pa.string())]))
    for table, frame in edges.items():
        ids.setdefault(EDGES[table].start, []).append(frame["source"])
        ids.setdefault(EDGES[table].end, []).append(frame["target"])
    for table, frame in restated.items():
        ids.setdefault(EDGES[table].start, []).append(frame["source"])
    every = {
        table: pa.chunked_array([piece for column in some for piece in column.chunks], pa.string())
        for table, some in ids.items()
    }
    return {table: pc.unique(some) for table, some in every.items()}


def _among(ids: pa.ChunkedArray | pa.Array, rows: pa.Table | None) -> pa.Array:
    """True for each of the ids that is among those of the rows."""
    return pc.is_in(ids, value_set=rows["id"] if rows is not None else pa.array([], pa.string()))


def _without(frame: pa.Table, rows: pa.Table | None) -> pa.Table:
    return frame.filter(pc.invert(_among(frame["id"], rows)))


def _absent(table: str, ids: pa.Array, *given: pa.Table | None) -> pa.Table:
    """Empty rows for those of the ids that are in none of the tables given."""
    absent = pa.table({"id": pc.unique(ids.cast(pa.string()))})
    for rows in given:
        absent = _without(absent, rows)
    return _wide(absent, NODES[table].arrow)


def _refuse_missing_ends(given: Sequence[dict[str, pa.Table]], edges: dict[str, pa.Table]) -> None:
    """Raises RefusedWrite for an edge whose end is in none of the tables given."""
    for table, frame in edges.items():
        edge = EDGES[table]
        for column, kind in (("source", edge.start), ("target", edge.end)):
            missing = pa.table({"id": pc.unique(frame[column])})
            for tables in given:
                missing = _without(missing, tables.get(kind))
            if missing.num_rows:
                raise RefusedWrite(table, f"has an end that is no {kind}", missing["id"].to_pylist())


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

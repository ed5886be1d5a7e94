"""graph: declares the interface of a store. docs/store-contract.md has the contract, in numbered clauses.

An engine implements reads and a small number of simple write steps. `Store.write` combines these steps in the same way
for all engines.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import GraphError, RefusedWrite
from graph.store.address import Address
from graph.store.batch import STUB, Batch, among, asserters_of, changed_patients, named_in
from graph.store.schema import EDGES, NODES, Edge


class Store(ABC):
    """A graph with the tables of graph.store.schema. There is one writer at a time. See docs/store-contract.md.

    Readers see only complete batches. Reads leave out unknown ids without an error. The order of rows is unspecified.
    """

    address: Address
    recovery: str | None = None
    """What was repaired when the store was opened, because the last writer was killed; None if nothing was repaired."""
    identity: str = ""
    """A random id of the graph on a server, because the address of a server may later hold another graph.

    Empty for a directory.
    """

    @abstractmethod
    def epoch(self) -> int:
        """The number of batches written since the store was created. It is 0 for a new store."""

    @abstractmethod
    def nodes(self, table: str, ids: pa.Array, columns: Sequence[str]) -> pa.Table:
        """Returns `id` and the given columns of the nodes with these ids. Each node is returned once."""

    @abstractmethod
    def edges(self, table: str, sources: pa.Array, columns: Sequence[str]) -> pa.Table:
        """Returns the given columns (such as `source` and `target`) of every edge that starts at one of the sources."""

    @abstractmethod
    def scan(self, table: str, columns: Sequence[str]) -> Iterator[pa.Table]:
        """Yields every row of a node or edge table in pieces, with the given columns in the given order."""

    @abstractmethod
    def counts(self) -> dict[str, int]:
        """Counts the rows of every node and edge table."""

    @abstractmethod
    def stale(self, release: str, job: str) -> dict[str, int]:
        """Counts the RELEASED edges and defined concepts that a sweep (`Batch.swept`) would delete, for each table."""

    @abstractmethod
    def changed(self, since: int) -> pa.Table:
        """Returns the patients whose events were written or retracted after the epoch `since`.

        The columns are `id` and `changed`, which is the epoch of the last change. A patient may be missing if the same
        batch created the patient and the events. Erased patients are missing.
        """

    @abstractmethod
    def lineage(self) -> str:
        """Returns a random text. If the text is the same at two epochs, `changed` knows all changes between the epochs.

        The text differs between stores, and changes after an earlier version of this program has written to the store.
        The text is empty if changes are not known.
        """

    @abstractmethod
    def read_transaction(self) -> AbstractContextManager[int]:
        """A block in which this thread reads one epoch. Yields the epoch."""

    def fill_vectors(self, ids: Sequence[str], vectors: npt.NDArray[np.float32]) -> None:
        """Writes the vectors of the concepts `ids` to the vector index of the engine. Replaces all earlier vectors.

        Raises GraphError if the engine has no vector index. The epoch does not change, because no answer uses this
        index.
        """
        raise GraphError(f"{self.address} has no vector index: only a Neo4j store (neo4j://HOST:PORT) has one")

    def compact(self) -> bool:
        """Rewrites the files of the store without deleted rows.

        Returns False if Tricuspid does not manage the files of the engine.
        """
        return False

    @abstractmethod
    def close(self) -> None:
        """Closes the store; a second call does nothing."""

    def write(self, batch: Batch) -> int:
        """Writes the batch in one transaction and returns the new epoch.

        Raises RefusedWrite and writes nothing if a column is wrong, an id is empty or occurs twice, or an end of an
        edge does not exist.
        """
        nodes = {table: _checked_nodes(table, frame) for table, frame in batch.nodes.items()}
        edges = {table: _checked_edges(table, frame) for table, frame in batch.edges.items()}
        stubs = batch.stubs.cast(STUB) if batch.stubs is not None else STUB.empty_table()
        epoch = self.epoch() + 1
        asserters = {} if batch.fresh else asserters_of(edges, batch.retracted)
        there = self._there(named_in(nodes, stubs, batch.placeholders, edges, batch.retracted)) if epoch > 1 else {}
        made, filled = self._stubs(_without(stubs, nodes.get("Concept")), there.get("Concept"))
        created = {
            table: _absent(table, ids, nodes.get(table), there.get(table)) for table, ids in batch.placeholders.items()
        }
        created["Concept"] = made
        _refuse_missing_ends([nodes, created, there], edges)
        with self._transaction():
            for table in dict.fromkeys(table for table, _ in batch.erased):
                self._erase(table, pa.array([id for its, id in batch.erased if its == table], pa.string()))
            for table, frame in nodes.items():
                self._create_nodes(table, _without(frame, there.get(table)))
                self._update_nodes(table, frame.filter(among(frame["id"], there.get(table))))
            for table, frame in created.items():
                self._create_nodes(table, frame)
            self._update_nodes("Concept", filled)
            for table, frame in asserters.items():
                known = frame.filter(among(frame["source"], there.get(EDGES[table].start)))
                if known.num_rows:
                    self._delete_edges(EDGES[table], known)
            for table, frame in edges.items():
                self._create_edges(EDGES[table], frame)
            if patients := changed_patients(edges, asserters, there.get("Patient")):
                self._mark(pa.table({"id": patients, "changed": [epoch] * len(patients)}))
            for renamed in batch.renamed:
                self._rename(*renamed)
            for swept in batch.swept:
                self._sweep(*swept)
            if batch.unused:
                self._erase_unused(pa.array(batch.unused, pa.string()))
            self._set_epoch(epoch)
        return epoch

    @abstractmethod
    def _transaction(self) -> AbstractContextManager[None]:
        """A transaction: the steps in the block are applied together when it ends. After an error, none is applied."""

    @abstractmethod
    def _create_nodes(self, table: str, frame: pa.Table) -> None: ...

    @abstractmethod
    def _update_nodes(self, table: str, frame: pa.Table) -> None: ...

    @abstractmethod
    def _delete_edges(self, edge: Edge, frame: pa.Table) -> None:
        """Deletes every edge that has the values of a row of the frame.

        The columns of the frame are `edge.replaces`.
        """

    @abstractmethod
    def _create_edges(self, edge: Edge, frame: pa.Table) -> None: ...

    @abstractmethod
    def _mark(self, frame: pa.Table) -> None:
        """Sets the column `changed` of patients. `frame` has the id and the new value of each patient."""

    @abstractmethod
    def _sweep(self, release: str, job: str) -> None:
        """Deletes the RELEASED edges and Labels of the release that other jobs stated. Concepts of other jobs become
        stubs.

        If this job did not state the release, the release is deleted too.
        """

    @abstractmethod
    def _rename(self, release: str, id: str, prefix: str | None) -> None:
        """Moves the RELEASED edges, Labels and concepts of the release to release `id`.

        If the prefix is None, all of them move, and the old release is deleted. Otherwise, a concept moves only if it
        has the prefix, a Label only if it is a Label of such a concept, and an edge only if it starts at such a
        concept.
        """

    @abstractmethod
    def _erase(self, table: str, ids: pa.Array) -> None:
        """Deletes the nodes with these ids that exist, and all their edges."""

    @abstractmethod
    def _erase_unused(self, ids: pa.Array) -> None:
        """Deletes those concepts with these ids that are stubs and have no edge."""

    @abstractmethod
    def _set_epoch(self, epoch: int) -> None:
        """Sets the epoch. If the previous epoch was not set by this method, begins a new lineage."""

    def _there(self, named: dict[str, pa.Array]) -> dict[str, pa.Table]:
        """Returns the ids of a batch that exist in the store, for each table."""
        return {table: self.nodes(table, ids, ["id"]) for table, ids in named.items()}

    def _stubs(self, stubs: pa.Table, there: pa.Table | None) -> tuple[pa.Table, pa.Table]:
        """Returns two tables: the stubs to create, and the stubs that get a better label."""
        schema = NODES["Concept"].arrow
        labelled = stubs.filter(pc.greater(pc.utf8_length(stubs["label"]), 0)).select(["id", "label", "job"])
        labelled = labelled.filter(among(labelled["id"], there))
        rows = self.nodes("Concept", labelled["id"].combine_chunks(), schema.names)
        rows = rows.filter(rows["stub"]).join(labelled, "id", right_suffix="_new", join_type="inner")
        better = rows.filter(_better(rows)).drop_columns(["label", "job", "release"])
        better = better.rename_columns({"label_new": "label", "job_new": "job"})
        return _stub_rows(_without(stubs, there)), _wide(better, schema)


def _better(stubs: pa.Table) -> pa.ChunkedArray:
    """True for each stub whose `label_new` is better than its `label`. A mapping's label is better than a record's.

    If both labels have the same origin, the first label in alphabetical order is better. A label from a terminology is
    never replaced. A concept keeps such a label when the terminology no longer defines it.
    """
    given, before = stubs["job_new"].is_valid(), stubs["job"].is_valid()
    lower = pc.and_(pc.equal(given, before), pc.less(stubs["label_new"], stubs["label"]))
    better = pc.and_(stubs["release"].is_null(), pc.or_(pc.greater(given, before), lower))
    return pc.or_(better, pc.equal(stubs["label"], ""))


def _without(frame: pa.Table, rows: pa.Table | None) -> pa.Table:
    return frame.filter(pc.invert(among(frame["id"], rows)))


def _absent(table: str, ids: pa.Array, *given: pa.Table | None) -> pa.Table:
    """Returns a row without values for each id that is in none of the given tables."""
    absent = pa.table({"id": pc.unique(ids.cast(pa.string()))})
    for rows in given:
        absent = _without(absent, rows)
    return _wide(absent, NODES[table].arrow)


def _refuse_missing_ends(given: Sequence[dict[str, pa.Table]], edges: dict[str, pa.Table]) -> None:
    """Raises RefusedWrite if an end of an edge is in none of the given tables."""
    for table, frame in edges.items():
        edge = EDGES[table]
        for column, kind in (("source", edge.start), ("target", edge.end)):
            missing = pa.table({"id": pc.unique(frame[column])})
            for tables in given:
                missing = _without(missing, tables.get(kind))
            if missing.num_rows:
                raise RefusedWrite(table, f"has an end that is not a {kind}", missing["id"].to_pylist())


def _checked_nodes(table: str, frame: pa.Table) -> pa.Table:
    frame = _cast(table, frame, NODES[table].arrow)
    ids = frame["id"]
    if ids.null_count or pc.any(pc.equal(ids, "")).as_py():
        raise RefusedWrite(table, "has a row without an id")
    counts = pc.value_counts(ids.combine_chunks())
    twice = counts.field(0).filter(pc.greater(counts.field(1), 1))
    if len(twice):
        raise RefusedWrite(table, "has a duplicate id", twice.to_pylist())
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
        raise RefusedWrite(table, f"must have the columns {', '.join(schema.names)}") from wrong


def _stub_rows(stubs: pa.Table) -> pa.Table:
    size = stubs.num_rows
    flags = {"deprecated": pa.array([False] * size, pa.bool_()), "stub": pa.array([True] * size, pa.bool_())}
    for name, flag in flags.items():
        stubs = stubs.append_column(name, flag)
    return _wide(stubs, NODES["Concept"].arrow)


def _wide(frame: pa.Table, schema: pa.Schema) -> pa.Table:
    """Returns the frame with every column of the schema. Columns that the frame lacks are null."""
    given = set(frame.column_names)
    columns = [frame[f.name] if f.name in given else pa.nulls(frame.num_rows, f.type) for f in schema]
    return pa.table(columns, schema=schema)

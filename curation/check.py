"""curation: checks that a store is consistent and that its snapshot matches the store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import MANIFEST, Csr, damaged
from graph.groups import build
from graph.hierarchy import children_first
from graph.snapshot import build_snapshot, is_by_number, newest, snapshot_name, unlike
from graph.store import EDGES, NODES, RELEASED, Store
from linking.encoding import KEPT, whole_vectors
from linking.neighbours import candidates as proposals
from linking.neighbours import neighbours

_SHOWN = 5


class Finding(NamedTuple):
    """The result of a check: the number of rows or files checked, the number of wrong rows or files, and examples.

    `fault` is False for a notice about the content of a source, because the store itself is in order.
    """

    what: str
    looked_at: int
    wrong: int = 0
    examples: tuple[str, ...] = ()
    fault: bool = True


def check(store: Store, folder: Path) -> Iterator[Finding]:
    """Checks one epoch of a store. `folder` contains the snapshots of the store. Writes only temporary files."""
    with store.read_transaction() as epoch:
        at_fault = False
        for finding in _of_store(store):
            at_fault |= finding.fault and finding.wrong > 0
            yield finding
        yield _vectors(folder)
        yield _snapshot(store, folder / store.identity, epoch, at_fault)


def _of_store(store: Store) -> Iterator[Finding]:
    ids = {table: _column(store, table, "id") for table in NODES}
    for table, column in ids.items():
        yield _ids(table, column)
    for table in EDGES:
        yield from _edges(store, table, ids)
    yield from _released(store, ids["Release"])
    yield _circles(store, ids["Concept"])
    yield from _jobs(store)


def _column(store: Store, table: str, name: str) -> pa.Array:
    pieces = [piece[name].combine_chunks() for piece in store.scan(table, [name])]
    return pa.concat_arrays([pa.array([], pa.string()), *pieces])


def _finding(what: str, looked_at: int, wrong: pa.Array | pa.ChunkedArray, fault: bool = True) -> Finding:
    examples = tuple(str(one) for one in wrong[:_SHOWN].to_pylist())
    return Finding(what, looked_at, len(wrong), examples, fault)


def _ids(table: str, ids: pa.Array) -> Finding:
    counts = pc.value_counts(ids.fill_null(""))
    twice = pc.or_(pc.greater(counts.field(1), 1), pc.equal(counts.field(0), ""))
    return _finding(f"{table}: ids are unique and not empty", len(ids), counts.field(0).filter(twice))


def _edges(store: Store, table: str, ids: dict[str, pa.Array]) -> Iterator[Finding]:
    edge, rows, lost, odd = EDGES[table], 0, [pa.array([], pa.string())], [pa.array([], pa.string())]
    columns = [name for name in ("source", "target", *_ranges(table)) if name in edge.arrow.names]
    for piece in store.scan(table, columns):
        rows += piece.num_rows
        for end, kind in (("source", edge.start), ("target", edge.end)):
            exists = pc.is_in(piece[end], value_set=ids[kind])
            lost.append(piece[end].filter(pc.invert(exists)).combine_chunks())
        for is_wrong in _ranges(table).values():
            odd.append(piece["source"].filter(is_wrong(piece).fill_null(False)).combine_chunks())
    yield _finding(f"{table}: both ends exist", rows, pa.concat_arrays(lost))
    if _ranges(table):
        yield _finding(f"{table}: spans, confidence and score are in range", rows, pa.concat_arrays(odd))


def _ranges(table: str) -> dict[str, Callable[[pa.Table], pa.ChunkedArray]]:
    """Returns, for some columns of the edge table `table`, a function that tests which rows have a value out of range.

    The keys are the names of the columns.
    """
    found: dict[str, Callable[[pa.Table], pa.ChunkedArray]] = {}
    for name in ("confidence", "score", "probability"):
        if name in EDGES[table].columns:
            found[name] = partial(_out_of_range, name)
    if table.endswith("_ABOUT"):
        found["start"] = lambda rows: pc.less(rows["start"], 0)
        found["end"] = lambda rows: pc.less_equal(rows["end"], rows["start"])
    return found


def _out_of_range(name: str, rows: pa.Table) -> pa.ChunkedArray:
    return pc.or_(pc.less(rows[name], 0), pc.greater(rows[name], 1))


def _released(store: Store, releases: pa.Array) -> Iterator[Finding]:
    """Checks that the release of each row exists, because rows of a missing release can never be replaced.

    Computed rows, such as the rows of `tricuspid link`, are not checked. The table `Release` does not list the
    releases of computed rows.
    """
    computed = pa.array([neighbours.RELEASE, proposals.RELEASE, build.RELEASE])
    for table in ("Concept", "Label", *RELEASED):
        used = _column(store, table, "release").drop_null()
        used = used.filter(pc.invert(pc.is_in(used, value_set=computed)))
        lost = pc.unique(used.filter(pc.invert(pc.is_in(used, value_set=releases))))
        yield _finding(f"{table}: its release exists", len(used), lost)


def _circles(store: Store, ids: pa.Array) -> Finding:
    """Finds concepts that are above themselves in the hierarchy.

    A source may state that A is narrower than B and that B is narrower than A. Queries then treat A and B as the same
    concept.
    """
    ids = ids.sort()
    pieces = [np.empty((2, 0), np.int32)]
    for piece in store.scan("IS_A", ["source", "target"]):
        ends = (pc.index_in(piece[end], value_set=ids).fill_null(-1) for end in ("source", "target"))
        pieces.append(np.stack([np.asarray(end) for end in ends]))
    narrower, broader = (rows := np.concatenate(pieces, axis=1))[:, (rows >= 0).all(axis=0)]
    children, parents = Csr.of_pairs(len(ids), broader, narrower), Csr.of_pairs(len(ids), narrower, broader)
    circles = [concept for unit in children_first(children, parents) if len(unit) > 1 for concept in unit]
    circles += narrower[narrower == broader].tolist()
    return _finding("IS_A: no concept is above itself", len(narrower), ids.take(pa.array(circles, pa.int64())), False)


def _jobs(store: Store) -> Iterator[Finding]:
    rows = [row for piece in store.scan("Job", ["id", "state", "refused"]) for row in piece.to_pylist()]
    kept: dict[str, int] = dict.fromkeys((row["id"] for row in rows), 0)
    for job in _column(store, "Refusal", "job").to_pylist():
        kept[job] = kept.get(job, 0) + 1
    counted = {row["id"]: row["refused"] for row in rows}
    wrong = [job for job, count in kept.items() if counted.get(job, 0) != count]
    yield _finding("Job: its refused records are stored", len(rows), pa.array(wrong, pa.string()))
    running = [row["id"] for row in rows if row["state"] != "done"]
    yield _finding("Job: it is finished", len(rows), pa.array(running, pa.string()), False)


def _vectors(folder: Path) -> Finding:
    models = [kept.parent for kept in sorted((folder / "vectors").glob(f"*/{KEPT}"))]
    wrong = [str(model.relative_to(folder)) for model in models if not whole_vectors(model)]
    return _finding("vectors: every file matches its checksum", len(models), pa.array(wrong, pa.string()))


def _snapshot(store: Store, folder: Path, epoch: int, at_fault: bool) -> Finding:
    """Compares the files of the snapshot with their checksums, and with a second snapshot built from the store."""
    there = newest(folder)
    if there and (wrong := damaged(there)):
        return _finding("snapshot: every file matches its checksum", 1, pa.array(sorted(wrong), pa.string()))
    if at_fault:
        return Finding("snapshot: it was compared with the store", 0, 1, ("repair the store first",), False)
    if there is None or there.name != snapshot_name(epoch):
        return Finding("snapshot: it exists for this epoch", 1, 1, ("the next query builds it",), False)
    with tempfile.TemporaryDirectory(prefix="check-", dir=folder) as beside:
        made = build_snapshot(store, Path(beside), epoch)
        names = {path.name for path in (*made.iterdir(), *there.iterdir())} - {MANIFEST}
        compared = [name for name in sorted(names) if not is_by_number(name)]
        wrong = [name for name in compared if not _same(made / name, there / name)] + unlike(there, made)
    return _finding("snapshot: every file equals a new build", len(names), pa.array(wrong, pa.string()))


def _same(one: Path, other: Path) -> bool:
    if not (one.is_file() and other.is_file() and one.stat().st_size == other.stat().st_size):
        return False
    with one.open("rb") as left, other.open("rb") as right:
        while piece := left.read(1 << 20):
            if piece != right.read(len(piece)):
                return False
    return True

"""graph: a whole graph in one file, from any engine and into any.

A ZIP archive: an Arrow IPC stream (zstd, https://arrow.apache.org/docs/format/Columnar.html) for each table of
graph.store.schema, and last `manifest.json`: the version of the schema, the epoch, rows and SHA-256 of every table.
What can be made anew (snapshot, vectors) is not in it, nor what is no part of the graph: the site secret, keys, the
audit log.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, NamedTuple

import pyarrow as pa

from graph.errors import GraphError, telling_full
from graph.store.port import Batch, Store
from graph.store.schema import EDGES, NODES, SCHEMA_VERSION

FORMAT = 1
UNFINISHED = "restoring"
"""The file in the state folder that says which archive a store is being filled from."""
_ROWS = 40_000
# A record batch holds at most so many rows and bytes: what claims more was made by nobody here.
_LARGEST_MANIFEST, _LARGEST_BATCH = 1 << 20, 1 << 30
_MANIFEST = "manifest.json"

Progress = Callable[[str, int], None]
"""Told a table and how many of its rows are done."""


class BadArchive(GraphError):
    def __init__(self, file: Path, place: str, reason: str) -> None:
        super().__init__(f"{file}, {place}: {reason}; restore from another copy. Nothing was written")


class Archive(NamedTuple):
    """What a manifest says: `tables` has rows and SHA-256; `digest` tells one archive from another."""

    epoch: int
    version: int
    tables: dict[str, dict[str, Any]]
    digest: str


class _Digest:
    """A binary file that hashes what passes through it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.hash, self.closed = file, sha256(), False

    def write(self, data: Any) -> int:
        self.hash.update(data)
        return self._file.write(data)

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self.closed = True


def backup(store: Store, file: Path, progress: Progress) -> Archive:
    """Writes all of the store, of one epoch, in place of what `file` held; that stays until the new one is whole."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with telling_full(file), unfinished.open("xb") as raw:
            with store.read_transaction() as epoch, zipfile.ZipFile(raw, "w") as archive:
                tables = {name: _put(archive, store, name, progress) for name in (*NODES, *EDGES)}
                said = {"format": FORMAT, "schema": SCHEMA_VERSION, "epoch": epoch, "made": _now(), "tables": tables}
                archive.writestr(_MANIFEST, json.dumps(said, indent=1))
            raw.flush()
            os.fsync(raw.fileno())
        unfinished.replace(file)
    finally:
        with suppress(FileNotFoundError):
            unfinished.unlink()
    return Archive(epoch, SCHEMA_VERSION, tables, "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _schema(table: str) -> pa.Schema:
    return (EDGES[table] if table in EDGES else NODES[table]).arrow


def _put(archive: zipfile.ZipFile, store: Store, table: str, progress: Progress) -> dict[str, Any]:
    schema, rows = _schema(table), 0
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with archive.open(f"{table}.arrow", "w", force_zip64=True) as member:
        sink = _Digest(member)
        with pa.ipc.new_stream(pa.PythonFile(sink, "w"), schema, options=options) as writer:
            for piece in store.scan(table, schema.names):
                writer.write_table(piece.cast(schema), max_chunksize=_ROWS)
                rows += piece.num_rows
                progress(table, rows)
    return {"rows": rows, "sha256": sink.hash.hexdigest()}


def restore(file: Path, store: Store, folder: Path, progress: Progress) -> Archive:
    """Fills an empty store, or goes on where an earlier run with the same archive was killed; `folder` is its state's.

    Raises BadArchive, before anything is written, for a file that is not whole; GraphError for a store that holds data.
    """
    with _opened(file) as archive:
        manifest = _manifest(file, archive)
        for table in manifest.tables:
            progress(f"checking {table}", sum(rows.num_rows for rows in _checked(file, archive, manifest, table)))
        mark, said = folder / UNFINISHED, f"{manifest.digest} {store.identity}"
        if store.epoch() and not (mark.is_file() and mark.read_text() == said):
            raise GraphError(f"{store.address} holds data already: restore into an empty store")
        mark.write_text(said)
        # A batch is an epoch, and batches are cut alike each time: what an earlier run wrote is known by their number.
        done = store.epoch()
        for number, (table, batch, rows) in enumerate(_batches(file, archive, manifest), 1):
            if number > done:
                store.write(batch)
            progress(table, rows)
        mark.unlink()
    return manifest


def _opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as wrong:
        raise BadArchive(file, "the whole file", f"it is no archive or is cut off ({wrong})") from wrong


def _manifest(file: Path, archive: zipfile.ZipFile) -> Archive:
    """Raises BadArchive for one that is not ours, of a later version, or does not name the tables that are there."""
    try:
        if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
            raise ValueError("it is too large")
        raw = archive.read(_MANIFEST)
        said = json.loads(raw)
        made = Archive(int(said["epoch"]), int(said["schema"]), dict(said["tables"]), sha256(raw).hexdigest())
        form, names = int(said["format"]), {f"{name}.arrow" for name in made.tables}
        rows = [(int(one["rows"]), str(one["sha256"])) for one in made.tables.values()]
    except (*_BROKEN, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise BadArchive(file, _MANIFEST, f"it cannot be read ({wrong})") from wrong
    if form > FORMAT or made.version > SCHEMA_VERSION:
        raise BadArchive(file, _MANIFEST, "a later version of Tricuspid wrote it: install that one")
    unknown = set(made.tables) - {*NODES, *EDGES}
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise BadArchive(file, "the whole file", "its members are packed, which ours never are")
    if unknown or len(rows) != len(names) or sorted(archive.namelist()) != sorted({*names, _MANIFEST}):
        raise BadArchive(file, _MANIFEST, "what it lists is not what the archive holds")
    return made


_BROKEN = (zipfile.BadZipFile, pa.ArrowException, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)


def _checked(file: Path, archive: zipfile.ZipFile, manifest: Archive, table: str) -> Iterator[pa.Table]:
    """The rows of a table, in pieces; BadArchive, at the latest at the end, where they are not as the manifest says."""
    said, rows = manifest.tables[table], 0
    try:
        with archive.open(f"{table}.arrow") as member:
            source = _Digest(member)
            with pa.ipc.open_stream(pa.PythonFile(source, "r")) as stream:
                for batch in stream:
                    batch.validate(full=True)
                    if batch.num_rows > _ROWS or batch.nbytes > _LARGEST_BATCH:
                        raise ValueError("a batch of it is too large")
                    rows += batch.num_rows
                    yield _as_now(pa.table(batch), _schema(table))
            while source.read(1 << 20):
                pass
    except _BROKEN as wrong:
        raise BadArchive(file, table, f"it cannot be read ({str(wrong).partition(chr(10))[0][:200]})") from wrong
    if rows != said["rows"] or source.hash.hexdigest() != said["sha256"]:
        raise BadArchive(file, table, "its rows are not those that were written")


def _as_now(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """An earlier version had fewer columns; those are empty."""
    if unknown := set(rows.column_names) - set(schema.names):
        raise ValueError(f"nobody knows its columns {', '.join(sorted(unknown))}")
    there = set(rows.column_names)
    columns = [rows[f.name] if f.name in there else pa.nulls(rows.num_rows, f.type) for f in schema]
    return pa.table(columns, names=schema.names).cast(schema)


def _batches(file: Path, archive: zipfile.ZipFile, manifest: Archive) -> Iterator[tuple[str, Batch, int]]:
    """(table, batch, rows of the table with it); all nodes before the first edge."""
    for table in (*NODES, *EDGES):
        done = 0
        for rows in _checked(file, archive, manifest, table) if table in manifest.tables else ():
            if rows.num_rows:
                done += rows.num_rows
                given = {table: rows}
                yield table, Batch(edges=given, fresh=True) if table in EDGES else Batch(nodes=given), done

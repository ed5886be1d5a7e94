"""graph: backs up a whole graph to one file, and restores a backup. A backup does not depend on the engine.

The file is a ZIP archive. It has an Arrow IPC stream (https://arrow.apache.org/docs/format/Columnar.html), compressed
with zstd, for each table of graph.store.schema. The last entry is `manifest.json`, with the schema version, the epoch,
and the number of rows and the SHA-256 of every table. The archive has no data that can be rebuilt (snapshot, vectors)
and no data outside the graph (site secret, keys, audit log).
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

from graph.errors import GraphError, raising_store_full
from graph.store.batch import Batch
from graph.store.port import Store
from graph.store.schema import EDGES, NODES, SCHEMA_VERSION

FORMAT = 1
UNFINISHED = "restoring"
"""The file in the state folder that names the archive of an unfinished restore."""
_ROWS = 40_000
"""Maximum number of rows in a record batch."""
# Maximum sizes in bytes. `backup` never writes a larger manifest or batch, so `restore` refuses larger files.
_LARGEST_MANIFEST, _LARGEST_BATCH = 1 << 20, 1 << 30
_MANIFEST = "manifest.json"

Progress = Callable[[str, int], None]
"""A function that is called with the name of a table and the number of rows that are done."""


class BadArchive(GraphError):
    def __init__(self, file: Path, place: str, reason: str) -> None:
        super().__init__(f"{file}, {place}: {reason}; nothing was written. Restore from another copy")


class Archive(NamedTuple):
    """The content of a manifest.

    `tables` has the number of rows and the SHA-256 of each table. `digest` identifies the archive.
    """

    epoch: int
    version: int
    tables: dict[str, dict[str, Any]]
    digest: str


class _Digest:
    """A binary file that computes a hash of all bytes that are read or written."""

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
    """Writes one epoch of the store to a file. An existing file is replaced only when the new file is complete."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with raising_store_full(file), unfinished.open("xb") as raw:
            with store.read_transaction() as epoch, zipfile.ZipFile(raw, "w") as archive:
                tables = {name: _put(archive, store, name, progress) for name in (*NODES, *EDGES)}
                manifest = {"format": FORMAT, "schema": SCHEMA_VERSION, "epoch": epoch, "made": _now()}
                archive.writestr(_MANIFEST, json.dumps({**manifest, "tables": tables}, indent=1))
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
    """Fills an empty store, or resumes a killed restore of the same archive. `folder` is the state folder.

    If the file is incomplete or damaged, raises BadArchive before anything is written. If the store holds data, raises
    GraphError.
    """
    with _opened(file) as archive:
        manifest = _manifest(file, archive)
        for table in manifest.tables:
            progress(f"checking {table}", sum(rows.num_rows for rows in _checked(file, archive, manifest, table)))
        mark, archive_and_store = folder / UNFINISHED, f"{manifest.digest} {store.identity}"
        if store.epoch() and not (mark.is_file() and mark.read_text() == archive_and_store):
            raise GraphError(f"{store.address} already holds data: restore into an empty store")
        mark.write_text(archive_and_store)
        # Each batch is one epoch and every run makes the same batches. So the epoch is the number of batches written.
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
        raise BadArchive(file, "whole file", f"not a ZIP archive, or truncated ({wrong})") from wrong


def _manifest(file: Path, archive: zipfile.ZipFile) -> Archive:
    """Reads the manifest. Raises BadArchive if it is invalid or too new, or does not match the archive."""
    try:
        if archive.getinfo(_MANIFEST).file_size > _LARGEST_MANIFEST:
            raise ValueError("it is too large")
        raw = archive.read(_MANIFEST)
        content = json.loads(raw)
        made = Archive(int(content["epoch"]), int(content["schema"]), dict(content["tables"]), sha256(raw).hexdigest())
        form, names = int(content["format"]), {f"{name}.arrow" for name in made.tables}
        rows = [(int(one["rows"]), str(one["sha256"])) for one in made.tables.values()]
    except (*_BROKEN, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise BadArchive(file, _MANIFEST, f"it cannot be read ({wrong})") from wrong
    if form > FORMAT or made.version > SCHEMA_VERSION:
        raise BadArchive(file, _MANIFEST, "written by a later version of Tricuspid: install that version")
    unknown = set(made.tables) - {*NODES, *EDGES}
    if any(member.compress_type != zipfile.ZIP_STORED for member in archive.infolist()):
        raise BadArchive(file, "whole file", "its members are compressed; `tricuspid backup` does not compress them")
    if unknown or len(rows) != len(names) or sorted(archive.namelist()) != sorted({*names, _MANIFEST}):
        raise BadArchive(file, _MANIFEST, "it lists other tables than the archive holds")
    return made


_BROKEN = (zipfile.BadZipFile, pa.ArrowException, OSError, ValueError, EOFError, NotImplementedError, RuntimeError)


def _checked(file: Path, archive: zipfile.ZipFile, manifest: Archive, table: str) -> Iterator[pa.Table]:
    """Yields the rows of a table.

    If the rows do not match the manifest, raises BadArchive, possibly only after the last row.
    """
    listed, rows = manifest.tables[table], 0
    try:
        with archive.open(f"{table}.arrow") as member:
            source = _Digest(member)
            with pa.ipc.open_stream(pa.PythonFile(source, "r")) as stream:
                for batch in stream:
                    batch.validate(full=True)
                    if batch.num_rows > _ROWS or batch.nbytes > _LARGEST_BATCH:
                        raise ValueError("a record batch is too large")
                    rows += batch.num_rows
                    yield _as_now(pa.table(batch), _schema(table))
            while source.read(1 << 20):
                pass
    except _BROKEN as wrong:
        raise BadArchive(file, table, f"it cannot be read ({str(wrong).partition(chr(10))[0][:200]})") from wrong
    if rows != listed["rows"] or source.hash.hexdigest() != listed["sha256"]:
        raise BadArchive(file, table, "its rows do not match the checksum in the manifest")


def _as_now(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Returns the rows with the columns of the current schema.

    Columns that an earlier version did not have are null.
    """
    if unknown := set(rows.column_names) - set(schema.names):
        raise ValueError(f"unknown columns: {', '.join(sorted(unknown))}")
    there = set(rows.column_names)
    columns = [rows[f.name] if f.name in there else pa.nulls(rows.num_rows, f.type) for f in schema]
    return pa.table(columns, names=schema.names).cast(schema)


def _batches(file: Path, archive: zipfile.ZipFile, manifest: Archive) -> Iterator[tuple[str, Batch, int]]:
    """Yields (table, batch, number of the table's rows up to this batch). All nodes come before the first edge."""
    for table in (*NODES, *EDGES):
        done = 0
        for rows in _checked(file, archive, manifest, table) if table in manifest.tables else ():
            if rows.num_rows:
                done += rows.num_rows
                given = {table: rows}
                yield table, Batch(edges=given, fresh=True) if table in EDGES else Batch(nodes=given), done

"""ingest: opens an export in the OMOP Common Data Model: the files of one folder, a zip, or a DuckDB file.

The tables are CSV (any delimiter and compression) or Parquet. They are recognised by their names, in upper or lower
case. The files are read through links with names that Tricuspid chooses, so no name in an export is part of a path or a
query.
"""

from __future__ import annotations

import csv
import errno
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO

from ingest.omop.database import Database, absent
from ingest.omop.files import PARQUET, ZIP, beside, is_duckdb, table_of
from ingest.omop.parts import CARE, Part
from ontologies.errors import UnreadableFile
from ontologies.files import MAX_RATIO, head, open_binary

_UNSUSPECTED = 64 << 20
_PIECE = 1 << 20
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError, OSError, ValueError)
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5": "zstd"}
"""For each compression, the first bytes of a file and the name that DuckDB uses."""


@contextmanager
def opened(path: Path, folder: Path, part: Part = CARE) -> Iterator[Database]:
    """Returns a part of the export as a database, which stores its own files in `folder`. Raises UnreadableFile."""
    with closing(Database(path, folder, part)) as database:
        start = head(path, 12)
        if is_duckdb(start):
            (folder / "attached.duckdb").symlink_to(_plain(path, folder / "unpacked").resolve())
            database.attach(folder / "attached.duckdb")
            database.only()
        elif start.startswith(ZIP):
            _add(database, _unzipped(database))
        else:
            _add(database, _files(database))
        yield database


def _files(database: Database) -> dict[str, Path]:
    """The file of each table in the folder of the first table."""
    path, first = database.path, database.part.first
    if any(table_of(one.name) == first and one != path for one in path.parent.iterdir()):
        raise UnreadableFile(path, "", f"its folder has another file of the table {first}: keep one")
    for table in filter(None, (table_of(one.name) for one in path.parent.iterdir() if one.is_file())):
        database.sees(table)
    database.sees(first)
    return _by_table(
        path, {path.name: path} | {one.name: one for one in beside(path, database.part)}, {path.name: first}
    )


def _by_table(path: Path, files: dict[str, Path], known: dict[str, str]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for name, file in sorted(files.items()):
        table = known.get(name) or table_of(name) or ""
        if found.setdefault(table, file) != file:
            raise UnreadableFile(path, "", f"it has several files of the table {table}: keep one")
    return found


def _add(database: Database, files: dict[str, Path]) -> None:
    """Adds the tables that are read or counted."""
    wanted = {table: file for table, file in files.items() if table in database.part.opened}
    database.only(*{file.resolve().parent for file in wanted.values()})
    for table, file in sorted(wanted.items()):
        _add_file(database, table, file)


def _add_file(database: Database, table: str, file: Path) -> None:
    with file.open("rb") as opened:
        magic = opened.read(4)
    start = head(file)
    if database.part.plain and start[:4] != PARQUET:
        database.plain[table] = file
        return
    packed = _PACKED.get(magic[:2], "none")
    if (magic != start[:4] and packed == "none") or (packed != "none" and start[:4] == PARQUET):
        file, packed = _plain(file, database.folder / f"{table}.plain"), "none"
    link = database.folder / f"{table}.{'parquet' if start[:4] == PARQUET else 'csv'}"
    link.symlink_to(file.resolve())
    if start[:4] == PARQUET:
        database.add_parquet(table, link)
    else:
        names, delimiter, quote = _header(database, table, start)
        database.add_csv(table, link, names, delimiter, quote, packed)


def _header(database: Database, table: str, start: bytes) -> tuple[list[str], str, str]:
    """The column names in lower case, the delimiter and the quote of a CSV file.

    In a file with tabs, a quote is an ordinary character unless the names are quoted.
    """
    path, read = database.path, database.part.columns
    line = start.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0].decode("utf-8", "replace").rstrip("\r")
    delimiter = next((one for one in "\t,;|" if one in line), ",")
    quote = "" if delimiter == "\t" and '"' not in line else '"'
    try:
        names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter), [])]
    except csv.Error as wrong:
        raise UnreadableFile(path, table, "its first line is not a header: correct it") from wrong
    if len(set(names)) != len(names) or not all(names):
        raise UnreadableFile(path, table, "its header has an empty name or the same name twice: correct the header")
    if table in read and not read[table].intersection(names):
        raise UnreadableFile(path, table, "its first line has no column of this table: add the header")
    return names, delimiter, quote


def _plain(file: Path, target: Path) -> Path:
    """Returns `file`, or, if it is compressed, `target`, to which a decompressed copy is written."""
    with file.open("rb") as opened:
        if opened.read(12) == head(file, 12):
            return file
    with open_binary(file) as source:
        _copy(source, target, file.stat().st_size, file)
    return target


def _copy(source: IO[bytes] | BufferedReader, target: Path, packed: int, path: Path, before: int = 0) -> int:
    """Copies `source`, which unpacks a file of `packed` bytes, to `target`.

    `before` is the number of bytes that were already copied from the same file. Returns this number with the new bytes
    added. Raises UnreadableFile if it becomes larger than MAX_RATIO times `packed`.
    """
    with target.open("wb") as written:
        while piece := source.read(_PIECE):
            before += len(piece)
            if before > max(MAX_RATIO * packed, _UNSUSPECTED):
                remedy = f"it is compressed more than {MAX_RATIO} times; check its content, and unpack it first"
                raise UnreadableFile(path, "", remedy)
            written.write(piece)
    return before


def _unzipped(database: Database) -> dict[str, Path]:
    """Copies the tables in a zip to files with names that Tricuspid chooses."""
    path, folder = database.path, database.folder
    plain, found, size = _plain(path, folder / "unpacked"), {}, 0
    try:
        with zipfile.ZipFile(plain) as archive:
            for table, member in _members(database, archive).items():
                with archive.open(member) as source:
                    size = _copy(source, folder / f"{table}.member", path.stat().st_size, path, size)
                found[table] = folder / f"{table}.member"
    except _BAD_ZIP as wrong:
        if getattr(wrong, "errno", None) == errno.ENOSPC:
            raise
        why = "it is encrypted" if "encrypted" in str(wrong) else f"it is damaged ({type(wrong).__name__})"
        raise UnreadableFile(path, "", f"{why}: give a zip without a password, or its unpacked folder") from wrong
    return found


def _members(database: Database, archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The members of the zip that are tables of the part."""
    path, part = database.path, database.part
    found: dict[str, zipfile.ZipInfo] = {}
    for member in archive.infolist():
        table = table_of(member.filename)
        if table is None or "__MACOSX/" in member.filename:
            continue
        if not database.sees(table) and table in part.opened:
            raise UnreadableFile(path, "", f"it has several files of the table {table}: keep one")
        if table in part.opened:
            found[table] = member
    if part.first not in found:
        raise UnreadableFile(path, "", absent(part, database.seen))
    return found

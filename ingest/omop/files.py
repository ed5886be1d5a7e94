"""ingest: recognises the files of an export in the OMOP Common Data Model by their first bytes and names."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.omop.parts import CARE, Part
from ingest.omop.tables import NAMES
from ontologies.files import head

ZIP, PARQUET, DUCKDB = b"PK\x03\x04", b"PAR1", b"DUCK"
_FILE = re.compile(r"(?i)(?:.*/)?([a-z_]+?)(?:_seed)?\.(?:csv|tsv|txt|parquet)(?:\.(?:gz|bz2|xz|zst))?")
# A local header and an entry of the central directory, with the length of the name that follows:
# https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
_ENTRY = re.compile(rb"(?s)PK(?:\x03\x04.{22}(..)..|\x01\x02.{24}(..).{16})")


def table_of(name: str) -> str | None:
    """Returns the OMOP table that a file with the name `name` contains, in lower case; None if it is not a table."""
    match = _FILE.fullmatch(name)
    return match[1].lower() if match and match[1].lower() in NAMES else None


def is_duckdb(start: bytes) -> bool:
    """True if the first bytes are those of a DuckDB file (https://duckdb.org/docs/stable/internals/storage)."""
    return start[8:12] == DUCKDB


def zipped_tables(start: bytes) -> frozenset[str]:
    """The tables whose names are in these bytes of a zip."""
    found = set()
    for entry in _ENTRY.finditer(start):
        size = int.from_bytes(entry[1] or entry[2], "little")
        found.add(table_of(start[entry.end() : entry.end() + size].decode("utf-8", "replace")))
    return frozenset(name for name in found if name)


def export_of(path: Path) -> Path:
    """The path of the whole export: a zip or a DuckDB file itself, otherwise the folder of the table."""
    start = head(path, 12)
    return path if start.startswith(ZIP) or is_duckdb(start) else path.parent


def beside(path: Path, part: Part = CARE) -> frozenset[Path]:
    """Returns the files of the other tables beside a table, or the write-ahead log of a DuckDB file."""
    start = head(path, 12)
    if start.startswith(ZIP):
        return frozenset()
    if is_duckdb(start):
        log = path.with_name(path.name + ".wal")
        return frozenset([log] if log.is_file() else [])
    some = (other for other in path.parent.iterdir() if other.is_file() and other != path)
    return frozenset(other for other in some if table_of(other.name) in part.claimed)

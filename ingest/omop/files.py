"""ingest: recognises the files of an export in the OMOP Common Data Model by their first bytes and names."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.omop.tables import NAMES
from ontologies.files import head

ZIP, PARQUET, DUCKDB = b"PK\x03\x04", b"PAR1", b"DUCK"
_FILE = re.compile(r"(?i)(?:.*/)?([a-z_]+)\.(?:csv|tsv|txt|parquet)(?:\.(?:gz|bz2|xz|zst))?")


def table_of(name: str) -> str | None:
    """Returns the OMOP table that a file with the name `name` contains, in lower case; None if it is not a table."""
    match = _FILE.fullmatch(name)
    return match[1].lower() if match and match[1].lower() in NAMES else None


def is_duckdb(start: bytes) -> bool:
    """True if the first bytes are those of a DuckDB file (https://duckdb.org/docs/stable/internals/storage)."""
    return start[8:12] == DUCKDB


def beside(path: Path) -> frozenset[Path]:
    """Returns the other files of an OMOP export: for the file of PERSON, the files of the other tables in its folder;
    for a DuckDB file, its write-ahead log. A ZIP file has no other files.
    """
    start = head(path, 12)
    if start.startswith(ZIP):
        return frozenset()
    if is_duckdb(start):
        log = path.with_name(path.name + ".wal")
        return frozenset([log] if log.is_file() else [])
    some = (other for other in path.parent.iterdir() if other.is_file() and other != path)
    return frozenset(other for other in some if table_of(other.name) not in (None, "person"))

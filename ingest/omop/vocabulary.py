"""ingest: reads the vocabulary tables of an export, in any form, as the rows that `ontologies.formats.omop` takes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from ingest.omop.database import Database
from ingest.omop.parts import CARE
from ingest.omop.select import is_text, whole
from ontologies.errors import UnreadableFile
from ontologies.formats.omop import Table, read_tables
from ontologies.model import Item, Remark
from ontologies.tables import NUL, Broken, Row, rows

ROWS = 50_000
"""The number of rows that are read at a time."""


def read(database: Database) -> Iterator[Item]:
    """The items of the vocabulary tables. If other tables are left, also a remark that lists what was read."""
    tables = {name: Table(name, partial(_lines, database.path, name, file)) for name, file in database.plain.items()}
    tables |= {name: Table(name, partial(_rows, database, name), "row") for name in database.columns}
    yield from read_tables(tables)
    if left := sorted(database.seen - tables.keys()):
        records = CARE.first in left
        text = f"vocabulary tables read: {', '.join(sorted(tables))}; not read: {', '.join(left)}"
        yield Remark(f"{text}; to read the records" if records else text, "tricuspid ingest" if records else "")


def _lines(
    path: Path, name: str, file: Path, required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[Row | Broken]:
    """The rows of a CSV file. Errors name the table."""
    try:
        yield from rows(file, required, optional)
    except UnreadableFile as wrong:
        raise UnreadableFile(path, f"{name} {wrong.place}".strip(), wrong.remedy) from wrong


def _rows(
    database: Database, name: str, required: tuple[str, ...], optional: tuple[str, ...]
) -> Iterator[Row | Broken]:
    """The rows of a table in a database or Parquet file, in their own order. The first row has number 1."""
    columns = database.columns[name]
    if missing := [column for column in required if column not in columns]:
        raise UnreadableFile(database.path, name, f"the column {missing[0]} is missing; add it")
    wanted = ", ".join(_cell(column, columns) for column in (*required, *optional))
    number = 0
    for piece in database.pieces(f"SELECT {wanted} FROM {name}", ROWS):
        for cells in zip(*(column.to_pylist() for column in piece.columns), strict=True):
            number += 1
            if any("\0" in cell for cell in cells):
                yield Broken(number, NUL)
            elif any(cells):
                yield Row(number, list(cells))


def _cell(column: str, columns: dict[str, str]) -> str:
    """SQL for a value as the text that a CSV file would have: 6 for the double 6.0, and an empty text for null."""
    if column not in columns:
        return f"'' AS {column}"
    number = "" if is_text(columns[column]) else f"CAST({whole(column, columns)} AS VARCHAR), "
    return f"coalesce({number}CAST({column} AS VARCHAR), '') AS {column}"

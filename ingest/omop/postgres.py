"""ingest: copies an OMOP database from PostgreSQL to DuckDB, in columns, in one read-only transaction.

This is the only module that uses the driver (https://arrow.apache.org/adbc/current/driver/postgresql.html). Only the
tables and columns that are read are copied. The address of a database may contain a password, so a message of the
driver is shown only if the server wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa

from ingest.omop.database import Database, identifier, quoted, schema_of
from ingest.omop.parts import CARE, Part
from ontologies.errors import UnreadableFile

_TABLES = """
    SELECT table_schema, table_name FROM information_schema.tables
    WHERE table_schema NOT IN ('pg_catalog', 'information_schema')
"""
_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_schema = {} AND table_name = {}"
_ON_PATH = "SELECT n.n FROM unnest(current_schemas(false)) WITH ORDINALITY AS n(n, place) ORDER BY n.place"
# The part of a message that the server wrote. This part never contains a password.
_BY_SERVER = re.compile(r"(?:FATAL|ERROR):\s*(.{1,200})")
_REMEDY = (
    "check the address, the user and the password (PGPASSWORD and ~/.pgpass are used), and check that the user can "
    "read the database"
)


@contextmanager
def opened(address: str, path: Path, folder: Path, part: Part = CARE) -> Iterator[Database]:
    """A part of the database as a copy in DuckDB. Raises UnreadableFile."""
    with closing(Database(path, folder, part)) as database:
        try:
            with driver.connect(address) as connection, connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
                _copy(cursor, database)
        except driver.Error as wrong:
            said = _BY_SERVER.search(str(wrong))
            raise UnreadableFile(path, "", f"{said[1] if said else 'the server does not answer'}: {_REMEDY}") from None
        database.only()
        yield database


def _copy(cursor: driver.Cursor, database: Database) -> None:
    tables = [(str(row["table_schema"]), str(row["table_name"])) for row in _rows(cursor, _TABLES)]
    part = database.part
    on_path = next((row["n"] for row in _rows(cursor, _ON_PATH) if (row["n"], part.first) in tables), None)
    schema = on_path or schema_of(database.path, tables, part)
    for name in sorted(name for one, name in tables if one == schema):
        if not database.sees(table := name.lower()):
            database.others += 1
        elif table in part.opened:
            _copy_table(cursor, database, table, schema, name)


def _copy_table(cursor: driver.Cursor, database: Database, table: str, schema: str, name: str) -> None:
    """Copies those columns of a table that are read. If none is read, only the number of its rows is copied."""
    columns = [row["column_name"] for row in _rows(cursor, _COLUMNS.format(quoted(schema), quoted(name)))]
    kept = [column for column in columns if column.lower() in database.part.columns.get(table, ())]
    selected = ", ".join(map(identifier, kept)) if kept else "count(*) AS n"
    cursor.execute(f"SELECT {selected} FROM {identifier(schema)}.{identifier(name)}")
    rows = cursor.fetch_record_batch()
    plain = pa.schema([pa.field(field.name.lower(), _plain(field.type)) for field in rows.schema])
    batches = (
        pa.RecordBatch.from_arrays([_stored(column) for column in batch.columns], schema=plain) for batch in rows
    )
    database.keep(table, pa.RecordBatchReader.from_batches(plain, batches))
    database.describe(table, [column for column in columns if column not in kept])


def _plain(kind: pa.DataType) -> pa.DataType:
    """Returns the Arrow type in which values of `kind` are stored.

    The driver returns `numeric` columns with an extension type that is stored as text.
    """
    return kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind


def _stored(column: pa.Array) -> pa.Array:
    return column.storage if isinstance(column, pa.ExtensionArray) else column


def _rows(cursor: driver.Cursor, query: str) -> list[dict[str, str]]:
    cursor.execute(query)
    rows: list[dict[str, str]] = cursor.fetch_arrow_table().to_pylist()
    return rows

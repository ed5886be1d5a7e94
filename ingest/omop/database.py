"""ingest: a DuckDB database with the tables of an OMOP export. It can read the files of the export and nothing else.

This is the only module that uses DuckDB (https://duckdb.org/docs/stable/). The database and large intermediate results
are stored in the given folder. SQL contains only names that `ingest.omop.tables` declares and paths that this program
makes, never a name or value of an export.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from ingest.omop.parts import CARE, TERMS, Part
from ingest.omop.tables import NAMES
from ontologies.errors import UnreadableFile

MEMORY = "2GB"
"""The memory that DuckDB may use. Larger intermediate results are written to disk."""
MOST_BROKEN = 100_000
"""The maximum number of missing and surplus cells in a file. A file with more such cells is not a table."""
_SETTINGS: dict[str, Any] = {
    "memory_limit": MEMORY,
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}


class Database:
    """A DuckDB database with the tables of an OMOP export, under their names in lower case.

    `path` is the export, for error messages. `seen` has all its tables of the Common Data Model, also those of another
    part. `others` counts its other tables. `plain` has the CSV files that are not read by DuckDB, by table.
    """

    def __init__(self, path: Path, folder: Path, part: Part = CARE) -> None:
        self.path, self.folder, self.part = path, folder, part
        self.columns: dict[str, dict[str, str]] = {}
        self.unread: dict[str, list[str]] = {}
        self.broken: list[tuple[str, int]] = []
        self.seen: set[str] = set()
        self.plain: dict[str, Path] = {}
        self.others = 0
        self._connection = duckdb.connect(
            folder / "copy.duckdb", config=_SETTINGS | {"temp_directory": str(folder / "spilled")}
        )
        self._connection.execute("SET TimeZone = 'UTC'")
        # Events are sorted, but vocabulary tables are read in their own order, so that the number of a row is right.
        self._connection.execute(f"SET preserve_insertion_order = {str(part.plain).lower()}")

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def reading(self, place: str) -> Iterator[None]:
        """Turns errors of DuckDB into UnreadableFile without their messages, because messages can contain values."""
        try:
            yield
        except duckdb.OutOfMemoryException as wrong:
            remedy = f"sorting it needs more memory or disk space than {self.folder.parent} has: set TMPDIR"
            raise UnreadableFile(self.path, place, remedy) from wrong
        except duckdb.Error as wrong:
            remedy = f"it is damaged or not in its format ({type(wrong).__name__}): export it again"
            raise UnreadableFile(self.path, place, remedy) from wrong

    def only(self, *folders: Path) -> None:
        """After this call, no files outside these folders can be read. The restriction cannot be lifted."""
        allowed = ", ".join(quoted(str(folder)) for folder in (self.folder, *folders))
        self._connection.execute(f"SET allowed_directories = [{allowed}]")
        self._connection.execute("SET enable_external_access = false")
        self._connection.execute("SET lock_configuration = true")

    def run(self, query: str) -> None:
        with self.reading(""):
            self._connection.execute(query)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.reading(""):
            return self._connection.execute(query).fetchall()

    def table(self, query: str) -> pa.Table:
        with self.reading(""):
            return self._connection.cursor().sql(query).to_arrow_table()

    def pieces(self, query: str, size: int) -> Iterator[pa.Table]:
        """Yields the result of a query in pieces of `size` rows. Other queries can run between two pieces.

        DuckDB's own pieces are not used, because their sizes depend on its threads. A resumed job needs the same pieces
        again.
        """
        waiting: list[pa.RecordBatch] = []
        with self.reading(""):
            for batch in self._connection.cursor().sql(query).to_arrow_reader(size):
                waiting.append(batch)
                while sum(one.num_rows for one in waiting) >= size:
                    rows = pa.Table.from_batches(waiting)
                    yield rows.slice(0, size)
                    waiting = rows.slice(size).to_batches()
        if waiting:
            yield pa.Table.from_batches(waiting)

    def keep(self, name: str, rows: pa.Table | pa.RecordBatchReader) -> None:
        """Makes the table `name` from Arrow rows."""
        with self.reading(name):
            self._connection.register("given", rows)
            self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
            self._connection.unregister("given")

    def add_parquet(self, table: str, file: Path) -> None:
        with self.reading(table):
            self._connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet({quoted(str(file))})")
            self.describe(table)

    def add_csv(self, table: str, file: Path, names: Sequence[str], delimiter: str, quote: str, packed: str) -> None:
        """Makes the table `table` from a CSV file, with only the columns that are read, all of them as text.

        `names` are the columns of the file. `packed` is the name that DuckDB uses for the compression of the file.
        """
        wanted = self.part.columns.get(table, frozenset())
        # A column that is not read is renamed, so that SQL contains no text of the file.
        given = {name if name in wanted else f"c{number}": name for number, name in enumerate(names)}
        kept = [name for name in given if name in wanted]
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in given)
        how = f"header = true, auto_detect = false, store_rejects = true, rejects_limit = {MOST_BROKEN}"
        how += f", rejects_table = '{table}_broken', rejects_scan = '{table}_scan'"
        how += f", delim = {quoted(delimiter)}, quote = {quoted(quote)}, escape = {quoted(quote)}"
        how += f", nullstr = ['', 'NA', 'NULL', '\\N'], compression = '{packed}', columns = {{{columns}}}"
        selected = ", ".join(kept) if kept else "count(*) AS n"
        with self.reading(table):
            self._connection.execute(
                f"CREATE TABLE {table} AS SELECT {selected} FROM read_csv({quoted(str(file))}, {how})"
            )
        self._note_broken(table)
        self.columns[table] = dict.fromkeys(kept, "VARCHAR")
        self.unread[table] = [name for name in names if name not in wanted]

    def _note_broken(self, table: str) -> None:
        lines = self.rows(f"SELECT DISTINCT line FROM {table}_broken ORDER BY line")
        if self.rows(f"SELECT count(*) FROM {table}_broken")[0][0] >= MOST_BROKEN:
            remedy = f"its lines do not have the columns of its header ({len(lines):,} lines so far): export it again"
            raise UnreadableFile(self.path, table, remedy)
        self.broken += [(table, line) for (line,) in lines]

    def attach(self, file: Path) -> None:
        """Adds the tables of a DuckDB file that are in the schema with the first table of the part."""
        with self.reading(""):
            self._connection.execute(f"ATTACH {quoted(str(file))} AS attached (READ_ONLY)")
        found = "SELECT schema_name, table_name FROM duckdb_{}() WHERE database_name = 'attached' AND NOT internal"
        views = found.format("views").replace("table_name", "view_name")
        tables = self.rows(f"{found.format('tables')} UNION ALL {views}")
        schema = schema_of(self.path, tables, self.part)
        for name in sorted(name for one, name in tables if one == schema):
            if not self.sees(table := name.lower()):
                self.others += 1
            elif table in self.part.opened:
                with self.reading(table):
                    self._connection.execute(
                        f"CREATE VIEW {table} AS SELECT * FROM attached.{identifier(schema)}.{identifier(name)}"
                    )
                    self.describe(table)

    def sees(self, table: str) -> bool:
        """Notes a table of the Common Data Model. False for another table, or for a second table of this name."""
        new = table in NAMES and table not in self.seen
        if new:
            self.seen.add(table)
        return new

    def describe(self, table: str, unread: Sequence[str] = ()) -> None:
        """Stores in `columns` and `unread` which columns of a table are read and which are not.

        The parameter `unread` has columns of the export that the table in DuckDB does not have.
        """
        rows = self._connection.execute(f"DESCRIBE {table}").fetchall()
        wanted = self.part.columns.get(table, frozenset())
        self.columns[table] = {row[0].lower(): row[1] for row in rows if row[0].lower() in wanted}
        self.unread[table] = [*unread, *(row[0].lower() for row in rows if row[0].lower() not in wanted)]

    def count(self, table: str) -> int:
        counted = "max(n)" if not self.columns[table] and "n" in self._names(table) else "count(*)"
        return int(self.rows(f"SELECT {counted} FROM {table}")[0][0] or 0)

    def _names(self, table: str) -> list[str]:
        return [row[0] for row in self.rows(f"DESCRIBE {table}")]


def schema_of(path: Path, tables: Sequence[tuple[str, str]], part: Part) -> str:
    """Returns the schema that has the first table of the part. Raises UnreadableFile unless there is exactly one."""
    schemas = sorted({schema for schema, name in tables if name.lower() == part.first})
    if not schemas:
        raise UnreadableFile(path, "", absent(part, {name.lower() for _, name in tables}))
    if len(schemas) > 1:
        raise UnreadableFile(path, "", f"{len(schemas)} of its schemas have a table {part.first.upper()}: keep one")
    return schemas[0]


def absent(part: Part, tables: Set[str]) -> str:
    """The remedy for an export with these tables, which lacks the first table of the part."""
    other, command = (TERMS, "load") if part.first == CARE.first else (CARE, "ingest")
    own = "records" if part.first == CARE.first else "vocabulary tables"
    more = f"; to read its {other.first.upper()} and related tables, use: tricuspid {command}"
    return f"it has no table {part.first.upper()}: give an export with {own}{more if other.first in tables else ''}"


def quoted(text: str) -> str:
    """Returns the text as a quoted SQL string."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Returns the name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'

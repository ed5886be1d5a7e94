"""ingest: reads data in the OMOP Common Data Model 5.3 or 5.4 from CSV, Parquet, DuckDB or PostgreSQL.

https://ohdsi.github.io/CommonDataModel/. The reader in `ingest.omop` is imported only when it is needed, because the
import of DuckDB and the PostgreSQL driver takes half a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.omop.files import PARQUET, ZIP, beside, is_duckdb, table_of, zipped_tables
from ingest.pseudonym import Pseudonym
from ingest.records import Item
from ingest.source import Source
from ontologies.tables import header

_PERSON = frozenset(("person_id", "gender_concept_id", "year_of_birth"))


def recognise(head: bytes, name: str) -> bool:
    """True for a PERSON table, a zip with a PERSON table, or a DuckDB file."""
    if head.startswith(ZIP):
        return "person" in zipped_tables(head)
    if head.startswith(PARQUET):
        return table_of(name) == "person"
    return is_duckdb(head) or header(head) >= _PERSON


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of the OMOP export `path`, with its patients in columns (Patients).

    Unpacked files are in a temporary folder until the reading ends.
    """
    from ingest.omop.opening import opened
    from ingest.omop.people import read as read_people

    with TemporaryDirectory(prefix="tricuspid-") as folder, opened(path, Path(folder)) as database:
        yield from read_people(database, pseudonym)


def connect(address: str, path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of an OMOP database in PostgreSQL. `path` stands for the address in messages."""
    from ingest.omop import postgres
    from ingest.omop.people import read as read_people

    with TemporaryDirectory(prefix="tricuspid-") as folder, postgres.opened(address, path, Path(folder)) as database:
        yield from read_people(database, pseudonym)


SOURCE = Source(
    "omop", "OMOP CDM", "https://ohdsi.github.io/CommonDataModel/", recognise, read, companions=beside, connect=connect
)

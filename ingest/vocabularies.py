"""ingest: recognises the formats of terminologies. OMOP vocabulary tables may also be Parquet, a zip or a database.

The reader in `ingest.omop` is imported only when it is needed, because the import of DuckDB and the PostgreSQL driver
takes half a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.archives import ends
from ingest.omop.files import PARQUET, ZIP, beside, is_duckdb, table_of, zipped_tables
from ingest.omop.parts import TERMS
from ontologies import formats
from ontologies.format import Format
from ontologies.formats import omop
from ontologies.model import Item


def recognise(path: Path) -> Format | None:
    """Returns the format that recognises the content of a file, or None."""
    start = ends(path)
    if start.startswith(ZIP):
        return FORMAT if TERMS.first in zipped_tables(start) else None
    if start.startswith(PARQUET):
        return FORMAT if table_of(path.name) == TERMS.first or _is_concept(path) else None
    if is_duckdb(start):
        return FORMAT
    found = formats.recognise(path)
    return FORMAT if found is omop.FORMAT else found


def _is_concept(path: Path) -> bool:
    """True for a Parquet file with the columns of CONCEPT, whatever its name."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        return False
    return omop.is_concept({name.lower() for name in names})


def _companions(path: Path) -> frozenset[Path]:
    return beside(path, TERMS)


def _read(path: Path) -> Iterator[Item]:
    """The vocabulary tables of an export. Unpacked files are in a temporary folder until the reading ends."""
    from ingest.omop import vocabulary
    from ingest.omop.opening import opened

    with TemporaryDirectory(prefix="tricuspid-") as folder, opened(path, Path(folder), TERMS) as database:
        yield from vocabulary.read(database)


def _connect(address: str, path: Path) -> Iterator[Item]:
    """The vocabulary tables of a PostgreSQL database. `path` stands for the address in messages."""
    from ingest.omop import postgres, vocabulary

    with TemporaryDirectory(prefix="tricuspid-") as own, postgres.opened(address, path, Path(own), TERMS) as database:
        yield from vocabulary.read(database)


FORMAT = omop.FORMAT._replace(read=_read, companions=_companions, connect=_connect)

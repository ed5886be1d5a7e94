"""One store and one snapshot of some persons of GiBleed, and the same rows as tables of DuckDB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Store, open_store
from ingest.jobs import Report
from tests.ingest.graphs import ingest_into

PERSONS = "person_id % 8 = 0 OR person_id IN (1, 3, 6, 181, 263, 273, 343, 986, 1504, 3609)"
"""The persons that are read: one in eight, and those whose events were read by eye."""


class Read(NamedTuple):
    """A store after the files were ingested. `sql` has a table for each file."""

    files: Path
    sql: duckdb.DuckDBPyConnection
    store: Store
    report: Report


@pytest.fixture(scope="session")
def read(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Read]:
    files = tmp_path_factory.mktemp("gibleed")
    with pytest.MonkeyPatch.context() as patch, duckdb.connect() as sql:
        patch.setenv("TRICUSPID_SECRET", "a secret for tests only")
        copy_persons(sql, shared / "care/omop-gibleed", files, PERSONS)
        with closing(open_store(str(tmp_path_factory.mktemp("store") / "store"))) as store:
            yield Read(files, sql, store, ingest_into(store, files))


@pytest.fixture(scope="session")
def snapshot(read: Read) -> Snapshot:
    return fresh_snapshot(read.store, read.store.address.state)


def copy_persons(sql: duckdb.DuckDBPyConnection, source: Path, target: Path, persons: str) -> None:
    """Copies the rows of these persons, and all rows of tables without persons, to files and to tables of `sql`."""
    target.mkdir(exist_ok=True)
    for file in sorted(source.glob("*.parquet")):
        columns = {name for name, *_ in sql.execute(f"DESCRIBE FROM '{file}'").fetchall()}
        where = persons if "person_id" in columns else "true"
        sql.execute(f"CREATE TABLE {file.stem} AS FROM '{file}' WHERE {where}")
        sql.execute(f"COPY {file.stem} TO '{target / file.name}'")

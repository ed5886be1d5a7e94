"""tests of OMOP CDM: exports made by hand, in every form, and the items that they give."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.records import Item, Patients, Refused, Unmapped
from ingest.sources import recognise
from tests.ingest.golden import PSEUDONYM
from tests.ingest.omop_rows import Export, Row

FORMS = ("csv", "tsv", "parquet", "zip", "zip of parquet", "duckdb")


def made(folder: Path, tables: Export, form: str = "csv", *, upper: bool = False, loose: bool = False) -> Path:
    """Writes an export and returns its path. `loose`: ids are doubles, and empty columns are booleans."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {name.upper() if upper else name: rows for name, rows in tables.items()}
    if upper:
        named = {
            name: [{key.upper(): value for key, value in row.items()} for row in rows] for name, rows in named.items()
        }
    if form == "duckdb":
        return _duckdb(folder / "export.duckdb", named, loose)
    ending = form if form in ("csv", "tsv") else "csv" if form == "zip" else "parquet"
    files = [_file(folder / f"{name}.{ending}", rows, loose) for name, rows in named.items()]
    if not form.startswith("zip"):
        return folder
    with zipfile.ZipFile(folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, f"cdm/{file.name}")
            file.unlink()
    return folder / "export.zip"


def _file(path: Path, rows: Sequence[Row], loose: bool) -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    if path.suffix == ".parquet":
        pq.write_table(as_arrow(rows, names, loose), path)
        return path
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, names, delimiter="\t" if path.suffix == ".tsv" else ",", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def as_arrow(rows: Sequence[Row], names: Sequence[str], loose: bool) -> pa.Table:
    columns = {name: [row.get(name) for row in rows] for name in names}
    if not loose:
        return pa.table(columns)
    columns = {
        name: [float(one) if isinstance(one, int) else one for one in column] for name, column in columns.items()
    }
    return pa.table(columns | {"stop_reason": pa.array([None] * len(rows), pa.bool_())})


def _duckdb(path: Path, tables: Mapping[str, Sequence[Row]], loose: bool) -> Path:
    with closing(duckdb.connect(str(path))) as connection:
        connection.execute("CREATE SCHEMA cdm")
        for name, rows in tables.items():
            connection.register("rows", as_arrow(rows, list(dict.fromkeys(key for row in rows for key in row)), loose))
            connection.execute(f"CREATE TABLE cdm.{name} AS SELECT * FROM rows")
            connection.unregister("rows")
    return path


def items(path: Path) -> list[Item]:
    """What the source reads from an export, or from the folder of its tables."""
    if path.is_dir():
        path = next(file for file in path.iterdir() if file.name.lower().startswith("person."))
    source = recognise(path)
    assert source and source.name == "omop", path
    return list(source.read(path, PSEUDONYM))


def events(found: Sequence[Item]) -> dict[str, dict[str, Any]]:
    """The events by table and row, without the patient and record, and without columns that are null."""
    rows = [row for item in found if isinstance(item, Patients) for row in item.events.to_pylist()]
    return {
        row["row"]: {
            name: value for name, value in row.items() if value is not None and name not in ("source", "record", "row")
        }
        for row in rows
    }


def people(found: Sequence[Item]) -> list[dict[str, Any]]:
    return [row for item in found if isinstance(item, Patients) for row in item.patients.to_pylist()]


def reasons(found: list[Any]) -> dict[str, int]:
    """The reasons for values that are left out, but for columns that are not read."""
    lost: dict[str, int] = {}
    for item in found:
        if isinstance(item, Unmapped) and not item.reason.startswith("column is not read"):
            lost[item.reason] = lost.get(item.reason, 0) + item.number
    return lost


def refused(found: list[Any]) -> list[tuple[str, str]]:
    return [(item.position, item.reason) for item in found if isinstance(item, Refused)]

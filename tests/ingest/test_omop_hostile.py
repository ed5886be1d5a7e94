"""ingest: hostile and broken OMOP exports are refused with a reason, and no other file is read."""

from __future__ import annotations

import gzip
import io
import zipfile
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from ingest.omop import opening
from ingest.records import NotRead, Refused, Unmapped
from ingest.sources import omop as source
from ontologies.errors import UnreadableFile
from tests.ingest.golden import PSEUDONYM
from tests.ingest.omop import events, items, made, people
from tests.ingest.omop_rows import EXPECTED, condition, export, person

PERSON = "person_id,gender_concept_id,year_of_birth\n1,8507,1970\n"
CONDITION = "condition_occurrence_id,person_id,condition_concept_id,condition_start_date\n"


def zipped(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name.replace("__", "/").replace("_csv", ".csv"), text)
    return path


def read(path: Path) -> None:
    list(source.read(path, PSEUDONYM))


def test_a_zip_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_UNSUSPECTED", 1 << 20)
    bomb = zipped(tmp_path / "a.zip", person_csv=PERSON, measurement_csv="a,b\n" * (4 << 20))
    with pytest.raises(UnreadableFile, match="compressed more than 200 times"):
        read(bomb)


def test_a_zip_in_gzip_that_is_a_bomb_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "_UNSUSPECTED", 1 << 20)
    packed = tmp_path / "a.zip.gz"
    packed.write_bytes(gzip.compress(b"PK\x03\x04" + bytes(8 << 20)))
    with pytest.raises(UnreadableFile, match="compressed more than 200 times"):
        read(packed)


@pytest.mark.parametrize("folder", ["../../", "/tmp/tricuspid-evil/"])
def test_a_member_writes_no_file_outside_the_private_folder(folder: str, tmp_path: Path) -> None:
    path = tmp_path / "in" / "a.zip"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(f"{folder}person.csv"), PERSON)
        archive.writestr(zipfile.ZipInfo(f"{folder}evil.csv"), "x")
    before = set(tmp_path.rglob("*"))
    assert len(people(items(path))) == 1
    assert set(tmp_path.rglob("*")) == before
    assert not Path("/tmp/tricuspid-evil").exists()


def test_the_private_folder_is_deleted_after_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    items(made(tmp_path, export(), "zip"))
    with pytest.raises(UnreadableFile):
        read(zipped(tmp_path / "b.zip", measurement_csv="x\n"))
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "content", "match"),
    [
        ("a.zip", b"PK\x03\x04" + b"\0" * 100, "damaged"),
        ("a.duckdb", b"\0" * 8 + b"DUCK" + b"\1" * 9000, "damaged or not in its format"),
        ("person.parquet", b"PAR1" + b"\0" * 200 + b"PAR1", "damaged or not in its format"),
    ],
)
def test_a_damaged_file_is_refused(name: str, content: bytes, match: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFile, match=match):
        read(tmp_path / name)


def test_a_damaged_table_is_an_error_of_the_whole_export(tmp_path: Path) -> None:
    """Otherwise the next job would delete the events of this table."""
    folder = made(tmp_path, export(), "parquet")
    whole = (folder / "drug_exposure.parquet").read_bytes()
    (folder / "drug_exposure.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFile, match="drug_exposure"):
        items(folder)


def test_an_encrypted_zip_is_refused(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("person.csv", PERSON)
    # The first bit of the general purpose flags, in the local header and in the central directory.
    bytes_ = bytearray(data.getvalue())
    bytes_[6] |= 1
    bytes_[bytes_.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "a.zip").write_bytes(bytes_)
    with pytest.raises(UnreadableFile, match="it is encrypted"):
        read(tmp_path / "a.zip")


def test_two_files_of_one_table_are_refused(tmp_path: Path) -> None:
    made(tmp_path, {"person": [person(1)], "condition_occurrence": [condition(1)]})
    (tmp_path / "CONDITION_OCCURRENCE.tsv").write_text("x")
    with pytest.raises(UnreadableFile, match="several files of the table condition_occurrence: keep one"):
        items(tmp_path)
    with pytest.raises(UnreadableFile, match="several files of the table person"):
        read(zipped(tmp_path / "a.zip", person_csv=PERSON, other__person_csv=PERSON))


def test_a_folder_with_two_person_tables_is_refused(tmp_path: Path) -> None:
    made(tmp_path, {"person": [person(1)]})
    made(tmp_path, {"person": [person(2)]}, "parquet")
    with pytest.raises(UnreadableFile, match="another file of the table person: keep one"):
        read(tmp_path / "person.csv")


@pytest.mark.parametrize(
    "lines",
    ["1,2\n", "1,1,1,2020-01-01,5\n", '1,1,1,"2020\n', "1,1,1,\xff\n"],
    ids=["too few", "too many", "open quote", "not UTF-8"],
)
def test_only_the_line_with_wrong_columns_is_refused(lines: str, tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text(PERSON)
    table = CONDITION + "11,1,1,2020-01-01\n" + lines
    (tmp_path / "condition_occurrence.csv").write_bytes(table.encode("latin-1"))
    found = items(tmp_path)
    assert "condition_occurrence 11" in events(found)
    assert [item.position for item in found if isinstance(item, Refused)] == ["condition_occurrence line 3"]


def test_a_table_with_only_broken_lines_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text(PERSON)
    (tmp_path / "condition_occurrence.csv").write_text(CONDITION + "1\n" * 40_000)
    with pytest.raises(UnreadableFile, match="do not have the columns of its header"):
        items(tmp_path)


@pytest.mark.parametrize(
    ("head", "match"),
    [("a,b,c\n1,2,3\n", "no column of this table"), ("person_id,person_id\n", "same name twice"), ("", "no column")],
)
def test_a_table_with_a_wrong_header_is_refused(head: str, match: str, tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text(PERSON)
    (tmp_path / "condition_occurrence.csv").write_text(head)
    with pytest.raises(UnreadableFile, match=match):
        items(tmp_path)


EVIL = "x'); DROP TABLE person; --"


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_sql_in_names_of_columns_is_not_executed(form: str, tmp_path: Path) -> None:
    row = condition(1) | {EVIL: "1", 'a"b': "2", "c'd": "3"}
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [row]}, form))
    assert list(events(found)) == ["condition_occurrence 1"]
    unread = [item.reason for item in found if isinstance(item, Unmapped) and "not read" in item.reason]
    assert "column is not read: condition_occurrence.a column with another name" in unread
    assert not any(name in repr(found) for name in (EVIL, 'a"b', "c'd"))


def test_paths_can_contain_quotes_and_patterns(tmp_path: Path) -> None:
    folder = tmp_path / "it's [a-z]*{x}?"
    assert events(items(made(folder, export()))) == EXPECTED
    made(tmp_path, export(), "duckdb").rename(folder / "it's *.duckdb")
    assert events(items(folder / "it's *.duckdb")) == EXPECTED


def test_values_can_contain_quotes(tmp_path: Path) -> None:
    own = export()
    own["care_site"] = [own["care_site"][0] | {"care_site_name": "Ward \"1\"; DROP TABLE 'x', y"}]
    assert people(items(made(tmp_path, own)))[0]["care_site"] == "Ward \"1\"; DROP TABLE 'x', y"


def test_a_view_in_a_duckdb_file_reads_no_other_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(PERSON)
    with closing(duckdb.connect(str(tmp_path / "a.duckdb"))) as connection:
        connection.execute(f"CREATE VIEW person AS SELECT * FROM read_csv('{secret}')")
    with pytest.raises(UnreadableFile, match="PermissionException"):
        read(tmp_path / "a.duckdb")


def test_tables_of_a_duckdb_file_that_are_not_of_the_model_are_counted(tmp_path: Path) -> None:
    made(tmp_path, {"person": [person(1)], "my_table": [{"a": 1}]}, "duckdb")
    found = items(tmp_path / "export.duckdb")
    assert NotRead("a table that is not of the Common Data Model", "", 1) in found


@pytest.mark.parametrize("schemas", [(), ("one", "two")])
def test_a_duckdb_file_must_have_one_table_person(schemas: tuple[str, ...], tmp_path: Path) -> None:
    with closing(duckdb.connect(str(tmp_path / "a.duckdb"))) as connection:
        connection.execute("CREATE TABLE other(a INTEGER)")
        for schema in schemas:
            connection.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.person(person_id INTEGER)")
    with pytest.raises(UnreadableFile, match=r"no table PERSON|2 of its schemas"):
        read(tmp_path / "a.duckdb")


def test_columns_of_other_types_have_no_values(tmp_path: Path) -> None:
    with closing(duckdb.connect(str(tmp_path / "a.duckdb"))) as connection:
        connection.execute(
            "CREATE TABLE person AS SELECT 1 AS person_id, [1] AS gender_concept_id, true AS year_of_birth"
        )
        connection.execute(
            "CREATE TABLE condition_occurrence AS SELECT 1 AS person_id, {'a': 1} AS condition_concept_id, "
            "true AS condition_source_concept_id, DATE '2020-01-01' AS condition_start_date"
        )
    found = items(tmp_path / "a.duckdb")
    assert list(events(found).values()) == [{"target": "omop:0", "kind": "condition", "start": "2020-01-01"}]
    assert "condition_occurrence.condition_concept_id: not a number" in repr(found)


def test_the_message_of_an_error_has_no_value_of_the_export(tmp_path: Path) -> None:
    (tmp_path / "person.csv").write_text(PERSON)
    (tmp_path / "condition_occurrence.csv").write_text("Willemijn,Zonnebloem\n1,2\n")
    with pytest.raises(UnreadableFile) as wrong:
        items(tmp_path)
    assert "Zonnebloem" not in str(wrong.value)

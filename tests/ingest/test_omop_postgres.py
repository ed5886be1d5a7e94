"""ingest: an OMOP database of a real PostgreSQL server, and a password that is in no message, log or graph."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import adbc_driver_postgresql.dbapi as driver
import pyarrow as pa
import pytest

from cli.main import main
from graph.store import open_store
from ingest.inputs import Database, place
from ingest.pseudonym import Identity, Pseudonym
from ingest.records import Item, NotRead
from ingest.run import ingest, load
from ingest.sources import omop as source
from ontologies.errors import UnreadableFile
from tests.conftest import NO_POSTGRES
from tests.graph.rows import table
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import everything, load_into, quiet
from tests.ingest.omop import as_arrow, events, made, people
from tests.ingest.omop_rows import EXPECTED, condition, export, person
from tests.ingest.omop_terms import REFUSED, VOCABULARY, stored

PASSWORD = "s3cr3t/p@ss word"
PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


class Server:
    """A server in a folder, which listens on the loopback address only."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port, self._folder = port, folder
        self._own = pwd.getpwnam("postgres").pw_name if os.getuid() == 0 else None
        if self._own:
            shutil.chown(folder, self._own)
        (folder / "password").write_text(PASSWORD)
        self._run(
            "initdb",
            "-D",
            str(folder / "data"),
            "-U",
            "omop",
            "-A",
            "scram-sha-256",
            "--pwfile",
            str(folder / "password"),
        )
        listens = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
        self._run("pg_ctl", "-D", str(folder / "data"), "-o", listens, "-l", str(folder / "log"), "-w", "start")

    def _run(self, program: str, *arguments: str) -> None:
        assert PROGRAMS
        command = [str(PROGRAMS.with_name(program)), *arguments]
        subprocess.run(
            command, check=True, user=self._own, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/"
        )

    def address(self, user: str = "omop", password: str = PASSWORD, database: str = "postgres", more: str = "") -> str:
        return f"postgresql://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}{more}"

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "stop")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if PROGRAMS is None:
        pytest.skip(NO_POSTGRES)
    # The server runs as another user, who may not read the temporary folder of the tests.
    folder = Path("/tmp") / f"tricuspid-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    started = Server(folder, 20_000 + os.getpid() % 20_000)
    try:
        with driver.connect(started.address()) as connection, connection.cursor() as cursor:
            cursor.execute("CREATE SCHEMA cdm")
            for name, rows in (export() | {"my_table": [{"a": 1}]}).items():
                columns = as_arrow(rows, list(dict.fromkeys(key for row in rows for key in row)), loose=False)
                cursor.adbc_ingest(name, columns, mode="create", db_schema_name="cdm")
            cursor.execute("ALTER TABLE cdm.measurement ALTER value_as_number TYPE numeric")
            cursor.execute('ALTER TABLE cdm.condition_occurrence ADD "x\'); DROP TABLE cdm.person; --" text')
            cursor.execute("CREATE SCHEMA empty")
            connection.commit()
        yield started
    finally:
        started.stop()
        shutil.rmtree(folder)


def read(address: str) -> list[Item]:
    base = place(address)
    assert isinstance(base, Database)
    return list(source.connect(address, base.path, PSEUDONYM))


def test_a_database_gives_the_same_items_as_files(server: Server) -> None:
    found = read(server.address())
    assert events(found) == EXPECTED and len(people(found)) == 2
    assert NotRead("note", "note", 1) in found
    assert NotRead("a table that is not of the Common Data Model", "", 1) in found


def test_a_second_job_writes_only_changed_persons(server: Server, tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "store"))) as store:

        def run() -> tuple[int, int]:
            report, _ = ingest(store, store.address.state, [place(server.address())], quiet)
            return report.written, report.unchanged

        assert run() == (2, 0)
        before = everything(store)
        assert run() == (0, 2)
        assert everything(store)["EVENT"] == before["EVENT"]
        with driver.connect(server.address()) as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE cdm.drug_era SET drug_era_end_date = '2021-04-05'")
            connection.commit()
            assert run() == (1, 1)
            cursor.execute("UPDATE cdm.drug_era SET drug_era_end_date = '2021-04-04'")
            connection.commit()
        assert dict(table(store, "EVENT", "row", "end"))["drug_era 21"] == "2021-04-05"
        text = repr(everything(store))
        assert not any(secret in text for secret in ("s3cr3t", "127.0.0.1", "postgres"))


def test_the_source_can_be_named(server: Server) -> None:
    own = Pseudonym(b"a secret for tests only", Identity("hospital"))
    found = list(source.connect(server.address(), Path("x"), own))
    assert people(found)[0]["id"] == own.patient("Person/1", "hospital")


@pytest.mark.parametrize(
    ("how", "match"),
    [
        ({"password": "s3cr3t-wrong"}, "password authentication failed"),
        ({"password": "s3cr3t", "database": "absent"}, "password authentication failed"),
        ({"password": "s3cr3t", "more": "?x y=%zz"}, "the server does not answer"),
        ({"user": "s3cr3t-who", "password": "s3cr3t%zz%"}, "password authentication failed"),
        ({"database": "template1"}, "no table PERSON"),
        ({"more": "?options=-csearch_path%3Dempty"}, None),
    ],
)
def test_a_wrong_address_is_refused_without_the_password(
    how: dict[str, str], match: str | None, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if match is None:
        assert events(read(server.address(**how))) == EXPECTED
        return
    with pytest.raises(UnreadableFile, match=match) as wrong:
        read(server.address(**how))
    assert "s3cr3t" not in str(wrong.value).replace("s3cr3t-who", "")
    code = main(["ingest", "--store", str(tmp_path / "store"), server.address(**how)])
    said = capsys.readouterr()
    assert code == 3 and "1 refused" in said.out
    assert "s3cr3t" not in (said.out + said.err).replace("s3cr3t-who", "")


def test_two_schemas_with_persons_need_a_search_path(server: Server) -> None:
    with driver.connect(server.address()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA second")
        cursor.execute("CREATE TABLE second.person AS SELECT 5 AS person_id")
        connection.commit()
        try:
            with pytest.raises(UnreadableFile, match="2 of its schemas have a table PERSON"):
                read(server.address())
            assert len(people(read(server.address(more="?options=-csearch_path%3Dsecond")))) == 1
        finally:
            cursor.execute("DROP SCHEMA second CASCADE")
            connection.commit()


def test_a_job_reads_a_database_and_files(server: Server, tmp_path: Path) -> None:
    folder = made(tmp_path / "cdm", {"person": [person(9)], "condition_occurrence": [condition(1, 9)]})
    with closing(open_store(str(tmp_path / "store"))) as store:
        report, _ = ingest(store, store.address.state, [folder, place(server.address())], quiet)
        assert report.written == 3


@pytest.fixture
def vocabulary(server: Server) -> Iterator[str]:
    """The address of a database with a schema of vocabulary tables only, first in the search path."""
    with driver.connect(server.address()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA terms")
        for name, rows in VOCABULARY.items():
            columns = as_arrow(rows, list(rows[0]), loose=False)
            names = [field.name for field in columns.schema if not pa.types.is_null(field.type)]
            cursor.adbc_ingest(name, columns.select(names), mode="create", db_schema_name="terms")
        cursor.execute("ALTER TABLE terms.concept_synonym ALTER language_concept_id TYPE numeric")
        connection.commit()
        yield server.address(more="?options=-csearch_path%3Dterms")
        cursor.execute("DROP SCHEMA terms CASCADE")
        connection.commit()


def test_vocabulary_tables_of_a_database_give_the_same_store_as_files(vocabulary: str, tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "one"))) as one, closing(open_store(str(tmp_path / "two"))) as two:
        load_into(one, made(tmp_path / "cdm", VOCABULARY))
        report, _ = load(two, two.address.state, [place(vocabulary)], quiet)
        assert stored(two) == stored(one)
        assert sorted(table(two, "Refusal", "position", "reason")) == sorted(REFUSED)
        assert "s3cr3t" not in repr(report) + repr(everything(two))
        assert report.notes[0].endswith("concept_synonym, vocabulary; not read: concept_ancestor")


def test_a_database_that_lost_a_concept_replaces_the_earlier_release(vocabulary: str, tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "store"))) as store:
        load(store, store.address.state, [place(vocabulary)], quiet)
        with driver.connect(vocabulary) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM concept WHERE concept_id = 4")
            connection.commit()
        report, _ = load(store, store.address.state, [place(vocabulary)], quiet)
        assert report.counts.total("removed") == 1
        assert ("snomedct:1", "removed") in [
            (id, "removed" if job != report.id else "kept") for id, job in table(store, "Concept", "id", "job")
        ]


def test_an_ingest_states_how_to_load_the_vocabulary_without_the_password(server: Server, tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "store"))) as store:
        report, _ = ingest(store, store.address.state, [place(server.address())], quiet)
        said = f"can be loaded: tricuspid load postgresql://127.0.0.1:{server.port}/postgres"
        assert report.notes[0].endswith(said)


def test_the_command_load_reads_a_database(
    vocabulary: str, server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["load", "--store", str(tmp_path / "store"), vocabulary]) == 3
    said = capsys.readouterr()
    assert "3 refused" in said.out and "s3cr3t" not in said.out + said.err
    assert main(["load", "--store", str(tmp_path / "store"), server.address()]) == 3
    assert "2 of its schemas have a table CONCEPT" in capsys.readouterr().out
    assert repr(place(server.address())) == f"postgresql://127.0.0.1:{server.port}/postgres"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://u:p@host:5432/db?sslmode=require", "postgresql://host:5432/db"),
        ("postgresql://[::1]/db", "postgresql://[::1]/db"),
        ("postgresql://host/db?user=u&password=s3cr3t", "postgresql://host/db"),
        ("postgresql://u:s3/cr3t@host/db", "postgresql://..."),
        ("postgresql://u:s3@cr3t@host/db", "postgresql://..."),
        ("postgresql://u:s3?cr3t@host/db", "postgresql://..."),
        ("postgresql://u:s3#cr3t@host/db", "postgresql://..."),
        ("postgresql://u:[s3cr3t", "postgresql://..."),
        ("postgresql://host/db?password=s3@cr3t", "postgresql://..."),
        ("postgres:///db", "postgres:///db"),
    ],
)
def test_no_part_of_an_address_that_may_be_a_password_is_shown(address: str, shown: str) -> None:
    base = place(address)
    assert repr(base) == shown
    assert isinstance(base, Database) and str(base.path) == shown.replace("://", ":/").replace("//", "/")

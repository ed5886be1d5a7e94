"""bench: answers questions about cohorts with SQL in PostgreSQL, and with Cypher in Ladybug and Neo4j."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import adbc_driver_postgresql.dbapi as postgres
import ladybug
import neo4j
import pyarrow as pa
import pyarrow.parquet as pq

from bench.cohort_peers import FACTOR, MODULUS, Digest, Peer, events, persons, sql
from bench.cohort_questions import Boolean, Chosen, Question, Then
from graph.events import KINDS
from graph.snapshot import Snapshot

_PROGRAMS = Path("/usr/lib/postgresql/15/bin")
_PORT = 54_329
_OPTIONS = (
    "shared_buffers=3GB work_mem=512MB maintenance_work_mem=1GB max_wal_size=8GB jit=off fsync=off "
    "random_page_cost=1.1 effective_cache_size=8GB max_parallel_workers_per_gather=2 wal_level=minimal "
    "max_wal_senders=0"
)


class Postgres(Peer):
    """Runs a separate PostgreSQL cluster in a temporary folder.

    Every query reads only the index (concept, patient, day, kind).
    """

    name = "PostgreSQL 15"

    def load(self, snapshot: Snapshot) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="cohorts-"))
        self._user = {"user": "postgres"} if os.getuid() == 0 else {}
        if self._user:
            shutil.chown(self._place, "postgres")
        data = str(self._place / "data")
        self._run("initdb", "-D", data, "-U", "bench", "--auth=trust", "--no-sync")
        options = " ".join(f"-c {one}" for one in _OPTIONS.split())
        settings = f"-p {_PORT} -k {self._place} -c listen_addresses='' {options}"
        self._run("pg_ctl", "-D", data, "-w", "-l", str(self._place / "log"), "-o", settings, "start")
        address = f"postgresql:///postgres?host={self._place}&port={_PORT}&user=bench"
        self._connection = postgres.connect(address, autocommit=True)
        self._cursor = self._connection.cursor()
        for name, table in (("event", events(snapshot)), ("person", persons(snapshot))):
            self._cursor.adbc_ingest(name, table, mode="create")
        self._cursor.execute("CREATE INDEX ON event (concept, patient, day) INCLUDE (kind)")
        self._cursor.execute("CREATE INDEX ON event (patient, concept, day) INCLUDE (kind)")
        self._cursor.execute("CREATE INDEX ON person (patient) INCLUDE (sex, born)")
        for name in ("event", "person"):
            self._cursor.execute(f"VACUUM (ANALYZE, FREEZE) {name}")

    def _run(self, program: str, *arguments: str) -> None:
        command: list[str] = [str(_PROGRAMS / program), *arguments]
        home = pwd.getpwnam("postgres").pw_dir if self._user else None
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=home or "/", **self._user)  # type: ignore[call-overload]

    def ask(self, question: Question) -> Digest:
        self._cursor.execute(sql(question, "({})"))
        row = self._cursor.fetchone()
        assert row is not None
        return int(row[0]), int(row[1]), int(row[2])

    def close(self) -> None:
        self._connection.close()
        self._run("pg_ctl", "-D", str(self._place / "data"), "-m", "immediate", "stop")
        shutil.rmtree(self._place, ignore_errors=True)


_RESULT = f"RETURN count(n), coalesce(sum(n), 0), coalesce(sum(n * {FACTOR} % {MODULUS}), 0)"


def cypher(question: Question) -> tuple[str, dict[str, Any]]:
    """The question in Cypher, with its parameters. The query starts from the concepts of the first set."""
    given = {f"s{number}": one.numbers for number, one in enumerate(question.sets)}
    sets = [(f"s{number}", one) for number, one in enumerate(question.sets)]
    if isinstance(question, Boolean):
        return _boolean(question, sets), given
    first, later, *others = sets
    start = f"MATCH (a:Concept)<-[x:HAS]-(p:Patient) WHERE {_of('a', 'x', *first)}"
    days = f"y.day >= day AND y.day <= day + {question.days}"
    if isinstance(question, Then):
        # Ladybug 0.22 loses patients if `x.day` and `y.day` are compared without the WITH.
        return f"{start} WITH p, x.day AS day {_later(later, days)} WITH DISTINCT p.number AS n {_RESULT}", given
    before = f"z.day >= day - {question.before} AND z.day <= day - 1"
    no = f"NOT EXISTS {{ MATCH (p)-[z:HAS]->(c:Concept) WHERE {_of('c', 'z', *others[0])} AND {before} }}"
    found = f"{start} WITH p, min(x.day) AS day {_later(later, days)} WITH DISTINCT p, day WHERE {no}"
    return f"{found} WITH p.number AS n {_RESULT}", given


def _later(later: tuple[str, Chosen], days: str) -> str:
    return f"MATCH (p)-[y:HAS]->(b:Concept) WHERE {_of('b', 'y', *later)} AND {days}"


def _of(concept: str, event: str, name: str, one: Chosen) -> str:
    kind = f" AND {event}.kind = {KINDS.index(one.kind)}" if one.kind else ""
    return f"{concept}.number IN ${name}{kind}"


def _boolean(question: Boolean, sets: list[tuple[str, Chosen]]) -> str:
    every, rest = sets[: len(question.every)], sets[len(question.every) :]
    some, no = rest[: len(question.some)], rest[len(question.some) :]
    person = [f"p.sex = '{question.sex}'"] if question.sex else []
    person += [f"p.born >= {question.born[0]} AND p.born <= {question.born[1]}"] if question.born else []
    start = " AND ".join([_of("a", "x", *every[0]), *person])
    others = [_has(one) for one in every[1:]]
    others += ["(" + " OR ".join(_has(one) for one in some) + ")"] if some else []
    others += ["NOT " + _has(one) for one in no]
    condition = "WHERE " + " AND ".join(others) if others else ""
    return (
        f"MATCH (a:Concept)<-[x:HAS]-(p:Patient) WHERE {start} WITH DISTINCT p {condition} WITH p.number AS n {_RESULT}"
    )


def _has(one: tuple[str, Chosen]) -> str:
    return f"EXISTS {{ MATCH (p)-[y:HAS]->(b:Concept) WHERE {_of('b', 'y', *one)} }}"


class Ladybug(Peer):
    """Ladybug with the graph (Patient)-[HAS]->(Concept), loaded from Parquet files."""

    name = "Ladybug"
    most = 100_000

    def load(self, snapshot: Snapshot) -> None:
        self._place = Path(tempfile.mkdtemp(prefix="cohorts-"))
        self._connection = ladybug.Connection(ladybug.Database(str(self._place / "graph"), buffer_pool_size=6 << 30))
        table = events(snapshot)
        concepts = pa.table({"number": table["concept"].unique()})
        edges = table.select(["patient", "concept", "day", "kind"])
        for statement in (
            "CREATE NODE TABLE Patient(number INT64, sex STRING, born INT64, PRIMARY KEY(number))",
            "CREATE NODE TABLE Concept(number INT64, PRIMARY KEY(number))",
            "CREATE REL TABLE HAS(FROM Patient TO Concept, day INT64, kind INT64)",
        ):
            self._connection.execute(statement)
        for name, rows in (("Patient", persons(snapshot)), ("Concept", concepts), ("HAS", edges)):
            pq.write_table(rows, self._place / f"{name}.parquet")
            self._connection.execute(f"COPY {name} FROM '{self._place / name}.parquet'")

    def ask(self, question: Question) -> Digest:
        found: Any = self._connection.execute(*cypher(question))
        row = found.get_next()
        return int(row[0]), int(row[1]), int(row[2])

    def close(self) -> None:
        self._connection.close()
        shutil.rmtree(self._place, ignore_errors=True)


class Neo4j(Peer):
    """The Neo4j server at NEO4J_URI (`bin/neo4j run --`) with the same graph as Ladybug, loaded over Bolt."""

    name = "Neo4j"
    most = 100_000

    def load(self, snapshot: Snapshot) -> None:
        self._driver = neo4j.GraphDatabase.driver(os.environ["NEO4J_URI"])
        self._session = self._driver.session()
        self._session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        for label in ("Patient", "Concept"):
            self._session.run(f"CREATE CONSTRAINT IF NOT EXISTS FOR (n:{label}) REQUIRE n.number IS UNIQUE").consume()
        table = events(snapshot)
        self._write(
            "CREATE (n:Patient) SET n.number = row.patient, n.sex = row.sex, n.born = row.born", persons(snapshot)
        )
        self._write("CREATE (n:Concept {number: row.number})", pa.table({"number": table["concept"].unique()}))
        self._session.run("CALL db.awaitIndexes()").consume()
        self._write(
            "MATCH (p:Patient {number: row.patient}) MATCH (c:Concept {number: row.concept}) "
            "CREATE (p)-[:HAS {day: row.day, kind: row.kind}]->(c)",
            table,
        )

    def _write(self, statement: str, table: pa.Table) -> None:
        for rows in _batches(table):
            self._session.run(f"UNWIND $rows AS row {statement}", rows=rows).consume()

    def ask(self, question: Question) -> Digest:
        row = self._session.run(*cypher(question)).single(strict=True)
        return int(row[0]), int(row[1]), int(row[2])

    def close(self) -> None:
        self._driver.close()


def _batches(table: pa.Table) -> Iterator[list[dict[str, Any]]]:
    for batch in table.to_batches(max_chunksize=20_000):
        yield batch.to_pylist()

"""bench: answers questions about cohorts with DuckDB and polars. bench/cohort_servers.py shares code of this module.

Every program gets only events whose `standing` is COUNTS, so no query filters events by it. For each concept set of a
question, every program also gets the concepts in the set, so no query walks a hierarchy. An answer has the number of
patients, and two checksums: the sum of the patient numbers, and a sum of remainders.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
from pyroaring import BitMap

from bench.cohort_questions import Boolean, Chosen, New, Question, Then
from graph.events import COUNTS, KINDS
from graph.snapshot import Snapshot

Digest = tuple[int, int, int]
FACTOR, MODULUS = 7919, 1_000_003
_DIGEST = f"SELECT count(*), coalesce(sum(patient), 0), coalesce(sum(patient::bigint * {FACTOR} % {MODULUS}), 0) FROM"


def digest(patients: BitMap) -> Digest:
    numbers = np.asarray(patients.to_array(), np.int64)
    return len(numbers), int(numbers.sum()), int((numbers * FACTOR % MODULUS).sum())


def events(snapshot: Snapshot) -> pa.Table:
    """Returns the events whose `standing` is COUNTS, sorted by concept, patient and day."""
    pieces = []
    for part in snapshot.events.parts:
        kept = part.whole("standing") == COUNTS
        patient = part.whole("patient")[kept] + np.int32(part.first)
        columns = {"concept": part.concept[kept], "patient": patient, "day": part.whole("day")[kept]}
        pieces.append(pa.table({**columns, "kind": part.whole("kind")[kept].astype(np.int16)}))
    found = pa.concat_tables(pieces)
    return found if len(pieces) == 1 else found.sort_by([(name, "ascending") for name in ("concept", "patient", "day")])


def persons(snapshot: Snapshot) -> pa.Table:
    patients = snapshot.patients
    return pa.table({"patient": np.arange(len(patients), dtype=np.int32), "sex": patients.sex, "born": patients.born})


class Peer(ABC):
    """A program that answers the questions of bench/cohort_questions.py, to compare its speed with Tricuspid."""

    name: str
    most = 1_000_000
    """The maximum number of patients that are loaded into the program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @abstractmethod
    def load(self, snapshot: Snapshot) -> None: ...

    @abstractmethod
    def ask(self, question: Question) -> Digest: ...

    @abstractmethod
    def close(self) -> None: ...


def sql(question: Question, listed: str) -> str:
    """The question in SQL. `listed` is a template for a list of numbers, in the form that the program reads fastest."""
    of = partial(where, listed)
    if isinstance(question, Boolean):
        return f"{_DIGEST} person p WHERE {_boolean(question, of)}"
    found = _then(question, of) if isinstance(question, Then) else _new(question, of)
    return f"{_DIGEST} ({found}) AS found"


def where(listed: str, one: Chosen, table: str = "") -> str:
    """Returns the SQL condition that a row of the table `event` has a concept and kind of the concept set `one`.

    `table` is the alias of the table in the query. `listed` is as in `sql`.
    """
    dot = table + "." if table else ""
    numbers = listed.format(", ".join(map(str, one.numbers)) or "-1")
    kind = f" AND {dot}kind = {KINDS.index(one.kind)}" if one.kind else ""
    return f"{dot}concept IN {numbers}{kind}"


def _boolean(question: Boolean, of: Callable[..., str]) -> str:
    conditions = [f"patient IN (SELECT patient FROM event WHERE {of(one)})" for one in question.every]
    if question.some:
        some = " OR ".join(f"({of(one)})" for one in question.some)
        conditions.append(f"patient IN (SELECT patient FROM event WHERE {some})")
    conditions += [
        f"NOT EXISTS (SELECT 1 FROM event e WHERE e.patient = p.patient AND {of(one, 'e')})" for one in question.no
    ]
    conditions += [f"sex = '{question.sex}'"] if question.sex else []
    conditions += [f"born BETWEEN {question.born[0]} AND {question.born[1]}"] if question.born else []
    return " AND ".join(conditions)


def _then(question: Then, of: Callable[..., str]) -> str:
    """The question as a join. In DuckDB, the join is up to five times as fast as EXISTS, and faster than ASOF JOIN."""
    return (
        f"SELECT DISTINCT a.patient FROM (SELECT patient, day FROM event WHERE {of(question.first)}) a "
        f"JOIN event b ON b.patient = a.patient AND b.day BETWEEN a.day AND a.day + {question.days} "
        f"WHERE {of(question.then, 'b')}"
    )


def _new(question: New, of: Callable[..., str]) -> str:
    first = f"SELECT patient, min(day) AS day FROM event WHERE {of(question.first)} GROUP BY patient"
    then = f"b.patient = a.patient AND b.day BETWEEN a.day AND a.day + {question.days} AND {of(question.then, 'b')}"
    no = f"c.patient = a.patient AND c.day BETWEEN a.day - {question.before} AND a.day - 1 AND {of(question.no, 'c')}"
    return (
        f"SELECT patient FROM ({first}) a WHERE EXISTS (SELECT 1 FROM event b WHERE {then}) "
        f"AND NOT EXISTS (SELECT 1 FROM event c WHERE {no})"
    )


class DuckDb(Peer):
    """DuckDB in memory. The events are sorted by concept, patient and day."""

    name = "DuckDB"
    most = 10_000_000

    def load(self, snapshot: Snapshot) -> None:
        self._connection = duckdb.connect()
        for name, table in (("event", events(snapshot)), ("person", persons(snapshot))):
            self._connection.register("rows", table)
            self._connection.execute(f"CREATE TABLE {name} AS SELECT * FROM rows")
            self._connection.unregister("rows")

    def ask(self, question: Question) -> Digest:
        count, total, rest = self._connection.execute(sql(question, "(SELECT unnest([{}]))")).fetchall()[0]
        return int(count), int(total), int(rest)

    def close(self) -> None:
        self._connection.close()


class Polars(Peer):
    """Polars in memory. The events of a concept are a slice of the table, found by the number of the concept."""

    name = "polars"
    most = 10_000_000

    def load(self, snapshot: Snapshot) -> None:
        table: Any = pl.from_arrow(events(snapshot))
        self._persons: Any = pl.from_arrow(persons(snapshot))
        sizes = np.bincount(table["concept"].to_numpy(), minlength=len(snapshot.ids))
        self._starts, self._sizes = np.concatenate([[0], np.cumsum(sizes)]).tolist(), sizes.tolist()
        self._events = table.drop("concept")

    def close(self) -> None:
        del self._events, self._persons

    def _of(self, one: Chosen) -> Any:
        slices = [self._events.slice(self._starts[number], self._sizes[number]) for number in one.numbers]
        found = pl.concat(slices).lazy() if slices else self._events.slice(0, 0).lazy()
        return (found.filter(pl.col("kind") == KINDS.index(one.kind)) if one.kind else found).drop("kind")

    def ask(self, question: Question) -> Digest:
        answers: dict[type, Callable[[Any], Any]] = {Boolean: self._boolean, Then: self._then, New: self._new}
        found = answers[type(question)](question)
        patient = pl.col("patient").cast(pl.Int64)
        columns = [patient.len(), patient.sum(), (patient * FACTOR % MODULUS).sum().alias("rest")]
        row = found.select(columns[0].alias("count"), *columns[1:]).collect().row(0)
        return int(row[0]), int(row[1]), int(row[2])

    def _boolean(self, question: Boolean) -> Any:
        found = self._persons.lazy()
        if question.sex:
            found = found.filter(pl.col("sex") == question.sex)
        if question.born:
            found = found.filter(pl.col("born").is_between(*question.born))
        for one in question.every:
            found = found.join(self._of(one), on="patient", how="semi")
        if question.some:
            found = found.join(pl.concat([self._of(one) for one in question.some]), on="patient", how="semi")
        for one in question.no:
            found = found.join(self._of(one), on="patient", how="anti")
        return found

    def _then(self, question: Then) -> Any:
        pairs = self._of(question.first).join(self._of(question.then), on="patient", suffix="_b")
        after = pl.col("day_b") - pl.col("day")
        return pairs.filter(after.is_between(0, question.days)).select("patient").unique()

    def _new(self, question: New) -> Any:
        first = self._of(question.first).group_by("patient").agg(pl.col("day").min())
        after = pl.col("day_b") - pl.col("day")
        then = first.join(self._of(question.then), on="patient", suffix="_b")
        found = then.filter(after.is_between(0, question.days)).select("patient", "day").unique()
        no = found.join(self._of(question.no), on="patient", suffix="_b")
        no = no.filter(after.is_between(-question.before, -1))
        return found.join(no, on="patient", how="anti")

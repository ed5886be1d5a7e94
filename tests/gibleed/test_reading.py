"""ingest: the persons, events and refusals of GiBleed, compared with SQL on the same rows."""

from __future__ import annotations

import shutil
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from graph.store import open_store
from ingest.omop.tables import TABLES, Table
from tests.gibleed.conftest import Read, copy_persons
from tests.graph.rows import table
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import ingest_into, stated

SOURCE = "Synthea"
"""The abbreviation in CDM_SOURCE."""
EHR = "omop:32020"
CHECKED: dict[str, tuple[int, dict[str, Any]]] = {
    "condition_occurrence 4657": (
        273,
        {
            "target": "snomedct:74474003",
            "source_concept": "icd10cm:K92.2",
            "start": "2011-10-10",
            "kind": "condition",
            "type": EHR,
        },
    ),
    "condition_occurrence 4483": (
        263,
        {"target": "snomedct:195662009", "start": "2015-10-02", "end": "2015-10-14", "kind": "condition", "type": EHR},
    ),
    "drug_exposure 6": (
        1,
        {
            "target": "rxnorm:140587",
            "source_concept": "ndc:00025152531",
            "start": "1982-08-12",
            "end": "1982-08-12",
            "kind": "medication",
            "type": "omop:38000177",
            "quantity": 0.0,
            "days": 0,
            "refills": 0,
        },
    ),
    "drug_exposure 7": (
        1,
        {
            "target": "rxnorm:313782",
            "start": "1971-01-04",
            "end": "1971-01-18",
            "kind": "medication",
            "type": "omop:38000177",
            "quantity": 0.0,
            "days": 14,
            "refills": 0,
        },
    ),
    "procedure_occurrence 3554": (
        343,
        {"target": "snomedct:180256009", "start": "1992-02-01", "kind": "procedure", "type": "omop:38000275"},
    ),
    "measurement 1": (
        1,
        {"target": "loinc:8331-1", "start": "1991-01-31", "kind": "observation", "type": "omop:5001"},
    ),
    "observation 25197": (
        1504,
        {"target": "snomedct:428251008", "start": "1960-06-07", "kind": "observation", "type": "omop:38000276"},
    ),
    "visit_occurrence 65475": (
        986,
        {"target": "Visit:IP", "start": "1996-08-21", "end": "1996-08-22", "kind": "visit", "type": "omop:44818517"},
    ),
    "observation_period 6": (
        6,
        {
            "target": "omop:44814724",
            "start": "1963-12-31",
            "end": "2007-02-06",
            "kind": "observation_period",
            "type": "omop:44814724",
        },
    ),
    "condition_era 60911": (
        3609,
        {"target": "snomedct:444814009", "start": "2015-10-12", "end": "2015-10-19", "kind": "condition_era"},
    ),
    "condition_era 66": (
        3,
        {"target": "omop:0", "start": "1972-12-20", "end": "1972-12-21", "kind": "condition_era"},
    ),
    "drug_era 2707": (
        181,
        {"target": "rxnorm:3642", "start": "1984-09-19", "end": "1984-10-03", "kind": "drug_era"},
    ),
}
"""Events whose row was read by eye in the source, each with the id of its person. Some other ids occur twice there."""
VISITS: dict[str, int] = {
    "condition_occurrence 4657": 18192,
    "condition_occurrence 4483": 17479,
    "drug_exposure 6": 85,
    "drug_exposure 7": 23,
    "procedure_occurrence 3554": 22951,
    "measurement 1": 45,
    "observation 25197": 100221,
    "visit_occurrence 65475": 65475,
}


def asked(read: Read, query: str) -> list[tuple[Any, ...]]:
    return read.sql.execute(query).fetchall()


def there(read: Read) -> list[Table]:
    """The tables of events that the files have."""
    return [one for one in TABLES if (read.files / f"{one.name}.parquet").exists()]


def test_all_persons_have_sex_birth_year_and_race(read: Read) -> None:
    rows = asked(
        read,
        "SELECT person_id::BIGINT, CASE gender_concept_id WHEN 8507 THEN 'male' ELSE 'female' END, "
        "year_of_birth::BIGINT, CASE WHEN race_concept_id > 0 THEN 'omop:' || race_concept_id::BIGINT END "
        "FROM person",
    )
    expected = {PSEUDONYM.patient(f"Person/{id}", SOURCE): values for id, *values in rows}
    found = {id: values for id, *values in table(read.store, "Patient", "id", "sex", "birth_year", "race")}
    assert found == expected and len(found) > 300
    assert read.store.counts()["Resource"] == len(found)


def test_every_table_has_the_same_events_by_code(read: Read) -> None:
    counted = "SELECT '{0}', coalesce(c.concept_code, 'none'), count(*) "
    counted += "FROM {0} AS t JOIN person USING (person_id) "
    counted += "LEFT JOIN concept AS c ON c.concept_id = t.{1} AND t.{1} > 0 GROUP BY 2"
    expected = {
        (name, code): number
        for one in there(read)
        for name, code, number in asked(read, counted.format(one.name, one.concept[0]))
    }
    codes = [(row.split(" ")[0], target) for row, target in table(read.store, "EVENT", "row", "target")]
    found = Counter((name, "none" if target.startswith("omop:") else target.split(":")[1]) for name, target in codes)
    assert found == expected
    assert {name for name, _ in found} == {one.name for one in there(read)} and found.total() > 40_000


def test_every_event_has_the_same_dates(read: Read) -> None:
    dated = "SELECT '{0} ' || {1}::BIGINT, {2}::VARCHAR, {3}::VARCHAR FROM {0} JOIN person USING (person_id)"
    # Procedures have an end since version 5.4 only.
    ends = {one.name: one.end[0] for one in there(read) if one.end and one.name != "procedure_occurrence"}
    expected = {
        row
        for one in there(read)
        for row in asked(read, dated.format(one.name, one.id, one.start[0], ends.get(one.name, "NULL")))
    }
    assert set(table(read.store, "EVENT", "row", "start", "end")) == expected


def test_twelve_events_checked_by_hand(read: Read) -> None:
    names = ["source", "row", "visit", "target", "source_concept", "kind", "start", "end", "type", "status", "unit"]
    names += ["value", "quantity", "days", "refills", "route", "place", "specialty", "qualifier", "answer"]
    rows = {
        row[1]: dict(zip(names, row, strict=True)) for row in table(read.store, "EVENT", *names) if row[1] in CHECKED
    }
    for row, (person, expected) in CHECKED.items():
        visit = PSEUDONYM.record("visit_occurrence", str(VISITS[row]), SOURCE) if row in VISITS else None
        owner = {"source": PSEUDONYM.patient(f"Person/{person}", SOURCE), "row": row, "visit": visit}
        found = {name: value for name, value in rows[row].items() if value is not None}
        assert found == {name: value for name, value in (owner | expected).items() if value is not None}
    assert len(rows) == len(CHECKED) == 12


def test_rows_of_persons_who_are_not_in_person_are_refused(read: Read) -> None:
    absent = "SELECT 'observation_period ' || observation_period_id::BIGINT FROM observation_period "
    absent += "WHERE person_id NOT IN (SELECT person_id FROM person)"
    refused = table(read.store, "Refusal", "position", "reason")
    assert refused == sorted((row, "person_id is not in PERSON") for (row,) in asked(read, absent))
    assert read.report.refused == len(refused) > 300


def test_values_that_are_left_out_are_counted(read: Read) -> None:
    lost = {
        reason: number for reason, number in read.report.reasons.items() if not reason.startswith("column is not read")
    }
    without = "SELECT count(*) FILTER (WHERE race_concept_id = 0 AND race_source_concept_id = 0), "
    without += "count(*) FILTER (WHERE ethnicity_concept_id = 0 AND ethnicity_source_concept_id = 0) FROM person"
    ((race, ethnicity),) = asked(read, without)
    ((eras,),) = asked(read, "SELECT count(*) FROM condition_era WHERE condition_concept_id = 0")
    assert lost == {
        "no loaded terminology defines this code": read.store.counts()["EVENT"],
        "person.race_concept_id: no concept": race,
        "person.ethnicity_concept_id: no concept": ethnicity,
        "condition_era: no concept": eras,
    }


def test_a_second_job_writes_only_changed_persons(read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")
    files, copy = tmp_path / "files", tmp_path / "copy"
    with duckdb.connect() as sql, closing(open_store(str(tmp_path / "store"))) as store:
        copy_persons(sql, read.files, files, "person_id < 300")
        persons = ingest_into(store, files).written
        before = stated(store)
        again = ingest_into(store, files)
        assert stated(store) == before and again.unchanged == persons > 20
        ((fewer,),) = sql.execute("SELECT count(*) FROM condition_occurrence WHERE person_id = 263").fetchall()
        shutil.copytree(files, copy)
        later = "CASE WHEN person_id = 273 THEN condition_start_date + 1 ELSE condition_start_date END"
        rows = f"SELECT * REPLACE ({later} AS condition_start_date) FROM condition_occurrence WHERE person_id <> 263"
        sql.execute(f"COPY ({rows}) TO '{copy / 'condition_occurrence.parquet'}'")
        events = store.counts()["EVENT"]
        report = ingest_into(store, copy)
        assert (report.written, report.unchanged) == (2, persons - 2)
        starts = dict(table(store, "EVENT", "row", "start"))
        assert starts["condition_occurrence 4657"] == "2011-10-11" and "condition_occurrence 4483" not in starts
        assert store.counts()["EVENT"] == events - fewer

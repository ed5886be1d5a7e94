"""ingest: GiBleed, a real export in the Common Data Model 5.3, compared with SQL on its own files."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from graph.store import Store, open_store
from ingest.jobs import Report
from ingest.omop.tables import TABLES
from tests.graph.rows import table
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import ingest_into, stated

SOURCE = "Synthea"
"""The abbreviation in CDM_SOURCE."""
EHR = "omop:32020"
PERSONS = 2_694
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


@pytest.fixture(scope="module")
def gibleed(shared: Path) -> Path:
    return shared / "care/omop-gibleed"


@pytest.fixture(scope="module")
def read(gibleed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Report]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRICUSPID_SECRET", "a secret for tests only")
        with closing(open_store(str(tmp_path_factory.mktemp("gibleed") / "store"))) as store:
            yield store, ingest_into(store, gibleed)


def asked(gibleed: Path, query: str) -> list[tuple[Any, ...]]:
    """The answer of SQL, in which each table is `{name}`."""
    names = {file.stem: f"read_parquet('{file}')" for file in gibleed.iterdir()}
    with closing(duckdb.connect()) as connection:
        return connection.execute(query.format(**names)).fetchall()


def test_all_persons_arrive_with_sex_year_and_race(gibleed: Path, read: tuple[Store, Report]) -> None:
    rows = asked(
        gibleed,
        "SELECT person_id::BIGINT, CASE gender_concept_id WHEN 8507 THEN 'male' ELSE 'female' END, "
        "year_of_birth::BIGINT, CASE WHEN race_concept_id > 0 THEN 'omop:' || race_concept_id::BIGINT END "
        "FROM {person}",
    )
    expected = {PSEUDONYM.patient(f"Person/{id}", SOURCE): values for id, *values in rows}
    found = {id: values for id, *values in table(read[0], "Patient", "id", "sex", "birth_year", "race")}
    assert found == expected and len(found) == PERSONS
    assert read[0].counts()["Resource"] == PERSONS


def test_every_table_has_the_events_of_the_source_by_code(gibleed: Path, read: tuple[Store, Report]) -> None:
    there = [one for one in TABLES if (gibleed / f"{one.name}.parquet").exists()]
    counted = "SELECT '{0}', coalesce(c.concept_code, 'none'), count(*) "
    counted += "FROM {{{0}}} AS t JOIN {{person}} USING (person_id) "
    counted += "LEFT JOIN {{concept}} AS c ON c.concept_id = t.{1} AND t.{1} > 0 GROUP BY 2"
    expected = {
        (name, code): number
        for one in there
        for name, code, number in asked(gibleed, counted.format(one.name, one.concept[0]))
    }
    codes = [(row.split(" ")[0], target) for row, target in table(read[0], "EVENT", "row", "target")]
    found = Counter((name, "none" if target.startswith("omop:") else target.split(":")[1]) for name, target in codes)
    assert found == expected
    assert {name for name, _ in found} == {one.name for one in there} and found.total() == 337_936


def test_every_period_and_date_of_the_source_is_there(gibleed: Path, read: tuple[Store, Report]) -> None:
    dated = "SELECT '{0} ' || {1}::BIGINT, {2}::VARCHAR, {3}::VARCHAR FROM {{{0}}} JOIN {{person}} USING (person_id)"
    there = [one for one in TABLES if (gibleed / f"{one.name}.parquet").exists()]
    # Procedures have an end since version 5.4 only.
    ends = {one.name: one.end[0] for one in there if one.end and one.name != "procedure_occurrence"}
    expected = {
        row
        for one in there
        for row in asked(gibleed, dated.format(one.name, one.id, one.start[0], ends.get(one.name, "NULL")))
    }
    assert set(table(read[0], "EVENT", "row", "start", "end")) == expected


def test_twelve_events_read_by_eye(read: tuple[Store, Report]) -> None:
    names = ["source", "row", "visit", "target", "source_concept", "kind", "start", "end", "type", "status", "unit"]
    names += ["value", "quantity", "days", "refills", "route", "place", "specialty", "qualifier", "answer"]
    rows = {row[1]: dict(zip(names, row, strict=True)) for row in table(read[0], "EVENT", *names) if row[1] in CHECKED}
    for row, (person, expected) in CHECKED.items():
        visit = PSEUDONYM.record("visit_occurrence", str(VISITS[row]), SOURCE) if row in VISITS else None
        owner = {"source": PSEUDONYM.patient(f"Person/{person}", SOURCE), "row": row, "visit": visit}
        found = {name: value for name, value in rows[row].items() if value is not None}
        assert found == {name: value for name, value in (owner | expected).items() if value is not None}
    assert len(rows) == len(CHECKED) == 12


def test_rows_of_persons_who_are_not_in_person_are_refused(gibleed: Path, read: tuple[Store, Report]) -> None:
    absent = "SELECT 'observation_period ' || observation_period_id::BIGINT FROM {observation_period} "
    absent += "WHERE person_id NOT IN (SELECT person_id FROM {person})"
    refused = table(read[0], "Refusal", "position", "reason")
    assert refused == sorted((row, "person_id is not in PERSON") for (row,) in asked(gibleed, absent))
    assert read[1].refused == len(refused) == 2_649


def test_what_is_left_out_is_counted(gibleed: Path, read: tuple[Store, Report]) -> None:
    lost = {reason: number for reason, number in read[1].reasons.items() if not reason.startswith("column is not read")}
    without = "SELECT count(*) FILTER (WHERE race_concept_id = 0 AND race_source_concept_id = 0), "
    without += "count(*) FILTER (WHERE ethnicity_concept_id = 0 AND ethnicity_source_concept_id = 0) FROM {person}"
    ((race, ethnicity),) = asked(gibleed, without)
    ((eras,),) = asked(gibleed, "SELECT count(*) FROM {condition_era} WHERE condition_concept_id = 0")
    assert lost == {
        "no loaded terminology defines this code": 337_936,
        "person.race_concept_id: no concept": race,
        "person.ethnicity_concept_id: no concept": ethnicity,
        "condition_era: no concept": eras,
    }


def test_reading_again_changes_nothing_and_a_changed_copy_replaces(
    gibleed: Path, read: tuple[Store, Report], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRICUSPID_SECRET", "a secret for tests only")
    store, before = read[0], stated(read[0])
    again = ingest_into(store, gibleed)
    assert stated(store) == before and again.unchanged == PERSONS
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in gibleed.iterdir():
        shutil.copyfile(file, copy / file.name)
    later = "CASE WHEN person_id = 273 THEN condition_start_date + 1 ELSE condition_start_date END"
    rows = f"SELECT * REPLACE ({later} AS condition_start_date) FROM {{condition_occurrence}} WHERE person_id <> 263"
    asked(gibleed, f"COPY ({rows}) TO '{copy / 'condition_occurrence.parquet'}'")
    report = ingest_into(store, copy)
    assert (report.written, report.unchanged) == (2, PERSONS - 2)
    starts = dict(table(store, "EVENT", "row", "start"))
    assert starts["condition_occurrence 4657"] == "2011-10-11" and "condition_occurrence 4483" not in starts
    ((fewer,),) = asked(gibleed, "SELECT count(*) FROM {condition_occurrence} WHERE person_id = 263")
    assert store.counts()["EVENT"] == 337_936 - fewer

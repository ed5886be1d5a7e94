"""ingest: bad rows and values in exports in the OMOP Common Data Model are refused or left out, and counted."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.records import Patients
from tests.ingest.golden import PSEUDONYM
from tests.ingest.omop import events, items, made, people, reasons, refused
from tests.ingest.omop_rows import EXPECTED, SOURCE, Row, condition, export, period, person

BAD_ROWS = [
    (condition(1, of=9), "person_id is not in PERSON"),
    (condition(1, of=None), "person_id is empty or not a number"),
    (condition(1, of="x"), "person_id is empty or not a number"),
    (condition(1, of="1.5"), "person_id is empty or not a number"),
    (condition(1, day=""), "no start date"),
    (condition(1, day="\t"), "no start date"),
    (condition(1, day="soon"), "date: not readable"),
    (condition(1, day="0000-01-01"), "date: not readable"),
]


def test_a_bad_row_is_refused_with_its_table_and_number(tmp_path: Path) -> None:
    bad = [row | {"condition_occurrence_id": number} for number, (row, _) in enumerate(BAD_ROWS, 1)]
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [*bad, condition(99)]}))
    told = {f"condition_occurrence {number}": reason for number, (_, reason) in enumerate(BAD_ROWS, 1)}
    assert dict(refused(found)) == told and len(refused(found)) == len(BAD_ROWS)
    assert list(events(found)) == ["condition_occurrence 99"]


@pytest.mark.parametrize("kind", ["TIMESTAMP", "TIMESTAMPTZ", "DATE", "VARCHAR"])
def test_a_datetime_is_used_if_the_date_is_empty(kind: str, tmp_path: Path) -> None:
    moments = f"CAST('2021-03-04 23:30:00' AS {kind}) AS condition_start_datetime"
    with closing(duckdb.connect(str(tmp_path / "a.duckdb"))) as connection:
        connection.execute("SET TimeZone = 'UTC'; CREATE TABLE person AS SELECT 1 AS person_id")
        connection.execute(
            "CREATE TABLE condition_occurrence AS SELECT 1 AS person_id, n AS condition_occurrence_id, 5 AS "
            f"condition_concept_id, CASE n WHEN 1 THEN DATE '2021-01-01' END AS condition_start_date, {moments} "
            "FROM range(1, 3) AS r(n)"
        )
    starts = {row: event["start"] for row, event in events(items(tmp_path / "a.duckdb")).items()}
    assert starts == {"condition_occurrence 1": "2021-01-01", "condition_occurrence 2": "2021-03-04"}


def test_dates_keep_their_valid_part(tmp_path: Path) -> None:
    days = ["2021-02-30", "2021-13-01", "20210304", "2021-03-04 10:11:12", "2021-3-4"]
    rows = [condition(number, day=day) for number, day in enumerate(days)]
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": rows}))
    starts = [events(found)[f"condition_occurrence {number}"]["start"] for number in range(len(days))]
    assert starts == ["2021-02", "2021", "2021-03-04", "2021-03-04", "2021-03-04"]
    assert reasons(found).items() >= {"date: no such day": 1, "date: no such month": 1}.items()


def test_an_end_before_the_start_is_left_out_and_such_a_period_is_refused(tmp_path: Path) -> None:
    conditions = [condition(1, condition_end_date="2021-03-03"), condition(2, condition_end_date="2021-03")]
    periods = [period(1, "2000-01-01", "1999-01-01")]
    found = items(
        made(tmp_path, {"person": [person(1)], "condition_occurrence": conditions, "observation_period": periods})
    )
    assert "end" not in events(found)["condition_occurrence 1"]
    assert events(found)["condition_occurrence 2"]["end"] == "2021-03"
    assert refused(found) == [("observation_period 101", "the end is before the start")]
    assert reasons(found)["condition_occurrence: the end is before the start"] == 1


def test_a_value_is_left_out_if_it_is_no_number_or_has_a_comparator_or_no_ucum_unit(tmp_path: Path) -> None:
    """A measurement whose unit is no UCUM code keeps its value, which is not comparable."""
    wrong = "7,5", "nan", "inf", "1e999", "many"
    cases: list[Row] = [{"value_as_number": value} for value in wrong]
    cases += [{"operator_concept_id": 4171756}, *({"unit_concept_id": unit} for unit in (8513, 1)), {}]
    tables = export()
    usual = tables["measurement"][0]
    tables["measurement"] = [{**usual, "measurement_id": n, **case} for n, case in enumerate(cases)]
    found = items(made(tmp_path, tables))
    rows = [events(found)[f"measurement {n}"] for n in range(len(cases))]
    assert [n for n, row in enumerate(rows) if "value" not in row] == [0, 1, 2, 3, 4, 5]
    assert reasons(found)["measurement.value_as_number: not a number"] == len(wrong)
    assert [n for n, row in enumerate(rows) if row.get("qualifier") == "omop:4171756"] == [5]
    assert reasons(found)["value with a comparator"] == 1
    assert [n for n, row in enumerate(rows) if row.get("unit") == "{not comparable}"] == [6, 7]
    assert reasons(found)["unit is not a UCUM code"] == 2


SEXES = {8507: "male", 8532: "female", 8551: "unknown", 0: "unknown", 8521: "other", 8570: "other"}


def test_sex_is_a_code_of_fhir(tmp_path: Path) -> None:
    persons = [person(1 + number, gender) for number, gender in enumerate(SEXES)]
    found = {row["id"]: row["sex"] for row in people(items(made(tmp_path, {"person": persons})))}
    assert {
        gender: found[PSEUDONYM.patient(f"Person/{1 + number}", SOURCE)] for number, gender in enumerate(SEXES)
    } == SEXES


def test_an_impossible_year_of_birth_is_left_out(tmp_path: Path) -> None:
    years: list[Any] = [0, 1066, 99999, "x", 1970]
    found = items(made(tmp_path, {"person": [person(1 + number, born=born) for number, born in enumerate(years)]}))
    read = {row["id"]: row["birth_year"] for row in people(found)}
    ids = [PSEUDONYM.patient(f"Person/{1 + number}", SOURCE) for number in range(len(years))]
    assert [read[id] for id in ids] == [None, None, None, None, 1970]
    assert sum(number for reason, number in reasons(found).items() if reason.startswith("person.year_of_birth")) == 4


def test_a_person_with_two_rows_is_read_once(tmp_path: Path) -> None:
    own = {"person": [person(1), person(1, born=1971), person(None)], "condition_occurrence": [condition(1)]}
    found = items(made(tmp_path, own))
    assert len(people(found)) == len(events(found)) == 1
    assert {reason for _, reason in refused(found)} == {
        "its person_id is also in another row",
        "person_id is empty or not a number",
    }


def test_repeated_rows_of_joined_tables_do_not_repeat_events(tmp_path: Path) -> None:
    tables = export()
    for name in ("provider", "care_site", "location", "concept", "cdm_source"):
        tables[name] = tables.get(name, []) * 2
    found = items(made(tmp_path, {name: rows for name, rows in tables.items() if rows}))
    assert events(found) == EXPECTED
    assert sum(item.events.num_rows for item in found if isinstance(item, Patients)) == len(EXPECTED)

"""ingest: bad rows and values in exports in the OMOP Common Data Model are refused or left out, and counted."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ingest.records import Patients
from tests.ingest.omop import events, items, made, people, reasons, refused
from tests.ingest.omop_rows import EXPECTED, Row, condition, export, period, person

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


@pytest.mark.parametrize(
    ("row", "reason"), BAD_ROWS, ids=[f"{row['person_id']} {row['condition_start_date']}" for row, _ in BAD_ROWS]
)
def test_a_bad_row_is_refused_with_its_table_and_number(row: Row, reason: str, tmp_path: Path) -> None:
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [row, condition(2)]}))
    assert refused(found) == [("condition_occurrence 1", reason)]
    assert list(events(found)) == ["condition_occurrence 2"]


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


@pytest.mark.parametrize("value", ["7,5", "nan", "inf", "1e999", "many"])
def test_a_value_that_is_not_a_number_is_left_out(value: str, tmp_path: Path) -> None:
    tables = export()
    tables["measurement"] = [{**tables["measurement"][0], "value_as_number": value}]
    found = items(made(tmp_path, tables))
    assert "value" not in events(found)["measurement 16"]
    assert reasons(found)["measurement.value_as_number: not a number"] == 1


def test_a_value_with_a_comparator_is_left_out(tmp_path: Path) -> None:
    tables = export()
    tables["measurement"] = [{**tables["measurement"][0], "operator_concept_id": 4171756}]
    found = items(made(tmp_path, tables))
    assert "value" not in events(found)["measurement 16"]
    assert events(found)["measurement 16"]["qualifier"] == "omop:4171756"
    assert reasons(found)["value with a comparator"] == 1


@pytest.mark.parametrize("unit", [8513, 1])
def test_a_unit_that_is_not_a_ucum_code_is_not_comparable(unit: int, tmp_path: Path) -> None:
    tables = export()
    tables["measurement"] = [{**tables["measurement"][0], "unit_concept_id": unit}]
    found = items(made(tmp_path, tables))
    assert events(found)["measurement 16"]["unit"] == "{not comparable}"
    assert reasons(found)["unit is not a UCUM code"] == 1


@pytest.mark.parametrize(
    ("gender", "sex"),
    [(8507, "male"), (8532, "female"), (8551, "unknown"), (0, "unknown"), (8521, "other"), (8570, "other")],
)
def test_sex_is_a_code_of_fhir(gender: int, sex: str, tmp_path: Path) -> None:
    (one,) = people(items(made(tmp_path, {"person": [person(1, gender)]})))
    assert one["sex"] == sex


@pytest.mark.parametrize("born", [0, 1066, 99999, "x"])
def test_an_impossible_year_of_birth_is_left_out(born: Any, tmp_path: Path) -> None:
    found = items(made(tmp_path, {"person": [person(1, born=born)]}))
    assert people(found)[0]["birth_year"] is None
    assert [number for reason, number in reasons(found).items() if reason.startswith("person.year_of_birth")] == [1]


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

"""ingest: exports in the OMOP Common Data Model; every form gives the same patients and events."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.records import NotRead, Patients, Refused, Unmapped
from ingest.run import records
from ontologies.errors import UnreadableFile
from tests.ingest import omop
from tests.ingest.golden import PSEUDONYM
from tests.ingest.omop import FORMS, concept, condition, events, export, items, made, people, period, person

SOURCE = "omop"
VISIT = PSEUDONYM.record("visit_occurrence", "50", SOURCE)
IN_VISIT = {"visit": VISIT, "specialty": "omop:38004456"}
EHR = "Type-Concept:OMOP4976890"
EXPECTED: dict[str, dict[str, Any]] = {
    "condition_occurrence 12": {
        "target": "snomedct:44054006",
        "kind": "condition",
        "status": "provisional omop:32899",
        "start": "2021-03-04",
        "end": "2021-04-01",
        "source_concept": "icd10cm:E11.9",
        "type": EHR,
        **IN_VISIT,
    },
    "drug_exposure 13": {
        "target": "rxnorm:6809",
        "kind": "medication",
        "start": "2021-03-05",
        "end": "2021-06-03",
        "type": EHR,
        "quantity": 90.5,
        "days": 90,
        "refills": 3,
        "route": "omop:4132161",
        **IN_VISIT,
    },
    "procedure_occurrence 14": {
        "target": "omop:4107731",
        "kind": "procedure",
        "start": "2020-03-04",
        "end": "2020-03-06",
        "type": EHR,
        "quantity": 2.0,
        "qualifier": "omop:4080761",
        **IN_VISIT,
    },
    "device_exposure 15": {
        "target": "omop:4222966",
        "kind": "device",
        "start": "2020-01-01",
        "end": "2020-02-01",
        "type": EHR,
        "quantity": 1.0,
        **IN_VISIT,
    },
    "measurement 16": {
        "target": "loinc:4548-4",
        "kind": "observation",
        "start": "2021-03-04",
        "value": 7.5,
        "unit": "%",
        "type": EHR,
        "low": 4.0,
        "high": 6.0,
        "qualifier": "omop:4172703",
        **IN_VISIT,
    },
    "observation 17": {
        "target": "omop:4214956",
        "kind": "observation",
        "status": "absent",
        "start": "2021-03-04",
        "answer": "snomedct:260385009",
        "type": EHR,
        "qualifier": "omop:4269829",
        **IN_VISIT,
    },
    "specimen 18": {
        "target": "omop:4001225",
        "kind": "specimen",
        "status": "omop:4066212",
        "start": "2021-03-04",
        "type": EHR,
        "quantity": 5.0,
        "qualifier": "omop:4046838",
    },
    "death": {"target": "snomedct:419620001", "kind": "death", "start": "2022-02-02", "type": EHR},
    "visit_occurrence 50": {
        "target": "Visit:IP",
        "kind": "visit",
        "start": "2021-03-04",
        "end": "2021-03-06",
        "type": EHR,
        "place": "omop:8717",
        **IN_VISIT,
    },
    "visit_detail 51": {
        "target": "omop:581379",
        "kind": "visit_detail",
        "start": "2021-03-05",
        "end": "2021-03-06",
        "type": EHR,
        "visit": VISIT,
    },
    "observation_period 101": {
        "target": EHR,
        "kind": "observation_period",
        "start": "2000-01-01",
        "end": "2024-01-01",
        "type": EHR,
    },
    "condition_era 20": {
        "target": "snomedct:44054006",
        "kind": "condition_era",
        "start": "2021-03-04",
        "end": "2021-04-04",
    },
    "drug_era 21": {"target": "rxnorm:6809", "kind": "drug_era", "start": "2021-03-04", "end": "2021-04-04"},
    "dose_era 22": {
        "target": "rxnorm:6809",
        "kind": "dose_era",
        "start": "2021-03-04",
        "end": "2021-04-04",
        "value": 500.0,
        "unit": "%",
    },
    "payer_plan_period 23": {
        "target": "omop:280",
        "kind": "payer_plan",
        "start": "2020-01-01",
        "end": "2020-12-31",
        "answer": "omop:290",
        "qualifier": "omop:300",
        "reason": "omop:310",
    },
    "location 12": {"target": "omop:4320169", "kind": "location"},
}
EXPECTED["observation_period 102"] = EXPECTED["observation_period 101"]


def reasons(found: list[Any]) -> dict[str, int]:
    """The reasons for values that are left out, but for columns that are not read."""
    lost: dict[str, int] = {}
    for item in found:
        if isinstance(item, Unmapped) and not item.reason.startswith("column is not read"):
            lost[item.reason] = lost.get(item.reason, 0) + item.number
    return lost


def refused(found: list[Any]) -> list[tuple[str, str]]:
    return [(item.position, item.reason) for item in found if isinstance(item, Refused)]


@pytest.mark.parametrize("upper", [False, True], ids=["lower", "upper"])
@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_all_attributes_of_version_5_4(form: str, upper: bool, tmp_path: Path) -> None:
    found = items(made(tmp_path / "cdm", export(), form, upper=upper))
    assert events(found) == EXPECTED
    assert people(found) == [
        {
            "id": PSEUDONYM.patient("Person/1", SOURCE),
            "birth_year": 1951,
            "sex": "female",
            "death_year": 2022,
            "race": "Race:5",
            "ethnicity": None,
            "care_site": "Ward 1",
        },
        {
            "id": PSEUDONYM.patient("Person/2", SOURCE),
            "birth_year": 1980,
            "sex": "male",
            "death_year": None,
            "race": None,
            "ethnicity": None,
            "care_site": None,
        },
    ]
    assert refused(found) == []
    assert NotRead("note", "note", 1) in found


def test_version_5_3_lacks_columns_and_loses_nothing_else(tmp_path: Path) -> None:
    expected = {row: dict(event) for row, event in EXPECTED.items() if not row.startswith("location")}
    del expected["procedure_occurrence 14"]["end"]
    assert events(items(made(tmp_path, export(newer=False), "parquet"))) == expected


@pytest.mark.parametrize("form", ["parquet", "zip of parquet", "duckdb"])
def test_ids_may_be_doubles_and_empty_columns_booleans(form: str, tmp_path: Path) -> None:
    assert events(items(made(tmp_path, export(), form, loose=True))) == EXPECTED


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress])
def test_tables_may_be_compressed(pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    for file in made(tmp_path, export()).iterdir():
        file.write_bytes(pack(file.read_bytes()))
    assert events(items(tmp_path)) == EXPECTED


def test_all_events_of_a_person_have_one_record_and_a_visit_joins_its_events(tmp_path: Path) -> None:
    chunks = [item for item in items(made(tmp_path, export())) if isinstance(item, Patients)]
    records = [record for chunk in chunks for record in chunk.records]
    assert records == [PSEUDONYM.record("Person", str(number), SOURCE) for number in (1, 2)]
    rows = [row for chunk in chunks for row in chunk.events.to_pylist()]
    assert {row["record"] for row in rows} == set(records)
    visits = {row["row"]: row["visit"] for row in rows}
    assert visits["visit_occurrence 50"] == visits["condition_occurrence 12"] == visits["visit_detail 51"] == VISIT


def test_the_source_is_the_name_of_the_export_unless_one_is_given(tmp_path: Path) -> None:
    named = export() | {"cdm_source": [{"cdm_source_name": "Long", "cdm_source_abbreviation": "Own"}]}
    assert people(items(made(tmp_path, named)))[0]["id"] == PSEUDONYM.patient("Person/1", "Own")


def test_a_code_that_the_vocabulary_lacks_has_its_number_and_no_code_is_counted(tmp_path: Path) -> None:
    rows = [condition(1, concept=99), condition(2, concept=0), condition(3, concept=None)]
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": rows}))
    assert {row: event["target"] for row, event in events(found).items()} == {
        "condition_occurrence 1": "omop:99",
        "condition_occurrence 2": "omop:0",
        "condition_occurrence 3": "omop:0",
    }
    assert reasons(found)["condition_occurrence: no concept"] == 2


def test_a_local_code_that_may_name_a_person_is_not_kept(tmp_path: Path) -> None:
    local = concept(2000000001, "x", "Local", "Jan Jansen")
    rows = [condition(1, concept=2000000001)]
    own = {"person": [person(1)], "concept": [local], "condition_occurrence": rows}
    assert events(items(made(tmp_path, own)))["condition_occurrence 1"]["target"] == "omop:2000000001"


BAD_ROWS = [
    (condition(1, of=9), "person_id is not in PERSON"),
    (condition(1, of=None), "person_id is empty or not a number"),
    (condition(1, of="x"), "person_id is empty or not a number"),
    (condition(1, of="1.5"), "person_id is empty or not a number"),
    (condition(1, day=""), "no start date"),
    (condition(1, day="soon"), "date: not readable"),
    (condition(1, day="0000-01-01"), "date: not readable"),
]


@pytest.mark.parametrize(
    ("row", "reason"), BAD_ROWS, ids=[f"{row['person_id']} {row['condition_start_date']}" for row, _ in BAD_ROWS]
)
def test_a_bad_row_is_refused_with_its_table_and_number(row: omop.Row, reason: str, tmp_path: Path) -> None:
    found = items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [row, condition(2)]}))
    assert refused(found) == [("condition_occurrence 1", reason)]
    assert list(events(found)) == ["condition_occurrence 2"]


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
def test_a_value_that_is_no_number_is_left_out(value: str, tmp_path: Path) -> None:
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
def test_a_unit_that_is_no_ucum_code_is_not_comparable(unit: int, tmp_path: Path) -> None:
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


def test_a_person_who_is_twice_in_person_is_read_once(tmp_path: Path) -> None:
    own = {"person": [person(1), person(1, born=1971), person(None)], "condition_occurrence": [condition(1)]}
    found = items(made(tmp_path, own))
    assert len(people(found)) == len(events(found)) == 1
    assert {reason for _, reason in refused(found)} == {
        "its person_id is also in another row",
        "person_id is empty or not a number",
    }


def test_rows_that_are_joined_with_a_row_that_is_twice_there_stay_one(tmp_path: Path) -> None:
    tables = export()
    for name in ("provider", "care_site", "location", "concept", "cdm_source"):
        tables[name] = tables.get(name, []) * 2
    found = items(made(tmp_path, {name: rows for name, rows in tables.items() if rows}))
    assert events(found) == EXPECTED
    assert sum(item.events.num_rows for item in found if isinstance(item, Patients)) == len(EXPECTED)


def test_a_location_has_the_dates_of_its_history(tmp_path: Path) -> None:
    lived = {
        "location_id": 12,
        "domain_id": "Person",
        "entity_id": 2,
        "start_date": "2001-01-01",
        "end_date": "2002-01-01",
    }
    other = lived | {"domain_id": "CARE_SITE", "entity_id": 1}
    found = items(made(tmp_path, export() | {"location_history": [lived, other]}))
    located = [event for row, event in events(found).items() if row.startswith("location")]
    assert located == [{"target": "omop:4320169", "kind": "location", "start": "2001-01-01", "end": "2002-01-01"}]


def test_a_care_site_that_may_name_a_person_has_its_number(tmp_path: Path) -> None:
    site = {"care_site_id": 3, "care_site_name": "Praktijk dr. A. Zonnebloem", "place_of_service_concept_id": 1}
    assert people(items(made(tmp_path, export() | {"care_site": [site]})))[0]["care_site"] == "care_site 3"


def test_nothing_that_identifies_a_person_comes_out(tmp_path: Path) -> None:
    text = repr([tuple(item) for item in items(made(tmp_path, export()))]) + repr(people(items(tmp_path)))
    assert not [one for one in ("Willemijn", "Zonnebloem", "Verzonnenlaan", "1234 AB", "belt", "voelt") if one in text]


def test_every_column_that_is_not_read_is_reported_once(tmp_path: Path) -> None:
    unread = [item.reason for item in items(made(tmp_path, export())) if isinstance(item, Unmapped)]
    assert "column is not read: condition_occurrence.condition_source_value" in unread
    assert "column is not read: observation.value_as_string" in unread
    assert len(unread) == len(set(unread))


def test_chunks_end_between_two_persons_and_contain_everybody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("ingest.omop.people.ROWS", 3)
    persons = [person(number) for number in range(1, 40)]
    rows = [condition(100 * of + number, of) for of in (3, 5, 6, 30) for number in range(of)]
    found = items(made(tmp_path, {"person": persons, "condition_occurrence": rows}))
    chunks = [item for item in found if isinstance(item, Patients)]
    owners = [owner for chunk in chunks for owner in chunk.patients["id"].to_pylist()]
    assert owners == [PSEUDONYM.patient(f"Person/{number}", SOURCE) for number in range(1, 40)]
    assert len(events(found)) == len(rows)
    for chunk in chunks:
        assert set(chunk.events["source"].to_pylist()) <= set(chunk.patients["id"].to_pylist())
        assert len(chunk.records) == len(chunk.content) == chunk.patients.num_rows


def test_a_folder_is_one_input_and_other_files_in_it_stay_unknown(tmp_path: Path) -> None:
    made(
        tmp_path,
        export() | {"vocabulary": [{"vocabulary_id": "SNOMED"}], "concept_ancestor": [{"ancestor_concept_id": 1}]},
    )
    (tmp_path / "readme.txt").write_text("about this export")
    found = records([tmp_path], lambda text: "0" * 64)
    assert [file.path.name for file in found.files] == ["person.csv"]
    assert [path.name for path in found.strange] == ["readme.txt"]
    (tmp_path / "drug_era.csv").write_text("changed")
    assert records([tmp_path], lambda text: "0" * 64).files[0].hash != found.files[0].hash


@pytest.mark.parametrize("column", ["person_id", "condition_concept_id", "condition_start_date"])
def test_a_table_without_a_needed_column_is_refused_as_a_whole(column: str, tmp_path: Path) -> None:
    row = {name: value for name, value in condition(1).items() if name != column}
    with pytest.raises(UnreadableFile, match=f"condition_occurrence.*{column}.* is missing; add it"):
        items(made(tmp_path, {"person": [person(1)], "condition_occurrence": [row]}))

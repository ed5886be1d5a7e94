"""tests of OMOP CDM: exports by hand, in every form, and what comes out of them."""

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

from ingest.records import Item, Patients
from ingest.sources import recognise
from tests.ingest.golden import PSEUDONYM

Row = dict[str, Any]
Export = dict[str, list[Row]]
FORMS = ("csv", "tsv", "parquet", "zip", "zip of parquet", "duckdb")


def concept(id: int, name: str, vocabulary: str, code: str) -> Row:
    return {"concept_id": id, "concept_name": name, "vocabulary_id": vocabulary, "concept_code": code, "domain_id": "x"}


CONCEPTS = [
    concept(201826, "Type 2 diabetes mellitus", "SNOMED", "44054006"),
    concept(45591027, "Type 2 diabetes mellitus without complications", "ICD10CM", "E11.9"),
    concept(1503297, "metformin", "RxNorm", "6809"),
    concept(3004410, "Hemoglobin A1c/Hemoglobin.total in Blood", "LOINC", "4548-4"),
    concept(8554, "percent", "UCUM", "%"),
    concept(8513, "scoop", "UCUM", "a scoop"),
    concept(9189, "Negative", "SNOMED", "260385009"),
    concept(4306655, "Death", "SNOMED", "419620001"),
    concept(9201, "Inpatient Visit", "Visit", "IP"),
    concept(32817, "EHR", "Type Concept", "OMOP4976890"),
    concept(8527, "White", "Race", "5"),
]


def export(*, newer: bool = True) -> Export:
    """Two persons with rows in every event table; `newer` is version 5.4, otherwise 5.3."""
    own = {"person_id": 1, "provider_id": 7, "visit_occurrence_id": 50}
    more = {"procedure_end_date": "2020-03-06"} if newer else {}
    region = {"country_concept_id": 4320169} if newer else {}
    return {
        "person": [
            person(1, 8532, 1951, race_concept_id=8527, care_site_id=3, location_id=12),
            person(2, 8507, 1980),
        ],
        "provider": [{"provider_id": 7, "provider_name": "Zonnebloem", "specialty_concept_id": 38004456}],
        "care_site": [{"care_site_id": 3, "care_site_name": "Ward 1", "place_of_service_concept_id": 8717}],
        "location": [{"location_id": 12, "address_1": "Verzonnenlaan 1", "zip": "1234 AB", **region}],
        "concept": CONCEPTS,
        "condition_occurrence": [
            own
            | {
                "condition_occurrence_id": 12,
                "condition_concept_id": 201826,
                "condition_start_date": "2021-03-04",
                "condition_end_date": "2021-04-01",
                "condition_type_concept_id": 32817,
                "condition_status_concept_id": 32899,
                "condition_source_value": "belt",
                "condition_source_concept_id": 45591027,
            }
        ],
        "drug_exposure": [
            own
            | {
                "drug_exposure_id": 13,
                "drug_concept_id": 0,
                "drug_exposure_start_date": "2021-03-05",
                "drug_exposure_end_date": "2021-06-03",
                "drug_type_concept_id": 32817,
                "refills": 3,
                "quantity": 90.5,
                "days_supply": 90,
                "route_concept_id": 4132161,
                "drug_source_concept_id": 1503297,
            }
        ],
        "procedure_occurrence": [
            own
            | {
                "procedure_occurrence_id": 14,
                "procedure_concept_id": 4107731,
                "procedure_date": "2020-03-04",
                "procedure_type_concept_id": 32817,
                "modifier_concept_id": 4080761,
                "quantity": 2,
                **more,
            }
        ],
        "device_exposure": [
            own
            | {
                "device_exposure_id": 15,
                "device_concept_id": 4222966,
                "device_exposure_start_date": "2020-01-01",
                "device_exposure_end_date": "2020-02-01",
                "device_type_concept_id": 32817,
                "quantity": 1,
            }
        ],
        "measurement": [
            own
            | {
                "measurement_id": 16,
                "measurement_concept_id": 3004410,
                "measurement_date": "2021-03-04",
                "measurement_type_concept_id": 32817,
                "operator_concept_id": 4172703,
                "value_as_number": 7.5,
                "unit_concept_id": 8554,
                "range_low": 4,
                "range_high": 6,
            }
        ],
        "observation": [
            own
            | {
                "observation_id": 17,
                "observation_concept_id": 4214956,
                "observation_date": "2021-03-04",
                "observation_type_concept_id": 32817,
                "value_as_string": "voelt zich moe",
                "value_as_concept_id": 9189,
                "qualifier_concept_id": 4269829,
            }
        ],
        "specimen": [
            {
                "specimen_id": 18,
                "person_id": 1,
                "specimen_concept_id": 4001225,
                "specimen_type_concept_id": 32817,
                "specimen_date": "2021-03-04",
                "quantity": 5,
                "anatomic_site_concept_id": 4046838,
                "disease_status_concept_id": 4066212,
            }
        ],
        "death": [{"person_id": 1, "death_date": "2022-02-02", "death_type_concept_id": 32817, "cause_concept_id": 0}],
        "visit_occurrence": [
            {
                "visit_occurrence_id": 50,
                "person_id": 1,
                "visit_concept_id": 9201,
                "visit_start_date": "2021-03-04",
                "visit_end_date": "2021-03-06",
                "visit_type_concept_id": 32817,
                "provider_id": 7,
                "care_site_id": 3,
            }
        ],
        "visit_detail": [
            {
                "visit_detail_id": 51,
                "person_id": 1,
                "visit_detail_concept_id": 581379,
                "visit_detail_start_date": "2021-03-05",
                "visit_detail_end_date": "2021-03-06",
                "visit_detail_type_concept_id": 32817,
                "visit_occurrence_id": 50,
            }
        ],
        "observation_period": [period(2), period(1)],
        "condition_era": [era("condition_era", 20, "condition", 201826)],
        "drug_era": [era("drug_era", 21, "drug", 1503297)],
        "dose_era": [era("dose_era", 22, "drug", 1503297) | {"unit_concept_id": 8554, "dose_value": 500}],
        "payer_plan_period": [
            {
                "payer_plan_period_id": 23,
                "person_id": 1,
                "payer_plan_period_start_date": "2020-01-01",
                "payer_plan_period_end_date": "2020-12-31",
                "payer_concept_id": 280,
                "plan_concept_id": 290,
                "sponsor_concept_id": 300,
                "stop_reason_concept_id": 310,
            }
        ],
        "note": [{"note_id": 1, "person_id": 1, "note_text": "belt voelt zich moe"}],
    }


def person(id: Any, gender: int = 8507, born: Any = 1970, **more: Any) -> Row:
    return {
        "person_id": id,
        "gender_concept_id": gender,
        "year_of_birth": born,
        "race_concept_id": 0,
        "ethnicity_concept_id": 0,
        "person_source_value": "Willemijn",
    } | more


def condition(id: int, of: Any = 1, day: Any = "2021-03-04", concept: Any = 201826, **more: Any) -> Row:
    return {
        "condition_occurrence_id": id,
        "person_id": of,
        "condition_concept_id": concept,
        "condition_start_date": day,
    } | more


def period(of: int, start: str = "2000-01-01", end: str = "2024-01-01") -> Row:
    return {
        "observation_period_id": 100 + of,
        "person_id": of,
        "observation_period_start_date": start,
        "observation_period_end_date": end,
        "period_type_concept_id": 32817,
    }


def era(name: str, id: int, what: str, concept: int) -> Row:
    dates = {f"{name}_start_date": "2021-03-04", f"{name}_end_date": "2021-04-04"}
    return {f"{name}_id": id, "person_id": 1, f"{what}_concept_id": concept, **dates}


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

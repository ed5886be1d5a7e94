"""demonstration: writes the patients of a second, made-up clinic, as OMOP CDM 5.4; the output is the same each time.

`python -m demonstration.clinic FOLDER` writes one CSV file per table (https://ohdsi.github.io/CommonDataModel/cdm54.html).
Most concept ids are above 2,000,000,000, because OMOP reserves these ids for a site's own concepts. The codes are real.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

SEED, COUNT = 4548, 60
_FIRST, _LAST = date(2014, 1, 1), date(2023, 12, 31)
_CONCEPTS = {
    "t2d": (2000000001, "Type 2 diabetes mellitus", "Condition", "SNOMED", "44054006"),
    "ckd": (2000000002, "Chronic kidney disease", "Condition", "SNOMED", "709044004"),
    "hf": (2000000003, "Heart failure", "Condition", "SNOMED", "84114007"),
    "hypertension": (2000000004, "Essential hypertension", "Condition", "SNOMED", "59621000"),
    "retinopathy": (2000000005, "Retinopathy due to type 2 diabetes", "Condition", "SNOMED", "422034002"),
    "e11": (2000000006, "Type 2 diabetes mellitus without complications", "Condition", "ICD10", "E11.9"),
    "metformin": (2000000011, "Metformin", "Drug", "RxNorm", "6809"),
    "insulin": (2000000012, "insulin lispro 100 UNT/ML Injectable Solution", "Drug", "RxNorm", "865098"),
    "hba1c": (2000000021, "Hemoglobin A1c", "Measurement", "LOINC", "4548-4"),
    "percent": (2000000022, "percent", "Unit", "UCUM", "%"),
    "mmol_mol": (2000000023, "millimole per mole", "Unit", "UCUM", "mmol/mol"),
    "outpatient": (2000000031, "Outpatient Visit", "Visit", "Visit", "OP"),
    "oral": (2000000041, "Oral route", "Route", "SNOMED", "26643006"),
    "ehr": (2000000051, "EHR", "Type Concept", "Type Concept", "OMOP4976890"),
    "female": (8532, "FEMALE", "Gender", "Gender", "F"),
    "male": (8507, "MALE", "Gender", "Gender", "M"),
}
_ID = {name: row[0] for name, row in _CONCEPTS.items()}
_NEXT = ("ckd", "hf", "hypertension", "retinopathy")


class Visit(NamedTuple):
    """A visit of a patient on one day."""

    id: int
    person: int
    day: date


class Clinic:
    """The rows of all tables. Every visit, diagnosis, drug and result has a number of its own."""

    def __init__(self) -> None:
        self.rng = Random(SEED)
        self.rows: dict[str, list[dict[str, Any]]] = {}
        self._count = 0

    def add(self, table: str, **columns: Any) -> None:
        self.rows.setdefault(table, []).append(columns)

    def number(self) -> int:
        self._count += 1
        return self._count

    def days(self, first: int, last: int) -> timedelta:
        """Returns a random number of days from `first` to `last`, both inclusive."""
        return timedelta(first + int(self.rng.random() * (last - first + 1)))

    def visit(self, person: int, day: date) -> Visit:
        visit = Visit(self.number(), person, day)
        self.add("visit_occurrence", visit_occurrence_id=visit.id, person_id=person,
                 visit_concept_id=_ID["outpatient"], visit_start_date=day, visit_end_date=day,
                 visit_type_concept_id=_ID["ehr"])  # fmt: skip
        return visit

    def diagnose(self, visit: Visit, name: str) -> None:
        self.add("condition_occurrence", condition_occurrence_id=self.number(), person_id=visit.person,
                 condition_concept_id=_ID[name], condition_start_date=visit.day,
                 condition_type_concept_id=_ID["ehr"], visit_occurrence_id=visit.id,
                 condition_source_concept_id=_ID["e11"] if name == "t2d" else 0)  # fmt: skip

    def measure(self, visit: Visit, percent: float) -> None:
        """Adds an HbA1c result, given in NGSP percent. A quarter of the results are in IFCC units, as in Dutch
        laboratories.
        """
        ifcc = self.rng.random() < 0.25
        value = round(10.93 * percent - 23.5) if ifcc else percent
        self.add("measurement", measurement_id=self.number(), person_id=visit.person,
                 measurement_concept_id=_ID["hba1c"], measurement_date=visit.day,
                 measurement_type_concept_id=_ID["ehr"], value_as_number=value,
                 unit_concept_id=_ID["mmol_mol" if ifcc else "percent"], visit_occurrence_id=visit.id)  # fmt: skip

    def treat(self, visit: Visit, name: str, days: int) -> None:
        route = _ID["oral"] if name == "metformin" else 0
        self.add("drug_exposure", drug_exposure_id=self.number(), person_id=visit.person,
                 drug_concept_id=_ID[name], drug_exposure_start_date=visit.day,
                 drug_exposure_end_date=visit.day + timedelta(days), drug_type_concept_id=_ID["ehr"],
                 days_supply=days, refills=3, quantity=2 * days, route_concept_id=route,
                 visit_occurrence_id=visit.id)  # fmt: skip


def _patient(clinic: Clinic, person: int) -> None:
    rng = clinic.rng
    clinic.add("person", person_id=person, gender_concept_id=_ID["female" if rng.random() < 0.5 else "male"],
               year_of_birth=1940 + int(rng.random() * 45))  # fmt: skip
    clinic.add("observation_period", observation_period_id=person, person_id=person,
               observation_period_start_date=_FIRST, observation_period_end_date=_LAST,
               period_type_concept_id=_ID["ehr"])  # fmt: skip
    first = clinic.visit(person, _FIRST + clinic.days(400, 2400))
    percent = round(6.0 + rng.random() * 4, 1)
    clinic.measure(first, percent)
    clinic.diagnose(first, "t2d")
    if rng.random() < 0.2:
        clinic.treat(clinic.visit(person, first.day - clinic.days(30, 300)), "insulin", 90)
    if percent > 6.8 or rng.random() < 0.3:
        clinic.treat(clinic.visit(person, first.day + clinic.days(0, 120)), "metformin", 90)
    for name in _NEXT:
        if rng.random() < 0.3:
            clinic.diagnose(clinic.visit(person, first.day + clinic.days(150, 1100)), name)


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    return list(rows[0])


def write(folder: Path) -> None:
    """Writes one file for each table. Replaces existing files."""
    clinic = Clinic()
    for person in range(1, COUNT + 1):
        _patient(clinic, person)
    names = ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_code")
    rest = {"concept_class_id": "Undefined", "standard_concept": "S", "valid_start_date": "1970-01-01",
            "valid_end_date": "2099-12-31", "invalid_reason": ""}  # fmt: skip
    tables = clinic.rows | {"concept": [dict(zip(names, row, strict=True)) | rest for row in _CONCEPTS.values()]}
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        _write(folder / f"{table}.csv", _columns(rows), rows)


def _write(file: Path, columns: list[str], rows: Iterable[dict[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    write(Path(sys.argv[1]))

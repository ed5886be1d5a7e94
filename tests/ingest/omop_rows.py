"""tests of OMOP CDM: an export made by hand with rows in every event table, and the events that it gives."""

from __future__ import annotations

from typing import Any

from tests.ingest.golden import PSEUDONYM

Row = dict[str, Any]
Export = dict[str, list[Row]]


def concept(id: int, name: str, vocabulary: str, code: str) -> Row:
    return {"concept_id": id, "concept_name": name, "vocabulary_id": vocabulary, "concept_code": code, "domain_id": "x"}


CONCEPTS = [
    concept(201826, "Type 2 diabetes mellitus", "SNOMED", "44054006"),
    concept(45591027, "Type 2 diabetes mellitus without complications", "ICD10CM", "E11.9"),
    concept(1503297, "metformin", "RxNorm", "6809"),
    concept(3004410, "Hemoglobin A1c/Hemoglobin.total in Blood", "LOINC", "4548-4"),
    concept(8554, "percent", "UCUM", "%"),
    concept(8576, "milligram", "UCUM", "mg"),
    concept(8587, "milliliter", "UCUM", "mL"),
    concept(8513, "scoop", "UCUM", "a scoop"),
    concept(9189, "Negative", "SNOMED", "260385009"),
    concept(4306655, "Death", "SNOMED", "419620001"),
    concept(9201, "Inpatient Visit", "Visit", "IP"),
    concept(32817, "EHR", "Type Concept", "OMOP4976890"),
    concept(8527, "White", "Race", "5"),
]


def export(*, newer: bool = True) -> Export:
    """Two persons with rows in every event table; `newer` is version 5.4, otherwise 5.3."""
    tables = {name: [dict(row) for row in rows] for name, rows in _EXPORT.items()}
    if newer:
        tables["procedure_occurrence"][0]["procedure_end_date"] = "2020-03-06"
        tables["location"][0]["country_concept_id"] = 4320169
    return tables


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


_OWN: Row = {"person_id": 1, "provider_id": 7, "visit_occurrence_id": 50}
_EXPORT: Export = {
    "person": [
        person(1, 8532, 1951, race_concept_id=8527, care_site_id=3, location_id=12),
        person(2, 8507, 1980),
    ],
    "provider": [{"provider_id": 7, "provider_name": "Zonnebloem", "specialty_concept_id": 38004456}],
    "care_site": [
        {"care_site_id": 3, "care_site_name": "Ward 1", "place_of_service_concept_id": 8717, "location_id": 12}
    ],
    "location": [{"location_id": 12, "address_1": "Verzonnenlaan 1", "zip": "1234 AB"}],
    "concept": CONCEPTS,
    "condition_occurrence": [
        _OWN
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
        _OWN
        | {
            "drug_exposure_id": 13,
            "drug_concept_id": 0,
            "drug_exposure_start_date": "2021-03-05",
            "drug_exposure_end_date": "2021-06-03",
            "drug_type_concept_id": 32817,
            "refills": 3,
            "quantity": 90.5,
            "days_supply": 90,
            "effective_drug_dose": 500,
            "dose_unit_concept_id": 8576,
            "lot_number": "EH9899",
            "route_concept_id": 4132161,
            "drug_source_concept_id": 1503297,
        }
    ],
    "procedure_occurrence": [
        _OWN
        | {
            "procedure_occurrence_id": 14,
            "procedure_concept_id": 4107731,
            "procedure_date": "2020-03-04",
            "procedure_type_concept_id": 32817,
            "modifier_concept_id": 4080761,
            "quantity": 2,
        }
    ],
    "device_exposure": [
        _OWN
        | {
            "device_exposure_id": 15,
            "device_concept_id": 4222966,
            "device_exposure_start_date": "2020-01-01",
            "device_exposure_end_date": "2020-02-01",
            "device_type_concept_id": 32817,
            "quantity": 1,
            "unique_device_id": "(01)00643169007222(17)240101(21)SERIAL77",
        }
    ],
    "measurement": [
        _OWN
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
        _OWN
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
            "unit_concept_id": 8587,
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
            "admitted_from_concept_id": 8863,
            "discharge_to_concept_id": 8536,
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
    "condition_era": [era("condition_era", 20, "condition", 201826) | {"condition_occurrence_count": 3}],
    "drug_era": [era("drug_era", 21, "drug", 1503297) | {"drug_exposure_count": 2, "gap_days": 12}],
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
            "plan_source_concept_id": 2900,
            "sponsor_source_concept_id": 3000,
            "stop_reason_source_concept_id": 3100,
        }
    ],
    "note": [{"note_id": 1, "person_id": 1, "note_text": "belt voelt zich moe"}],
}
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
        "value": 500.0,
        "unit": "mg",
        "identifier": "EH9899",
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
        "identifier": "(01)00643169007222",
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
        "unit": "mL",
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
        "region": "omop:4320169",
        "admitted_from": "omop:8863",
        "discharged_to": "omop:8536",
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
        "occurrences": 3,
    },
    "drug_era 21": {
        "target": "rxnorm:6809",
        "kind": "drug_era",
        "start": "2021-03-04",
        "end": "2021-04-04",
        "occurrences": 2,
        "gap": 12,
    },
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
        "plan_source": "omop:2900",
        "sponsor_source": "omop:3000",
        "reason_source": "omop:3100",
    },
    "location 12": {"target": "omop:4320169", "kind": "location"},
}
EXPECTED["observation_period 102"] = EXPECTED["observation_period 101"]

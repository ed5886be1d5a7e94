"""demonstration: writes 200 made-up patients; the output is the same each time.

`python -m demonstration.generate FOLDER` writes FOLDER/<resource type>.ndjson (FHIR R4 Bulk Data,
https://hl7.org/fhir/uv/bulkdata/). The only random function used is `Random.random`, because no other function is
guaranteed to give the same sequence in all versions of Python
(https://docs.python.org/3/library/random.html#notes-on-reproducibility).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from demonstration.codes import (
    ADMISSION,
    ALLERGIES,
    COMPLAINTS,
    DIAGNOSES,
    DIASTOLIC,
    DRUGS,
    ENCOUNTERS,
    FILM,
    NEGATIVE,
    PARTICIPANT,
    POSITIVE,
    PRESSURE,
    PROCEDURES,
    STOOL,
    SYSTOLIC,
    TESTS,
    TRAVEL_VACCINE,
    VACCINES,
    VISITS,
    Coding,
    Measure,
)
from demonstration.people import Patient, patient

T = TypeVar("T")
Resource = dict[str, Any]

SEED = 5148
COUNT = 200
TYPES = (
    "Patient",
    "Encounter",
    "Condition",
    "Observation",
    "MedicationRequest",
    "Procedure",
    "Immunization",
    "AllergyIntolerance",
)

# The patients with each disease, by number. Some patients with diabetes also have kidney disease, and some patients
# with either disease also have heart failure. The two challenge studies have healthy young volunteers. One disease is
# too rare to be disclosed.
GROUPS: dict[str, frozenset[int]] = {
    "t2d": frozenset(range(60)),
    "dkd": frozenset(range(34, 48)),
    "ckd": frozenset(range(48, 74)),
    "hf": frozenset([*range(44, 60), *range(66, 85)]),
    "malaria": frozenset(range(120, 144)),
    "hookworm": frozenset(range(144, 158)),
    "fabry": frozenset(range(196, 200)),
    "t1d": frozenset(range(158, 172)),
    "retinopathy": frozenset(range(0, 60, 5)),
    "hypertension": frozenset([*range(20, 84), *range(86, 110, 2)]),
    "obesity": frozenset([*range(0, 60, 3), *range(100, 118, 3)]),
    "lipids": frozenset(range(1, 90, 2)),
    "infarct": frozenset([*range(50, 60, 2), *range(70, 90, 2)]),
    "fibrillation": frozenset(range(45, 85, 3)),
    "anaemia": frozenset([*range(60, 74, 3), *range(144, 158, 2), *range(172, 180)]),
}
CHALLENGED = GROUPS["malaria"] | GROUPS["hookworm"]
MISTAKEN = {"t2d": 110, "hookworm": 180}  # patients with a refuted diagnosis, who must not be counted


class Chart:
    """The resources of a patient by type; each has its own id."""

    def __init__(self, rng: Random, who: Patient, volunteer: bool) -> None:
        self.rng, self.who, self.volunteer = rng, who, volunteer
        self.resources: dict[str, list[Resource]] = {kind: [] for kind in TYPES}
        self.count = 0

    def pick(self, choices: Sequence[T]) -> T:
        return choices[int(self.rng.random() * len(choices))]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def day(self, first: int, last: int) -> str:
        """Returns a random date in the years `first` to `last`, both inclusive."""
        year = first + int(self.rng.random() * (last - first + 1))
        return f"{year}-{1 + int(self.rng.random() * 12):02}-{1 + int(self.rng.random() * 28):02}"

    def add(self, kind: str, subject: str = "subject", **fields: Any) -> None:
        self.count += 1
        head = {"resourceType": kind, "id": f"{self.who.id}-{self.count}"}
        self.resources[kind].append({**head, subject: {"reference": f"Patient/{self.who.id}"}, **fields})


def concept(*codings: Coding) -> Resource:
    return {"coding": [coding._asdict() for coding in codings]}


def status(kind: str, code: str) -> Resource:
    return {"coding": [{"system": f"http://terminology.hl7.org/CodeSystem/{kind}", "code": code}]}


def condition(chart: Chart, codings: Sequence[Coding], start: str, verification: str = "confirmed") -> None:
    fields: Resource = {"verificationStatus": status("condition-ver-status", verification)}
    if verification == "confirmed":
        fields["clinicalStatus"] = status("condition-clinical", "resolved" if chart.volunteer else "active")
    if chart.chance(0.1):
        fields["note"] = [{"text": f"Besproken met {chart.who.name}."}]
    chart.add("Condition", code=concept(*codings), onsetDateTime=start, **fields)


def value(chart: Chart, measure: Measure) -> Resource:
    number = round(measure.low + chart.rng.random() * (measure.high - measure.low), measure.digits)
    quantity = {"value": number if measure.digits else int(number), "unit": measure.unit}
    return {"valueQuantity": {**quantity, "system": "http://unitsofmeasure.org", "code": measure.unit}}


def observe(chart: Chart, what: Coding, when: str, **fields: Any) -> None:
    chart.add("Observation", status="final", code=concept(what), effectiveDateTime=when, **fields)


def measurements(chart: Chart, groups: Sequence[str], first: int, last: int) -> None:
    for measure in (measure for group in ("all", *groups) for measure in TESTS.get(group, ())):
        observe(chart, measure.coding, chart.day(first, last), **value(chart, measure))
    parts = [{"code": concept(part.coding), **value(chart, part)} for part in (SYSTOLIC, DIASTOLIC)]
    observe(chart, PRESSURE, chart.day(first, last), component=parts)


def challenge(chart: Chart, group: str) -> None:
    """Adds the blood films or stool tests of a patient in a challenge study: first negative, then positive."""
    what, days = (FILM, ("02", "09")) if group == "malaria" else (STOOL, ("04", "27"))
    month = chart.day(2018, 2022)[:8]
    for day, answer in zip(days, (NEGATIVE, POSITIVE), strict=True):
        observe(chart, what, month + day, valueCodeableConcept=concept(answer))
    if group == "hookworm":
        chart.add(
            "MedicationRequest",
            status="completed",
            intent="order",
            medicationCodeableConcept={"text": "albendazol 400 mg"},
            authoredOn=month + "28",
        )


def treatment(chart: Chart, group: str, first: int, last: int) -> None:
    if group in DRUGS:
        drug = concept(chart.pick(DRUGS[group]))
        fields: Resource = {"status": "active", "intent": "order", "medicationCodeableConcept": drug}
        chart.add("MedicationRequest", authoredOn=chart.day(first, last), **fields)
    if group in PROCEDURES and chart.chance(0.6):
        done = concept(chart.pick(PROCEDURES[group]))
        chart.add("Procedure", status="completed", code=done, performedDateTime=chart.day(first, last))


def contacts(chart: Chart, groups: Sequence[str]) -> None:
    kind, day = ADMISSION if "hf" in groups else chart.pick(ENCOUNTERS), chart.day(2019, 2023)
    stay = {"system": VISITS, "code": "IMP" if kind is ADMISSION else "AMB"}
    fields: Resource = {"class": stay, "type": [concept(kind)]}
    if chart.volunteer:
        fields["reasonCode"] = [concept(PARTICIPANT)]
    chart.add("Encounter", status="finished", period={"start": day, "end": day}, **fields)


def protection(chart: Chart) -> None:
    if chart.volunteer or chart.chance(0.35):
        vaccine = TRAVEL_VACCINE if chart.volunteer else chart.pick(VACCINES)
        fields = {"vaccineCode": concept(vaccine), "occurrenceDateTime": chart.day(2021, 2022)}
        chart.add("Immunization", "patient", status="completed", **fields)
    if chart.chance(0.12):
        sure = status("allergyintolerance-verification", "confirmed")
        chart.add("AllergyIntolerance", "patient", code=concept(chart.pick(ALLERGIES)), verificationStatus=sure)


def chart_of(rng: Random, number: int) -> Chart:
    volunteer = number in CHALLENGED
    chart = Chart(rng, patient(rng, number, volunteer), volunteer)
    chart.resources["Patient"].append(chart.who.resource)
    groups = [group for group, numbers in GROUPS.items() if number in numbers]
    first, last = (2018, 2022) if volunteer else (2008, 2021)
    for group in groups:
        condition(chart, chart.pick(DIAGNOSES[group]), chart.day(first, last))
        if group in COMPLAINTS and chart.chance(0.4):
            condition(chart, [chart.pick(COMPLAINTS[group])], chart.day(first, last))
        treatment(chart, group, first, 2023)
    for group in (group for group, mistaken in MISTAKEN.items() if mistaken == number):
        condition(chart, DIAGNOSES[group][0], chart.day(first, last), "refuted")
    measurements(chart, groups, first, 2023)
    for group in (group for group in ("malaria", "hookworm") if group in groups):
        challenge(chart, group)
    contacts(chart, groups)
    protection(chart)
    return chart


def write(folder: Path) -> None:
    """Writes one file per resource type, with patients in the order of their numbers. Replaces existing files."""
    rng = Random(SEED)
    charts = [chart_of(rng, number) for number in range(COUNT)]
    folder.mkdir(parents=True, exist_ok=True)
    for kind in TYPES:
        lines = (
            json.dumps(one, ensure_ascii=False, separators=(",", ":")) for c in charts for one in c.resources[kind]
        )
        (folder / f"{kind}.ndjson").write_bytes("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    write(Path(sys.argv[1]))

"""ingest: every source of care states a death as an event of the kind `death`."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.language import parse
from graph.kinds import Event
from graph.snapshot import fresh_snapshot
from ingest.codes import DEATH
from ingest.omop.codes import code
from ingest.omop.tables import DEATH as OMOP_DEATH
from ingest.records import Item
from ingest.sources import fhir_json, fhir_xml, phenopackets
from tests.graph.rows import table
from tests.ingest.care import EARLY, LATE, Site, at, bundle, condition, deleted, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.test_attributes import xml

LATER = at("2026-01-01T01:00:00Z")
CAUSE = {"id": "MONDO:0005148", "label": "type 2 diabetes mellitus"}
DATED = {"timestamp": "2024-05-06T07:08:09Z"}


def packet(id_: str, **vital: Any) -> dict[str, Any]:
    features = [{"type": {"id": "HP:0001250", "label": "Seizure"}}]
    return {"id": id_, "subject": {"id": "1", "vitalStatus": vital}, "phenotypicFeatures": features}


def deaths(items: list[Item]) -> list[tuple[str, str | None]]:
    return [(one.concept, one.start) for one in items if isinstance(one, Event) and one.kind == "death"]


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize(
    ("stated", "made"),
    [
        ({"deceasedDateTime": "2023-11-02T10:00:00+01:00"}, [(DEATH, "2023-11-02")]),
        ({"deceasedDateTime": "2023-11"}, [(DEATH, "2023-11")]),
        ({"deceasedDateTime": "last year"}, [(DEATH, None)]),
        ({"deceasedBoolean": True}, [(DEATH, None)]),
        ({"deceasedBoolean": False}, []),
        ({}, []),
    ],
)
def test_a_fhir_patient_dies_once(form: str, stated: dict[str, Any], made: list[Any], tmp_path: Any) -> None:
    one = {"resourceType": "Patient", "id": "1"} | stated
    path = tmp_path / f"patient.{form}"
    inner = "".join(xml(name, value) for name, value in one.items() if name != "resourceType")
    path.write_text(json.dumps(one) if form == "json" else f'<Patient xmlns="http://hl7.org/fhir">{inner}</Patient>')
    assert deaths([*(fhir_json if form == "json" else fhir_xml).read(path, PSEUDONYM)]) == made


@pytest.mark.parametrize(
    ("vital", "made"),
    [
        ({"status": "DECEASED", "timeOfDeath": DATED}, [(DEATH, "2024-05-06")]),
        ({"status": "DECEASED", "timeOfDeath": {"age": {"iso8601duration": "P3Y"}}}, [(DEATH, "P3Y")]),
        ({"status": 2}, [(DEATH, None)]),
        ({"status": "DECEASED", "causeOfDeath": CAUSE, "timeOfDeath": DATED}, [(CAUSE["id"], "2024-05-06")]),
        ({"status": "DECEASED", "causeOfDeath": {"id": "no code"}}, [(DEATH, None)]),
        ({"status": "ALIVE", "timeOfDeath": DATED}, []),
        ({"status": "UNKNOWN_STATUS", "causeOfDeath": CAUSE}, []),
    ],
)
def test_the_subject_of_a_phenopacket_dies_once(vital: dict[str, Any], made: list[Any], tmp_path: Any) -> None:
    path = tmp_path / "packet.json"
    path.write_text(json.dumps(packet("a", **vital)))
    assert deaths([*phenopackets.read(path, PSEUDONYM)]) == made


def test_all_sources_have_the_same_concept() -> None:
    assert DEATH == "snomedct:419620001"
    assert code(OMOP_DEATH, "SNOMED", "419620001", "Death").curie == DEATH
    assert code(OMOP_DEATH, None, None, None).curie == DEATH


def dead(site: Site, text: str = "patients with death") -> list[int]:
    """The birth years of the patients in a cohort."""
    snapshot = fresh_snapshot(site.store, site.folder / "state")
    return sorted(int(snapshot.patients.born[number]) for number in answer(snapshot, parse(text)).patients)


def test_a_cohort_of_the_dead_over_fhir_and_phenopackets(site: Site) -> None:
    first = bundle(
        site.folder / "a.json",
        patient("1", "1931", deceasedDateTime="2024-05-06"),
        patient("2", "1932", deceasedBoolean=True),
        patient("3", "1933", deceasedBoolean=False),
        patient("4", "1934"),
        *(condition(f"c{n}", of=f"Patient/{n}") for n in range(1, 5)),
    )
    packets = site.folder / "b.json"
    members = [packet("a", status="DECEASED", timeOfDeath=DATED), packet("b", status="ALIVE"), packet("c")]
    for year, member in enumerate(members, 1941):
        member["subject"]["dateOfBirth"] = f"{year}-01-01T00:00:00Z"
    packets.write_text(json.dumps({"members": members}))
    site.take(first, packets)
    assert dead(site) == dead(site, f"patients with death [{DEATH}]") == [1931, 1932, 1941]
    assert dead(site, "patients with no death") == [1933, 1934, 1942, 1943]
    assert dead(site, "patients with death with starting from 2024-05-06 to 2024-05-06") == [1931, 1941]


def test_a_new_version_of_a_patient_replaces_the_death(site: Site) -> None:
    def held() -> list[tuple[Any, ...]]:
        return [row[1:] for row in table(site.store, "EVENT", "kind", "target", "start") if row[0] == "death"]

    def take(**stated: Any) -> None:
        site.take(bundle(site.folder / "a.json", patient(**stated), condition(**EARLY)))

    take(deceasedBoolean=True, **EARLY)
    assert held() == [(DEATH, None)]
    take(deceasedDateTime="2024-05-06", **LATE)
    assert held() == [(DEATH, "2024-05-06")]
    take(deceasedBoolean=True, **EARLY)
    assert held() == [(DEATH, "2024-05-06")]
    take(**LATER)
    assert held() == []
    take(deceasedBoolean=True, **at("2026-01-01T02:00:00Z"))
    assert held() == [(DEATH, None)] and dead(site) == [1960]
    site.take(deleted(site.folder / "d.json", "Patient/1"))
    assert dead(site) == [] and site.persons() == 0

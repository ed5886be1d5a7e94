"""tests end to end: questions of a clinician to FHIR and phenopackets, compared with the answers of a plain script."""

from __future__ import annotations

import json
import re
import tarfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.language import parse
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, open_store
from tests.e2e import raw
from tests.e2e.conftest import Care
from tests.ingest.graphs import ingest_into

Resource = dict[str, Any]
PACKETS = 800
ASKED = ("Patient", "Observation", "Condition")


def quantities(resources: list[Resource], code: str) -> Iterator[tuple[float, str]]:
    """The values and dates of a measurement, also as a part of another one."""
    for one in (one for one in resources if one["resourceType"] == "Observation"):
        for part in (one, *one.get("component", ())):
            if part["code"]["coding"][0]["code"] == code and "valueQuantity" in part:
                yield part["valueQuantity"]["value"], one["effectiveDateTime"][:10]


def diagnosed(resources: list[Resource], code: str) -> list[str]:
    conditions = (one for one in resources if one["resourceType"] == "Condition")
    return sorted(one["onsetDateTime"][:10] for one in conditions if one["code"]["coding"][0]["code"] == code)


def obese_when_sick(resources: list[Resource]) -> bool:
    first = diagnosed(resources, "444814009")[:1]
    return bool(first) and any(value >= 25 and day <= first[0] for value, day in quantities(resources, "39156-5"))


FHIR: dict[str, tuple[str, Callable[[list[Resource]], bool]]] = {
    "systolic blood pressure of 150 or more": (
        "patients with at least 1 measurement [loinc:8480-6] with value at least 150 mm[Hg]",
        lambda resources: any(value >= 150 for value, _ in quantities(resources, "8480-6")),
    ),
    "at least three results of HbA1c above 42 mmol/mol": (
        "patients with at least 3 measurements [loinc:4548-4] with value above 42 mmol/mol",
        lambda resources: sum(round(10.93 * value - 23.5) > 42 for value, _ in quantities(resources, "4548-4")) >= 3,
    ),
    "overweight until the first viral sinusitis": (
        'first condition [snomedct:444814009]\nif all of:\n  rule "overweight": at least 1 measurement [loinc:39156-5]'
        " with value at least 25 kg/m2 on or before the start",
        obese_when_sick,
    ),
}


@pytest.fixture(scope="module")
def bundles(synthea: list[Path]) -> list[list[Resource]]:
    """The resources of each patient that the questions are about, and the patient."""
    every = ([one for one in resources if one["resourceType"] in ASKED] for resources in raw.bundles(synthea))
    return [resources for resources in every if any(one["resourceType"] == "Patient" for one in resources)]


def ingested(folder: Path, files: list[Path]) -> Snapshot:
    address = str(folder / "store")
    with closing(open_store(address)) as store:
        ingest_into(store, *files)
        return fresh_snapshot(store, Address(address).state)


def people(snapshot: Snapshot, text: str) -> list[tuple[int, str]]:
    """The year of birth and the sex of each patient in the cohort."""
    patients = snapshot.patients
    return sorted(
        (int(patients.born[one]), patients.sex[one].as_py()) for one in answer(snapshot, parse(text)).patients
    )


@pytest.mark.parametrize("name", FHIR)
def test_an_answer_from_fhir_equals_that_of_a_script(care: Care, bundles: list[list[Resource]], name: str) -> None:
    """The store also has Dutch examples, of patients who match none of the questions."""
    text, holds = FHIR[name]
    patients = [(next(one for one in bundle if one["resourceType"] == "Patient"), bundle) for bundle in bundles]
    theirs = sorted((int(one["birthDate"][:4]), one["gender"]) for one, bundle in patients if holds(bundle))
    assert people(care.graph, text) == theirs
    assert 0 < len(theirs) < len(bundles), "some patients must match, but not all"


@pytest.fixture(scope="module")
def packets(shared: Path) -> list[Resource]:
    with tarfile.open(shared / "care/phenopacket-store.tar.gz") as archive:
        names = [name for name in archive.getnames() if name.endswith(".json")][:PACKETS]
        return [json.load(archive.extractfile(name) or pytest.fail(name)) for name in names]


@pytest.fixture(scope="module")
def phenopackets(packets: list[Resource], tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("packets")
    for number, packet in enumerate(packets):
        (folder / f"{number}.json").write_text(json.dumps(packet), "utf-8")
    return ingested(tmp_path_factory.mktemp("phenopackets"), [folder])


def features(packet: Resource, code: str) -> list[Resource]:
    every = packet.get("phenotypicFeatures", ())
    return [one for one in every if one["type"]["id"] == code and not one.get("excluded")]


def years(packet: Resource, code: str) -> list[int]:
    """The whole years of age at the onset of a feature, where it is stated as an age."""
    ages = (one.get("onset", {}).get("age", {}).get("iso8601duration", "") for one in features(packet, code))
    return [int(found[1] or 0) for age in ages if (found := re.fullmatch(r"P(?:(\d+)Y)?(?:\d+M)?(?:\d+D)?", age))]


PACKETS_ASKED: dict[str, tuple[str, Callable[[Resource], bool]]] = {
    "boys with developmental delay and seizures": (
        "patients with condition [certain: HP:0001263] and condition [certain: HP:0001250] and male",
        lambda one: (
            bool(features(one, "HP:0001263") and features(one, "HP:0001250")) and one["subject"]["sex"] == "MALE"
        ),
    ),
    "hypotonia without short stature": (
        "patients with condition [certain: HP:0001252] and without condition [certain: HP:0004322]",
        lambda one: bool(features(one, "HP:0001252")) and not features(one, "HP:0004322"),
    ),
    "seizures from the age of two years, by an age that is stated": (
        "patients with at least 1 condition [certain: HP:0001250] with age at least 2",
        lambda one: any(age >= 2 for age in years(one, "HP:0001250")),
    ),
}


@pytest.mark.parametrize("name", PACKETS_ASKED)
def test_an_answer_from_phenopackets_equals_that_of_a_script(
    phenopackets: Snapshot, packets: list[Resource], name: str
) -> None:
    text, holds = PACKETS_ASKED[name]
    theirs = [one for one in packets if holds(one)]
    assert len(answer(phenopackets, parse(text)).patients) == len(theirs)
    assert 0 < len(theirs) < len(packets), "some patients must match, but not all"

"""tests of cli: the demonstration set is as its README says, counted without the product's readers."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from demonstration.generate import TYPES, write
from demonstration.people import passes_eleven
from ingest.pseudonym import Pseudonym
from ingest.sources import recognise as recognise_source
from ontologies.formats import recognised
from ontologies.model import Refused
from tests.cli import demonstration_files as files

FOLDER = files.FOLDER
STUBS = {"loinc:10710-2", "loinc:10704-5", "cvx:140", "cvx:207", "cvx:25"}
PROMISED = {
    "MONDO:0005148": 60,
    "MONDO:0005300": 40,
    "MONDO:0005252": 35,
    "MONDO:0005136": 24,
    "MONDO:0005799": 14,
    "MONDO:0010526": 4,
}


def data_files() -> list[Path]:
    return [path for path in sorted(FOLDER.rglob("*")) if path.is_file() and path.parent != FOLDER]


def loaded() -> Mapping[str, str]:
    return {one: label for labels, _ in files.ontologies().values() for one, label in labels.items()}


def test_the_generator_writes_the_same_bytes_again(tmp_path: Path) -> None:
    write(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in (FOLDER / "care").iterdir()}
    assert len(TYPES) == len(list(tmp_path.iterdir()))
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / "care" / path.name).read_bytes(), path.name


def test_it_has_a_few_hundred_concepts_and_is_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.rglob("*") if path.suffix != ".pyc") < 1_500_000
    assert 300 <= len(loaded()) <= 500


@pytest.mark.parametrize(("concept", "patients"), PROMISED.items())
def test_the_numbers_of_patients_are_those_in_the_readme(concept: str, patients: int) -> None:
    codes = files.reach(concept)
    kept = [
        one
        for one in files.resources("Condition")
        if one["verificationStatus"]["coding"][0]["code"] == "confirmed" and codes & set(files.codings(one["code"]))
    ]
    assert len({one["subject"]["reference"] for one in kept}) == patients


def test_mappings_and_refuted_diagnoses_change_the_number_of_patients() -> None:
    codes = files.reach("MONDO:0005148")
    all_of_them = {
        one["subject"]["reference"] for one in files.resources("Condition") if codes & set(files.codings(one["code"]))
    }
    snomed_only = {
        one["subject"]["reference"]
        for one in files.resources("Condition")
        if "snomedct:44054006" in set(files.codings(one["code"]))
    }
    assert len(all_of_them) == 61
    assert 0 < len(snomed_only) < 60


def test_every_code_of_a_patient_is_loaded_or_an_intended_stub() -> None:
    codes = {code for resource in files.resources() for code in files.codings(resource)}
    assert codes - loaded().keys() == STUBS


def test_mappings_and_translations_are_about_loaded_concepts() -> None:
    rows = list(files.mappings())
    assert {end for row in rows for end in (row["subject"], row["object"])} <= loaded().keys()
    labels = {files.spelled(one): label for one, label in loaded().items()}
    for row in files.table(FOLDER / "translations/nl.babelon.tsv"):
        assert labels[files.spelled(row["subject_id"])] == row["source_value"]
    assert len({(row["subject"], row["predicate_id"], row["object"]) for row in rows}) == len(rows)
    assert {row["concept"] for row in files.table(FOLDER / "names/ward.tsv")} <= labels.keys()


def test_the_mesh_codes_of_trials_are_cross_references_of_diseases() -> None:
    text = (FOLDER / "terminology/mondo.obo").read_text(encoding="utf-8")
    studies = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / "trials").iterdir())]
    groups = [group for key in ("meshes", "ConditionMesh") for group in files.nested(studies, key)]
    codes = {one.get("id") or one["ConditionMeshId"] for group in groups for one in group}
    assert len(codes) > 8
    assert all(f"MESH:{code} " in text for code in codes)


@pytest.mark.parametrize(("name", "roots"), [("mondo", 1), ("hp", 1), ("maxo", 1), ("icd10", 5), ("snomed", 4)])
def test_the_hierarchies_are_connected_and_have_no_cycle(name: str, roots: int) -> None:
    labels, parents = files.ontologies()[name]
    dead = {"MONDO:0012633"} & labels.keys()
    assert {above for one in parents.values() for above in one} <= labels.keys()
    tops = {one for one in labels if not parents[one]} - dead
    assert len(tops) == roots
    assert files.below(tops, parents) == labels.keys() - dead
    left = dict(parents)
    while leaves := left.keys() - {above for one in left.values() for above in one}:
        left = {one: above for one, above in left.items() if one not in leaves}
    assert not left, "a cycle"


def test_identifiers_and_postal_codes_of_patients_are_not_real() -> None:
    patients = list(files.resources("Patient"))
    numbers = [one["identifier"][0]["value"] for one in patients]
    assert len(set(numbers)) == len(patients) == 200
    assert not any(passes_eleven(number) for number in numbers)
    assert passes_eleven("111222333"), "the check accepts a valid number"
    assert all(one["address"][0]["postalCode"].startswith("0") for one in patients), "real postal codes start at 1000"


def test_the_terminology_readers_refuse_nothing() -> None:
    folders = [FOLDER / name for name in ("terminology", "mappings", "translations", "names")]
    paths = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    for path, form in recognised(paths):
        assert form is not None, path.name
        assert not [item for item in form.read(path) if isinstance(item, Refused)], path.name


def test_the_sources_refuse_nothing_and_give_no_personal_data() -> None:
    given = {part for one in files.resources("Patient") for name in one["name"] for part in name["given"]}
    lines = {one["address"][0]["line"][0] for one in files.resources("Patient")}
    secrets = given | lines | {one["identifier"][0]["value"] for one in files.resources("Patient")} | {"example.org"}
    secret = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(secrets))) + r")\b")
    pseudonym = Pseudonym(b"a secret of the demonstration")
    for path in (path for path in data_files() if path.parent.name in {"care", "trials", "datasets", "courses"}):
        source = recognise_source(path)
        assert source is not None, path.name
        items = list(source.read(path, pseudonym))
        assert items and not [item for item in items if type(item).__name__ == "Refused"], path.name
        assert not secret.search("\n".join(map(str, items))), path.name


def test_the_trials_and_courses_are_those_in_the_readme() -> None:
    ids = [
        one
        for path in sorted((FOLDER / "trials").iterdir())
        for key in ("nctId", "NCTId")
        for one in files.nested(json.loads(path.read_text(encoding="utf-8")), key)
    ]
    assert len(ids) == len(set(ids)) == 13
    assert all(re.fullmatch(r"NCT9900\d{4}", one) for one in ids)
    pages = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))["items"] for path in (FOLDER / "courses").iterdir()
    }
    assert {name: len(items) for name, items in pages.items()} == {"courses": 12, "programs": 2, "learning-outcomes": 4}
    programmes = {one["programId"] for one in pages["programs"]}
    assert {one for course in pages["courses"] for one in course["programs"]} == programmes


@pytest.mark.parametrize("name", ["mondo", "maxo"])
def test_identifiers_labels_and_ancestors_equal_the_real_ontology(shared: Path, name: str) -> None:
    real = {"mondo": "mondo-2026-08.obo", "maxo": "maxo-base.obo"}[name]
    labels, parents, _ = files.obo(shared / "ontologies" / real)
    ours, edges = files.ontologies()[name]
    assert {one: labels.get(one) for one in ours} == ours
    for one, above in edges.items():
        for parent in above:
            assert one in files.below({parent}, parents), (one, parent)


def test_labels_of_findings_equal_the_real_ontology(shared: Path) -> None:
    with gzip.open(shared / "ontologies/hp-2024-08-13.json.gz") as file:
        nodes = json.load(file)["graphs"][0]["nodes"]
    labels = {node["id"].rsplit("/", 1)[1].replace("_", ":"): node.get("lbl") for node in nodes}
    ours, _ = files.ontologies()["hp"]
    assert {one: labels.get(one) for one in ours} == ours


def test_the_exact_mappings_to_snomed_follow_the_real_set(shared: Path) -> None:
    real = {
        (row["subject_id"], files.spelled(row["object_id"]))
        for row in files.table(shared / "ontologies/sssom/mondo_exactmatch_sctid.sssom.tsv")
    }
    ours = {
        (row["subject"], row["object"])
        for row in files.mappings()
        if row["confidence"] == "1.0" and row["predicate_id"] == "skos:exactMatch" and "snomedct" in row["object"]
    }
    assert len(ours) > 50
    assert ours <= real

"""ingest: real trials and courses: all are read, except those that are refused for a valid reason."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from graph.kinds import Course, Organisation, Outcome, Study
from ingest.records import Coded, Item, Link, Refused, Text
from ingest.sources import clinicaltrials, ooapi, recognise, surf
from ontologies.identifiers import mesh
from tests.ingest.golden import PSEUDONYM


@pytest.fixture(scope="module")
def trials(shared: Path) -> dict[str, list[Item]]:
    """The items of each file that a source recognises, by file name."""
    paths = sorted((shared / "research/clinicaltrials-json").glob("*.json"))
    return {path.name: list(clinicaltrials.read(path, PSEUDONYM)) for path in paths if recognise(path)}


def _raw_studies(path: Path) -> list[dict[str, Any]]:
    document = json.loads(path.read_text(encoding="utf-8"))
    full = document.get("FullStudiesResponse")
    return [one["Study"] for one in full["FullStudies"]] if full else [document]


def _raw_id(study: dict[str, Any]) -> str | None:
    classic = study.get("ProtocolSection", {}).get("IdentificationModule", {}).get("NCTId")
    current = study.get("protocolSection", {}).get("identificationModule", {}).get("nctId")
    found: str | None = classic or current
    return found


def test_every_trial_with_an_identifier_is_read(shared: Path, trials: dict[str, list[Item]]) -> None:
    for name, items in trials.items():
        ids = [_raw_id(study) for study in _raw_studies(shared / "research/clinicaltrials-json" / name)]
        good = [f"clinicaltrials:{id}" for id in ids if id and re.fullmatch(r"NCT\d{8}", id)]
        assert [item.id for item in items if isinstance(item, Study)] == good
        assert sum(isinstance(item, Refused) for item in items) == len(ids) - len(good)
    assert sum(isinstance(item, Study) for items in trials.values() for item in items) == 221


def test_the_reasons_for_refused_trials(shared: Path, trials: dict[str, list[Item]]) -> None:
    """Refused are fragments without an identifier, four made-up identifiers, and one list of fields."""
    reasons = [item.reason for items in trials.values() for item in items if isinstance(item, Refused)]
    assert reasons.count("no nctId") == 48
    assert reasons.count("nctId is not NCT and eight digits") == 4
    assert len(reasons) == 53
    unclaimed = {path.name for path in (shared / "research/clinicaltrials-json").glob("*.json")} - set(trials)
    assert unclaimed == {"study_statistics.json", "updatedstudies.json"}


def test_both_formats_of_trials_give_all_fields(shared: Path, trials: dict[str, list[Item]]) -> None:
    """Most fields of a trial are optional. Together, the trials of each format have all fields that Tricuspid reads."""
    for names in (["NCT05594173.json", "NCT02278341.json", "NCT03630471.json"], ["covid-19-search.json"]):
        items = [item for name in names for item in trials[name]]
        studies = [item for item in items if isinstance(item, Study)]
        for field in Study._fields:
            assert any(getattr(study, field) is not None for study in studies), field
        fields = {(type(item), item.field) for item in items if isinstance(item, Text | Coded)}
        texts = ("condition", "keyword", "intervention", "title", "summary", "inclusion", "exclusion")
        wanted: set[tuple[type, str]] = {(Text, field) for field in (*texts, "primary_outcome", "secondary_outcome")}
        wanted |= {(Coded, "condition_browse"), (Coded, "intervention_browse")}
        assert fields - {(Text, "other_outcome")} == wanted
        assert any(isinstance(item, Link) and item.kind == "SPONSORED_BY" for item in items)


def test_no_sponsor_is_a_person(shared: Path, trials: dict[str, list[Item]]) -> None:
    raw = (shared / "research/clinicaltrials-json").glob("*.json")
    text = "\n".join(path.read_text(encoding="utf-8") for path in raw)
    persons = set(
        re.findall(r'"(?:name|LeadSponsorName|CollaboratorName)":\s*"([^"]+)",\s*"\w*[cC]lass":\s*"INDIV"', text)
    )
    assert persons
    names = {item.name for items in trials.values() for item in items if isinstance(item, Organisation)}
    assert names and not names & persons


@pytest.mark.parametrize(
    ("given", "curie"),
    [
        ("D000003924", "mesh:D003924"),  # Diabetes Mellitus, Type 2
        ("D003924", "mesh:D003924"),
        ("D000064419", "mesh:D064419"),  # Chemically-Induced Disorders
        ("D000067877", "mesh:D000067877"),  # Autism Spectrum Disorder
        ("C000072379", "mesh:C072379"),  # repaglinide
        ("C000606551", "mesh:C000606551"),  # remdesivir
        ("Q000941", None),
        ("D12345", None),
        ("", None),
    ],
)
def test_mesh_identifiers_have_one_spelling(given: str, curie: str | None) -> None:
    assert mesh(given) == curie


def test_all_courses_of_the_demonstration_are_read(shared: Path) -> None:
    path = shared / "education/surf-ooapi-demo/seeds/data.edn"
    items = list(surf.read(path, PSEUDONYM))
    courses = [item for item in items if isinstance(item, Course)]
    assert len(courses) == 1_451
    assert len({course.id for course in courses}) == len(re.findall(r":id \d+", path.read_text(encoding="utf-8")))
    assert not [item for item in items if isinstance(item, Refused)]
    assert all(
        course.title and not re.search(r"</?(p|br|span|li|ul)\b", course.description or "") for course in courses
    )
    outcomes = [item for item in items if isinstance(item, Outcome)]
    assert len({outcome.id for outcome in outcomes}) == len(outcomes) > 5_000
    assert {course.language for course in courses} == {"nl", "en", None}


def _expanded(schema: Any, document: Any, depth: int = 0) -> Any:
    """An example of an OpenAPI schema, made from the examples of its properties."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _expanded(document["components"]["schemas"][name], document, depth)
    if "example" in schema or depth > 3:
        return schema.get("example")
    made = {name: _expanded(inner, document, depth + 1) for name, inner in schema.get("properties", {}).items()}
    for part in schema.get("allOf", []):
        made |= _expanded(part, document, depth) or {}
    return {name: value for name, value in made.items() if value is not None} or None


@pytest.mark.parametrize(
    ("file", "title"),
    [
        ("surf-ooapi-demo/v4/ooapi.json", "Academic and Professional Writing"),
        ("surf-ooapi-demo/v5/ooapi.json", "Academic and Professional Writing"),
        ("ooapi-spec/oeapi.json", "Academic and Professional Writing"),
    ],
)
def test_the_example_course_of_each_version_is_read(shared: Path, tmp_path: Path, file: str, title: str) -> None:
    document = json.loads((shared / "education" / file).read_text(encoding="utf-8"))
    path = tmp_path / "course.json"
    path.write_text(json.dumps(_expanded(document["components"]["schemas"]["Course"], document)))
    assert ooapi.recognise(path.read_bytes(), path.name)
    course = next(item for item in ooapi.read(path, PSEUDONYM) if isinstance(item, Course))
    assert course.title == title
    assert course.code and course.description

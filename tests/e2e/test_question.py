"""End-to-end tests: one query about care, research and education, on real files."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import orjson
import pytest

from api.disclosure import Role
from api.execution import execute
from graph.snapshot import read_snapshot
from graph.store import open_store
from tests.e2e.conftest import CONCEPTS, SYNTHEA, VOCABULARY, chosen, excerpt, some_catalogues, stanzas
from tests.e2e.raw import codes_of_patients, snomed_reach
from tests.ingest.graphs import ingest_into, load_into

QUESTION = """
query {
  concepts(ids: ["MONDO:0005550", "MONDO:0005015", "MONDO:0005044", "MONDO:0004992"]) {
    id
    label
    synonyms { text language }
    mappings(first: 5) { totalCount edges { node { predicate concept { id label } } } }
    studies(first: 3) { totalCount edges { node { id title } } }
    courses(first: 3) { totalCount edges { node { id title } } }
    patients(level: CERTAIN) { count withheld }
  }
}
"""


def answer(address: str, role: Role = Role.EXACT) -> list[dict[str, Any]]:
    given = execute(read_snapshot(address), QUESTION, {}, role)
    assert "errors" not in given
    concepts: list[dict[str, Any]] = given["data"]["concepts"]
    return concepts


def fill(address: str, terminology: list[Path], records: list[Path]) -> None:
    store = open_store(address)
    load_into(store, *terminology)
    ingest_into(store, *records)
    store.close()


@pytest.mark.parametrize("address", ["neo4j"], indirect=True)
def test_both_engines_give_the_same_bytes(address: str, shared: Path, tmp_path: Path) -> None:
    """With five patients and eight trials, which both engines load in seconds."""
    files = chosen(shared, SYNTHEA)
    patients = [files[48], *files[57:67:3]]
    terminology = few_terms(shared, set().union(*codes_of_patients(patients).values()), tmp_path)
    records = [*patients, *some_catalogues(shared, 8, tmp_path)]
    embedded = str(tmp_path / "embedded")
    for store in (address, embedded):
        fill(store, terminology, records)
    assert orjson.dumps(answer(address)) == orjson.dumps(answer(embedded))
    expected = counted(shared, patients)
    assert [concept["patients"]["count"] for concept in answer(address)] == expected
    assert all(expected[:3]), "of infections, diabetes and hypertension"


def few_terms(shared: Path, codes: set[str], folder: Path) -> list[Path]:
    """A tenth of the stanzas, those mapped to these SNOMED CT codes or to codes above, and all stanzas above them."""
    every = stanzas(shared)
    vocabulary, codes = few_codes(shared / VOCABULARY, codes, folder / "vocabulary")
    mapped = {one for one, stanza in every.items() if codes & {*re.findall(r"SCTID:(\d+)", stanza)}}
    kept = new = {*CONCEPTS, *mapped, *[*every][::10]}
    while new:
        new = {up for one in new for up in re.findall(r"^is_a: (\S+)", every[one], re.MULTILINE) if up in every} - kept
        kept = kept | new
    return [*excerpt(shared, folder, {one: stanza for one, stanza in every.items() if one in kept}), vocabulary]


def few_codes(source: Path, codes: set[str], folder: Path) -> tuple[Path, set[str]]:
    """A vocabulary with all concepts of SNOMED CT, a tenth of the others, and their relations; and all its codes."""
    folder.mkdir()
    for file in source.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    header, *rows = (source / "concept_seed.csv").read_text("utf-8").splitlines(keepends=True)
    kept = [row for number, row in enumerate(rows) if number % 10 == 0 or ",SNOMED," in row]
    (folder / "concept_seed.csv").write_text(header + "".join(kept), "utf-8")
    ids = {row.split(",")[0] for row in kept}
    header, *rows = (source / "concept_relationship_seed.csv").read_text("utf-8").splitlines(keepends=True)
    rows = [row for row in rows if ids.issuperset(row.split(",")[:2])]
    (folder / "concept_relationship_seed.csv").write_text(header + "".join(rows), "utf-8")
    return folder, codes | {row.split(",")[-4] for row in kept}


def counted(shared: Path, paths: list[Path]) -> list[int]:
    """The number of patients with each of CONCEPTS, counted from the raw files with published mappings."""
    patients = codes_of_patients(paths)
    reaches = [snomed_reach(shared / "ontologies", concept) for concept in CONCEPTS]
    return [sum(bool(codes & reach) for codes in patients.values()) for reach in reaches]


def test_numbers_of_patients_equal_an_independent_count(whole: str, shared: Path, synthea: list[Path]) -> None:
    expected = counted(shared, synthea)
    assert [concept["patients"] for concept in answer(whole)] == [
        {"count": count, "withheld": False} for count in expected
    ]
    assert min(expected) > 0
    assert len(set(expected)) > 1


def test_every_domain_has_results(whole: str) -> None:
    infection, *others = answer(whole)
    assert {one["id"]: one["label"] for one in (infection, *others)} == CONCEPTS
    assert infection["patients"]["count"] > 0
    assert infection["studies"]["totalCount"] > 0
    assert infection["courses"]["totalCount"] > 0
    assert all(one["mappings"]["totalCount"] > 1 for one in (infection, *others))


def test_the_role_at_least_sees_approximate_or_withheld_numbers(whole: str) -> None:
    """A number at CERTAIN may be that of the group at LIKELY, if this group is larger by fewer than 20."""
    for exact, shown in zip(answer(whole), answer(whole, Role.AT_LEAST), strict=True):
        count, result = exact["patients"]["count"], shown["patients"]
        assert result["withheld"] == (result["count"] is None)
        assert count < 15 if result["withheld"] else count - 10 <= result["count"] <= count + 30
        assert {**exact, "patients": None} == {**shown, "patients": None}

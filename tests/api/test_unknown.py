"""tests of api: a code that only few patients have looks the same as an unknown code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from api.disclosure import SERVED, UNCHANGED, Role
from api.execution import execute
from graph.snapshot import Snapshot
from tests.small import small_snapshot

FEW, MANY, GONE, MAPPED, STUDIED = "few:1", "many:1", "gone:1", "mapped:1", "studied:1"
STUBS = (FEW, MANY, GONE, MAPPED, STUDIED)
BELOW = [role for role in SERVED if role not in UNCHANGED]

ASKED = {
    "concept": "{ concept(id: $id) { id label } }",
    "concepts": "{ concepts(ids: [$id]) { id } }",
    "search": "{ search(text: $id) { totalCount nodes { id } } }",
    "search by code": '{ search(text: "1", ontologies: ["A", "B", "C"]) { totalCount edges { members } } }',
    "search in": '{ search(text: "name", ontologies: [$prefix]) { totalCount } }',
    "search under": '{ search(text: "name", under: $id) { totalCount } }',
    "ground": '{ ground(texts: ["name"], ontologies: [$prefix]) { matches { score } } }',
    "path": '{ path(from: $id, to: "A:1") { steps { relation } } }',
    "studies": "{ studies(about: $id) { totalCount } }",
    "cohort": "{ cohort(criteria: {all: [$id]}) { patients { count } } }",
    "cohort without": "{ cohort(criteria: {none: [$id]}) { patients { count } } }",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    """Four patients have FEW and sixteen have MANY. Nobody has GONE any more: its patient was deleted."""
    return small_snapshot(
        tmp_path_factory.mktemp("unknown"),
        mapped=[(("A:1", MAPPED), True)],
        events=[[FEW, MANY, MAPPED, STUDIED]] + [[FEW, MANY]] * 3 + [[MANY]] * 12,
        studies=[[STUDIED]],
        labels={FEW: "few have it", MANY: "many have it", GONE: "gone", MAPPED: "", STUDIED: ""},
        stubs=STUBS,
    )


def asked(made: Snapshot, query: str, id_: str, role: Role) -> dict[str, Any]:
    """The answer, with `ASKED` in place of the id and its prefix."""
    query = query.replace("$id", f'"{id_}"').replace("$prefix", f'"{id_.partition(":")[0]}"')
    answer = execute(made, query, role=role)
    return {"answer": re.sub(rf"\b{id_}|'{id_.partition(':')[0]}'", "ASKED", str(answer))}


@pytest.mark.parametrize("id_", [FEW, GONE])
@pytest.mark.parametrize("role", BELOW)
def test_a_code_of_few_patients_looks_unknown(made: Snapshot, id_: str, role: Role) -> None:
    for name, query in ASKED.items():
        assert asked(made, query, id_, role) == asked(made, query, "nobody:1", role), name


@pytest.mark.parametrize("role", BELOW)
def test_a_code_of_ten_patients_is_known_to_roles_that_may_know(made: Snapshot, role: Role) -> None:
    """The role NONE may not know whether any patient has the code."""
    known = asked(made, ASKED["concept"], MANY, role) != asked(made, ASKED["concept"], "nobody:1", role)
    assert known is (role is not Role.NONE)
    found = execute(made, '{ search(text: "many have it") { nodes { id } } }', role=role)["data"]["search"]["nodes"]
    assert found == ([{"id": MANY}] if known else [])


@pytest.mark.parametrize("id_", [MAPPED, STUDIED])
@pytest.mark.parametrize("role", BELOW)
def test_a_code_in_public_data_is_known_to_all_roles(made: Snapshot, id_: str, role: Role) -> None:
    assert execute(made, f'{{ concept(id: "{id_}") {{ id }} }}', role=role)["data"]["concept"] == {"id": id_}


@pytest.mark.parametrize("id_", STUBS)
def test_the_role_exact_knows_all_codes(made: Snapshot, id_: str) -> None:
    assert execute(made, f'{{ concept(id: "{id_}") {{ id }} }}', role=Role.EXACT)["data"]["concept"] == {"id": id_}


def test_errors_do_not_name_a_prefix_that_only_patients_have(made: Snapshot) -> None:
    for role in SERVED:
        answer = execute(made, '{ search(text: "x", ontologies: ["nobody"]) { totalCount } }', role=role)
        assert answer["errors"][0]["message"].endswith("choose one of A, B, C")


def test_only_the_context_looks_up_concepts() -> None:
    """The context checks the caller's role; a field that looks concepts up itself could skip this check."""
    for file in sorted(Path("api").rglob("*.py")):
        if file.name != "context.py":
            assert not re.search(r"snapshot\.(concept|identified)\(", file.read_text()), file

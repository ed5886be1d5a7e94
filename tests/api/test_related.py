"""tests: neighbours, related records and their evidence, on the example graph with some links."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from api.execution import execute
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, Batch, open_store
from tests.api.test_reads import Counting
from tests.example import write_example

_NEAR = (
    ("HP:0003074", "MONDO:0005015", 0.7, "one", "hyperglycemia ~ suikerziekte"),
    ("MONDO:0005015", "UBERON:0002113", 0.2, "one", "a ~ b"),
    ("MONDO:0005015", "MONDO:0005016", 0.4, "two", "diabetes mellitus ~ diabetic kidney disease"),
    ("MONDO:0000001", "loinc:4548-4", 0.9, "one", "c ~ d"),
    ("MONDO:0005148", "MONDO:0016391", 0.8, "one", "e ~ f"),
    ("MONDO:0016391", "snomedct:44054006", 0.6, "one", "f ~ g"),
)
_EVIDENCE = '{"cosine":0.91}'
_THROUGH = "hyperglycemia ~ diabetes mellitus"


@pytest.fixture(scope="module")
def linked(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    folder = tmp_path_factory.mktemp("linked")
    rows = [dict(zip(("source", "target", "score", "model", "through"), row, strict=True)) for row in _NEAR]
    near = [row | {"release": "links", "job": "j3"} for row in rows]
    said = {"source": "HP:0003074", "target": "MONDO:0005015", "predicate": "skos:exactMatch", "confidence": 0.9}
    said |= {"justification": "semapv:SemanticSimilarityThresholdMatching", "state": "proposed"}
    said |= {"evidence": _EVIDENCE, "through": _THROUGH, "statement": "s", "release": "candidates", "job": "j3"}
    with closing(open_store(str(folder))) as store:
        write_example(store)
        edges = {"NEIGHBOUR": near, "MAPS_TO": [said]}
        store.write(Batch(edges={name: pa.Table.from_pylist(some, EDGES[name].arrow) for name, some in edges.items()}))
        return fresh_snapshot(store, Path(folder))


@pytest.fixture(scope="module")
def ask_linked(linked: Snapshot) -> Callable[[str], Any]:
    def asked(query: str) -> Any:
        answer = execute(linked, query)
        assert "errors" not in answer, answer
        return answer["data"]

    return asked


def test_neighbours_from_either_end_best_first(ask_linked: Callable[[str], Any]) -> None:
    asked = '{ concept(id: "MONDO:0005015") { neighbours { concept { id } score model through } } }'
    found = ask_linked(asked)["concept"]["neighbours"]
    assert [(one["concept"]["id"], one["score"], one["model"]) for one in found] == [
        ("MONDO:0005016", 0.4, "two"),
        ("UBERON:0002113", 0.2, "one"),
    ]
    assert found[0]["through"] == "diabetes mellitus ~ diabetic kidney disease"


def test_neighbours_are_of_other_groups_and_each_group_is_shown_once(ask_linked: Callable[[str], Any]) -> None:
    asked = '{ %s: concept(id: "%s") { meaning { preferred { id } } neighbours { concept { id } } } }'
    high = ask_linked(asked % ("high", "HP:0003074"))["high"]
    assert high == {"meaning": {"preferred": {"id": "MONDO:0005015"}}, "neighbours": []}, (
        "the nearest concept is in the same group"
    )
    neonatal = ask_linked(asked % ("neonatal", "MONDO:0016391"))["neonatal"]["neighbours"]
    assert neonatal == [{"concept": {"id": "MONDO:0005148"}}], (
        "snomedct:44054006 is in the same group, with a lower score"
    )


def test_neighbours_of_one_model_with_a_limit(ask_linked: Callable[[str], Any], linked: Snapshot) -> None:
    some = (
        'two: neighbours(model: "two") { score } one: neighbours(first: 1) { score } no: neighbours(first: 0) { score }'
    )
    found = ask_linked(f'{{ concept(id: "MONDO:0005015") {{ {some} }} }}')["concept"]
    assert found == {"two": [{"score": 0.4}], "one": [{"score": 0.4}], "no": []}
    for first in (-1, 501):
        answer = execute(linked, f'{{ concept(id: "MONDO:0005015") {{ neighbours(first: {first}) {{ score }} }} }}')
        assert answer["errors"][0]["extensions"]["code"] == "BAD_INPUT"


def test_a_path_uses_no_neighbours(ask_linked: Callable[[str], Any]) -> None:
    assert ask_linked('{ path(from: "MONDO:0000001", to: "loinc:4548-4") { steps { relation } } }')["path"] is None
    way = ask_linked('{ path(from: "clinicaltrials:NCT00000620", to: "icd10:E11") { steps { relation } } }')["path"]
    assert [step["relation"] for step in way["steps"]] == ["schema:about", "skos:exactMatch"]


def test_a_proposed_mapping_shows_its_evidence(ask_linked: Callable[[str], Any]) -> None:
    asked = '{ concept(id: "HP:0003074") { mappings(states: [PROPOSED]) { nodes { predicate evidence through } } } }'
    assert ask_linked(asked)["concept"]["mappings"]["nodes"] == [
        {"predicate": "skos:closeMatch", "evidence": None, "through": None},
        {"predicate": "skos:exactMatch", "evidence": _EVIDENCE, "through": _THROUGH},
    ]


_RECORD = "record { __typename ... on Study { id title } ... on Course { id level } } score text concepts { id }"
_SHARED = "shared { concept { id } level otherLevel share }"


def test_related_records_of_both_kinds(ask_linked: Callable[[str], Any]) -> None:
    found = ask_linked(f'{{ study(id: "clinicaltrials:NCT00000620") {{ related {{ {_RECORD} {_SHARED} }} }} }}')[
        "study"
    ]["related"]
    ids = [one["record"]["id"] for one in found]
    assert "clinicaltrials:NCT00000620" not in ids
    assert {"clinicaltrials:NCT01131676", "course:1002"} <= set(ids)
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    course = next(one for one in found if one["record"]["id"] == "course:1002")
    assert course["record"] == {"__typename": "Course", "id": "course:1002", "level": "bachelor"}
    assert "MONDO:0005148" in [concept["id"] for concept in course["concepts"]]
    assert [one["concept"] for one in course["shared"]] == course["concepts"]
    same = next(one for one in course["shared"] if one["concept"]["id"] == "MONDO:0005148")
    assert (same["level"], same["otherLevel"]) == (0, 0) and 0.3 < same["share"] < 1
    back = ask_linked(f'{{ course(id: "course:1002") {{ related(first: 2) {{ {_RECORD} }} }} }}')["course"]["related"]
    assert len(back) == 2
    assert all(one["text"] is None for one in back)


def test_an_annotation_has_its_position_and_assertion(ask_linked: Callable[[str], Any]) -> None:
    about = "text name start end assertion method confidence field concept { id }"
    found = ask_linked(f'{{ study(id: "clinicaltrials:NCT00000620") {{ abouts {{ nodes {{ {about} }} }} }} }}')["study"]
    assert found["abouts"]["nodes"] == [
        {
            "text": "diabetes",
            "name": None,
            "start": 0,
            "end": 8,
            "assertion": "PRESENT",
            "method": "EXACT",
            "confidence": 0.98,
            "field": "condition",
            "concept": {"id": "MONDO:0005148"},
        }
    ]
    outcome = ask_linked(f'{{ course(id: "course:1003") {{ abouts {{ nodes {{ {about} }} }} }} }}')["course"]["abouts"]
    assert [(one["field"], one["name"], one["start"], one["end"]) for one in outcome["nodes"]] == [
        ("outcome:1003-1", "kidney", 17, 23)
    ]


def test_the_cost_of_related_records(linked: Snapshot) -> None:
    cost = execute(linked, "{ studies { nodes { related(first: 0) { score } } } }")["extensions"]["cost"]
    studies = execute(linked, "{ studies { totalCount } }")["data"]["studies"]["totalCount"]
    assert cost == 2 + 500 * studies


def test_the_number_of_reads_does_not_grow_with_the_records(linked: Snapshot) -> None:
    counting = Counting(linked.folder)
    asked = (
        "query($ids: [ID!]!) { concepts(ids: $ids) { neighbours { score model through concept { label } } "
        f"studies(first: 2) {{ nodes {{ related(first: 2) {{ {_RECORD} }} abouts {{ nodes {{ start end }} }} }} }}"
        " } }"
    )
    reads = []
    for count in (1, 5, 40):
        counting.reads = []
        assert "errors" not in execute(counting, asked, {"ids": ["MONDO:0005015"] * count})
        reads.append(counting.reads)
    assert reads[0] == reads[1] == reads[2]

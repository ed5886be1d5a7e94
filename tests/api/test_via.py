"""tests: the reasons why a record is in the list of a concept."""

from __future__ import annotations

from typing import Any

import pytest

from api.execution import execute
from api.schema.reached import loaders
from graph.snapshot import Numbers, Snapshot
from tests.api.conftest import Ask

_STEPS = "steps { source { id } relation target { id label kind } method score text evidence }"
_VIA = f"via {{ concept {{ id label }} about {{ concept {{ id }} field text method }} level probability {_STEPS} }}"
_ASKED = f"""query($id: ID!, $level: Level! = LIKELY, $first: Int! = 10, $after: String) {{ concept(id: $id) {{
  studies(level: $level, first: $first, after: $after) {{ totalCount pageInfo {{ endCursor }}
    nodes {{ id }} edges {{ cursor node {{ id }} {_VIA} }} }}
  courses(level: $level) {{ edges {{ node {{ id }} {_VIA} }} }}
  publications(level: $level) {{ edges {{ {_VIA} }} }} datasets(level: $level) {{ edges {{ {_VIA} }} }}
}} }}"""


def _studies(ask: Ask, id_: str, **more: Any) -> dict[str, Any]:
    edges = ask(_ASKED, {"id": id_, **more})["concept"]["studies"]["edges"]
    return {edge["node"]["id"].removeprefix("clinicaltrials:"): edge["via"] for edge in edges}


def _way(via: Any) -> list[tuple[str, str, str]]:
    return [(step["source"]["id"], step["relation"], step["target"]["id"]) for step in via["steps"]]


def test_a_record_about_the_concept_itself(ask: Ask) -> None:
    assert _studies(ask, "MONDO:0005148")["NCT00000620"] == {
        "concept": {"id": "MONDO:0005148", "label": "type 2 diabetes mellitus"},
        "about": {"concept": {"id": "MONDO:0005148"}, "field": "condition", "text": "diabetes", "method": "EXACT"},
        "level": "CERTAIN",
        "probability": 1.0,
        "steps": [],
    }


def test_records_found_by_hierarchy_and_mapping(ask: Ask) -> None:
    found = _studies(ask, "MONDO:0005015")
    assert {id_: _way(via) for id_, via in found.items()} == {
        "NCT00000620": [("MONDO:0005015", "^rdfs:subClassOf", "MONDO:0005148")],
        "NCT00360815": [("MONDO:0005015", "^rdfs:subClassOf", "MONDO:0005147")],
        "NCT01131676": [
            ("MONDO:0005015", "^rdfs:subClassOf", "MONDO:0005148"),
            ("MONDO:0005148", "skos:exactMatch", "icd10:E11"),
        ],
        "NCT02065791": [("MONDO:0005015", "^rdfs:subClassOf", "MONDO:0005148")],
    }
    assert found["NCT01131676"]["steps"][1] == {
        "source": {"id": "MONDO:0005148"},
        "relation": "skos:exactMatch",
        "target": {"id": "icd10:E11", "label": "Type 2 diabetes mellitus", "kind": "CONCEPT"},
        "method": "semapv:ManualMappingCuration",
        "score": 0.95,
        "text": None,
        "evidence": '{"mapping":1.0}',
    }
    assert {via["level"] for via in found.values()} == {"CERTAIN"}


def test_a_narrower_mapping_is_a_step(ask: Ask) -> None:
    """Type 2 is below SNOMED CT's diabetes by hierarchy and a mapping, or by one narrower mapping: the shorter path."""
    way = _studies(ask, "snomedct:73211009", level="CERTAIN")["NCT00000620"]
    assert _way(way) == [("snomedct:73211009", "skos:narrowMatch", "MONDO:0005148")]
    assert way["probability"] == 1


def test_a_computed_step_has_its_probability(ask: Ask) -> None:
    (edge, other) = ask(_ASKED, {"id": "snomedct:73211009"})["concept"]["courses"]["edges"]
    assert (edge["node"]["id"], edge["via"]["level"]) == ("course:1001", "LIKELY")
    (step,) = edge["via"]["steps"]
    assert edge["via"]["probability"] == step["score"] < 1
    assert step["method"] == "semapv:CompositeMatching" and "names" in step["evidence"]
    assert (other["via"]["level"], other["via"]["probability"]) == ("CERTAIN", 1)


def test_a_course_found_by_its_learning_outcome(ask: Ask) -> None:
    (edge,) = ask(_ASKED, {"id": "UBERON:0002113"})["concept"]["courses"]["edges"]
    assert edge["via"]["about"]["field"] == "outcome:1003-1"


def test_pages_have_the_same_reasons_as_the_whole_list(ask: Ask) -> None:
    whole = ask(_ASKED, {"id": "MONDO:0005015"})["concept"]["studies"]
    assert [edge["node"] for edge in whole["edges"]] == whole["nodes"]
    pieces: list[Any] = []
    while len(pieces) < whole["totalCount"]:
        after = pieces[-1]["cursor"] if pieces else None
        pieces += ask(_ASKED, {"id": "MONDO:0005015", "first": 3, "after": after})["concept"]["studies"]["edges"]
    assert pieces == whole["edges"]


def test_several_concepts_at_once(ask: Ask) -> None:
    ids = ["MONDO:0005015", "UBERON:0002113", "icd10:E11"]
    asked = f"query($ids: [ID!]!) {{ concepts(ids: $ids) {{ studies {{ edges {{ node {{ id }} {_VIA} }} }} }} }}"
    for id_, concept in zip(ids, ask(asked, {"ids": ids})["concepts"], strict=True):
        assert concept["studies"]["edges"] == [
            {key: edge[key] for key in ("node", "via")}
            for edge in ask(_ASKED, {"id": id_})["concept"]["studies"]["edges"]
        ]


def test_reasons_are_computed_only_on_request(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaders, "reasons", lambda *_: pytest.fail("reasons were computed, but not requested"))
    answer = execute(snapshot, '{ concept(id: "MONDO:0005148") { studies { totalCount edges { node { id } } } } }')
    assert len(answer["data"]["concept"]["studies"]["edges"]) == 3


def test_no_reason_shows_a_code_that_the_caller_may_not_know(
    ask: Ask, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = snapshot.concept("MONDO:0005148")
    assert over is not None
    monkeypatch.setattr(loaders, "hidden", lambda _: Numbers([over]))
    found = _studies(ask, "MONDO:0005015")
    assert [id_ for id_, via in found.items() if not via] == ["NCT01131676"] and len(found) == 4


@pytest.mark.parametrize("level", ["CERTAIN", "LIKELY"])
@pytest.mark.parametrize("kind", ["studies", "courses", "publications", "datasets"])
def test_lists_about_a_concept_have_the_same_reasons_as_the_concept(ask: Ask, kind: str, level: str) -> None:
    asked = f"""query($id: ID!, $level: Level!) {{
      {kind}(about: $id, level: $level) {{ edges {{ node {{ id }} {_VIA} }} }}
      concept(id: $id) {{ {kind}(level: $level) {{ edges {{ node {{ id }} {_VIA} }} }} }} }}"""
    for id_ in ("MONDO:0005015", "snomedct:73211009"):
        found = ask(asked, {"id": id_, "level": level})
        assert found[kind] == found["concept"][kind]
        assert all(edge["via"] for edge in found[kind]["edges"])
    every = ask(f"{{ {kind} {{ edges {{ {_VIA} }} }} }}")[kind]["edges"]
    assert [edge for edge in every if edge["via"]] == []
    if kind in ("studies", "courses"):
        assert every and found[kind]["edges"]


def test_reasons_cost_more_than_other_fields(snapshot: Snapshot) -> None:
    def cost(fields: str) -> int:
        asked = f'{{ concept(id: "MONDO:0005148") {{ studies {{ edges {{ {fields} }} }} }} }}'
        return int(execute(snapshot, asked)["extensions"]["cost"])

    assert cost("cursor") == 3 + 3
    assert cost("via { level }") == 3 + 3 * (20 + 1)


def test_records_are_filtered_by_the_role_of_their_annotation(ask: Ask) -> None:
    asked = """query($roles: [AboutRole!]!) { concept(id: "UBERON:0002113") { courses(roles: $roles) { totalCount
      edges { node { id } via { about { role } } } } }
      courses(about: "UBERON:0002113", roles: $roles) { totalCount } }"""
    found = ask(asked, {"roles": ["OUTCOME", "MENTION"]})
    (edge,) = found["concept"]["courses"]["edges"]
    assert edge == {"node": {"id": "course:1003"}, "via": {"about": {"role": "OUTCOME"}}}
    assert found["courses"] == {"totalCount": 1}
    none = ask(asked, {"roles": ["CRITERION"]})
    assert none == {"concept": {"courses": {"totalCount": 0, "edges": []}}, "courses": {"totalCount": 0}}


@pytest.mark.parametrize(
    "field",
    ["studies(roles: []) { totalCount }", 'concept(id: "MONDO:0005148") { id studies(roles: []) { totalCount } }'],
)
def test_an_empty_list_of_roles_is_refused(snapshot: Snapshot, field: str) -> None:
    (error,) = execute(snapshot, f"{{ {field} }}")["errors"]
    assert error["message"].startswith("roles is empty: give at least one of SUBJECT, ")

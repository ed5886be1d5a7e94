"""tests: every field of Concept and of search, on the example graph."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from api.fields import cursor
from graph.snapshot import Snapshot
from tests.api.conftest import Ask

T2 = "MONDO:0005148"


def test_a_concept_has_its_label_and_definition(ask: Ask) -> None:
    asked = "{ concept(id: $id) { id label definition ontology deprecated stub replacedBy { id } } }"
    assert ask("query($id: ID!) " + asked, {"id": T2})["concept"] == {
        "id": T2,
        "label": "type 2 diabetes mellitus",
        "definition": "Diabetes in which cells answer insulin too little and the pancreas cannot make up for it.",
        "ontology": "MONDO",
        "deprecated": False,
        "stub": False,
        "replacedBy": None,
    }


def test_a_deprecated_concept_has_its_replacement(ask: Ask) -> None:
    found = ask('{ concept(id: "MONDO:0001344") { deprecated replacedBy { id label } } }')["concept"]
    assert found == {
        "deprecated": True,
        "replacedBy": {"id": "MONDO:0016391", "label": "neonatal diabetes mellitus"},
    }


def test_a_code_without_a_display_is_a_stub_without_label(ask: Ask) -> None:
    found = ask('{ concept(id: "loinc:4548-4") { label definition stub patients { withheld } } }')["concept"]
    assert found == {"label": None, "definition": None, "stub": True, "patients": {"withheld": True}}


@pytest.mark.parametrize(
    ("spelled", "id_"),
    [
        ("SCTID:44054006", "snomedct:44054006"),
        ("mondo:0005148", T2),
        ("MONDO:9999999", None),
        ("", None),
        ("a\0", None),
    ],
)
def test_other_spellings_of_ids_are_found_and_unknown_ids_are_null(ask: Ask, spelled: str, id_: str | None) -> None:
    found = ask("query($id: ID!) { concept(id: $id) { id } }", {"id": spelled})["concept"]
    assert found == (None if id_ is None else {"id": id_})


def test_several_concepts_are_in_the_order_of_their_ids_in_the_query(ask: Ask) -> None:
    ids = ["icd10:E11", "nobody:1", T2, "icd10:E11"]
    found = ask("query($ids: [ID!]!) { concepts(ids: $ids) { id } }", {"ids": ids})["concepts"]
    assert found == [{"id": "icd10:E11"}, None, {"id": T2}, {"id": "icd10:E11"}]


def test_synonyms_leave_out_the_label_of_the_concept(ask: Ask) -> None:
    found = ask('{ concept(id: "MONDO:0005148") { synonyms { text kind language } definitions { text language } } }')
    assert found["concept"] == {
        "synonyms": [
            {"text": "T2DM", "kind": "ABBREVIATION", "language": "en"},
            {"text": "diabetes mellitus type 2", "kind": "LABEL", "language": "nl"},
            {"text": "non-insulin-dependent diabetes mellitus", "kind": "EXACT", "language": "en"},
        ],
        "definitions": [
            {"text": "Een vorm van diabetes waarbij cellen slecht op insuline reageren.", "language": "nl"}
        ],
    }


def test_synonyms_in_some_languages(ask: Ask) -> None:
    names = 'nl: synonyms(languages: ["NL"]) { text } none: synonyms(languages: []) { text }'
    assert ask(f'{{ concept(id: "MONDO:0005148") {{ {names} }} }}')["concept"] == {
        "nl": [{"text": "diabetes mellitus type 2"}],
        "none": [],
    }


def test_hierarchy_is_without_the_concept_itself(ask: Ask) -> None:
    asked = "{ totalCount nodes { id } }"
    lists = " ".join(f"{name} {asked}" for name in ("parents", "children", "ancestors", "descendants"))
    found = ask(f'{{ concept(id: "MONDO:0005015") {{ {lists} }} }}')["concept"]
    below = {"totalCount": 3, "nodes": [{"id": f"MONDO:{n}"} for n in ("0005147", "0005148", "0016391")]}
    above = {"totalCount": 1, "nodes": [{"id": "MONDO:0000001"}]}
    assert found == {"parents": above, "children": below, "ancestors": above, "descendants": below}


def test_relations_are_those_with_the_concept_as_subject(ask: Ask) -> None:
    asked = "query($id: ID!) { concept(id: $id) { relations { predicate concept { id label } } } }"
    located = {"predicate": "RO:0004026", "concept": {"id": "UBERON:0002113", "label": "kidney"}}
    part = {"predicate": "BFO:0000050", "concept": {"id": "UBERON:0001008", "label": "renal system"}}
    assert ask(asked, {"id": "MONDO:0005016"})["concept"]["relations"] == [located]
    assert ask(asked, {"id": "UBERON:0002113"})["concept"]["relations"] == [part]
    assert ask(asked, {"id": "UBERON:0001008"})["concept"]["relations"] == []


_MAPPINGS = (
    "query($id: ID!, $states: [MappingState!]! = [ACCEPTED]) { concept(id: $id) { mappings(states: $states) "
    "{ totalCount nodes { predicate concept { id } confidence justification state release } } } }"
)


def _mapping(predicate: str, concept: str, confidence: float | None, how: str, state: str) -> Mapping[str, object]:
    result: dict[str, object] = {
        "predicate": predicate,
        "concept": {"id": concept},
        "confidence": confidence,
        "state": state,
    }
    return result | {"justification": f"semapv:{how}", "release": "mondo-diabetes.sssom"}


def test_accepted_mappings_from_the_subject(ask: Ask) -> None:
    found = ask(_MAPPINGS, {"id": T2})["concept"]["mappings"]
    assert found == {
        "totalCount": 3,
        "nodes": [
            _mapping("skos:exactMatch", "icd10:E11", 0.95, "ManualMappingCuration", "ACCEPTED"),
            _mapping("skos:exactMatch", "snomedct:44054006", 1.0, "ManualMappingCuration", "ACCEPTED"),
            _mapping("skos:broadMatch", "snomedct:73211009", None, "ManualMappingCuration", "ACCEPTED"),
        ],
    }


def test_a_mapping_is_inverted_if_the_concept_is_its_object(ask: Ask) -> None:
    found = ask(_MAPPINGS, {"id": "snomedct:73211009"})["concept"]["mappings"]["nodes"]
    assert found == [_mapping("skos:narrowMatch", T2, None, "ManualMappingCuration", "ACCEPTED")]
    found = ask(_MAPPINGS, {"id": "snomedct:44054006"})["concept"]["mappings"]["nodes"]
    assert found == [_mapping("skos:exactMatch", T2, 1.0, "ManualMappingCuration", "ACCEPTED")]


def test_rejected_and_proposed_mappings_only_on_request(ask: Ask) -> None:
    found = ask(_MAPPINGS, {"id": "icd10:E11", "states": ["REJECTED", "PROPOSED"]})["concept"]["mappings"]["nodes"]
    assert found == [_mapping("skos:exactMatch", "MONDO:0005147", 0.2, "LexicalMatching", "REJECTED")]
    found = ask(_MAPPINGS, {"id": "MONDO:0005015", "states": ["PROPOSED"]})["concept"]["mappings"]["nodes"]
    assert found == [_mapping("skos:closeMatch", "HP:0003074", 0.6, "LexicalMatching", "PROPOSED")]
    assert ask(_MAPPINGS, {"id": "MONDO:0005015"})["concept"]["mappings"]["totalCount"] == 0


def test_records_are_found_by_reach(ask: Ask) -> None:
    asked = "query($id: ID!) { concept(id: $id) { studies { totalCount nodes { id } } courses { nodes { id } } } }"
    found = ask(asked, {"id": T2})["concept"]
    studies = [{"id": f"clinicaltrials:{n}"} for n in ("NCT00000620", "NCT01131676", "NCT02065791")]
    assert found == {"studies": {"totalCount": 3, "nodes": studies}, "courses": {"nodes": [{"id": "course:1002"}]}}
    found = ask(asked, {"id": "MONDO:0005015"})["concept"]
    assert found["studies"]["totalCount"] == 4
    assert found["courses"]["nodes"] == [{"id": "course:1001"}, {"id": "course:1002"}]


def test_a_course_is_found_by_its_learning_outcome(ask: Ask) -> None:
    found = ask('{ concept(id: "UBERON:0002113") { courses { nodes { id } } } }')["concept"]["courses"]
    assert found == {"nodes": [{"id": "course:1003"}]}


def test_search_shows_how_a_hit_was_found(ask: Ask, snapshot: Snapshot) -> None:
    asked = "{ totalCount edges { cursor node { id } match { how text language } } pageInfo { hasNextPage endCursor } }"
    found = ask(f'{{ search(text: "suikerziekte", first: 1) {asked} }}')["search"]
    match = {"how": "EXACT_SYNONYM", "text": "suikerziekte", "language": "nl"}
    assert found == {
        "totalCount": 2,
        "edges": [{"cursor": cursor(snapshot.epoch, 0), "node": {"id": "MONDO:0005015"}, "match": match}],
        "pageInfo": {"hasNextPage": True, "endCursor": cursor(snapshot.epoch, 0)},
    }
    match = ask(f'{{ search(text: "44054006") {asked} }}')["search"]["edges"][0]["match"]
    assert match == {"how": "IDENTIFIER", "text": "snomedct:44054006", "language": None}


def test_search_within_ontologies(ask: Ask) -> None:
    asked = 'query($of: [String!]) { search(text: "diabetes", ontologies: $of, first: 50) { totalCount nodes { id } } }'
    every = ask(asked)["search"]
    some = ask(asked, {"of": ["SCTID"]})["search"]
    assert {node["id"].partition(":")[0] for node in every["nodes"]} == {"MONDO"}
    assert some["totalCount"] == len(some["nodes"]) == 3
    assert every["totalCount"] == 4
    assert all(node["id"].startswith("snomedct:") for node in some["nodes"])

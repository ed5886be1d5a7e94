"""ontologies' tests: special cases of OBO Graphs that are not in the small sample."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ontologies.formats import obographs
from ontologies.model import IS_A, Concept, Item, Mapping, NotRead, Refused, Relation, Release, Synonym
from ontologies.obo_rules import release_version
from tests.ontologies.golden import stream

OBO = "http://purl.obolibrary.org/obo/"


def graphs(folder: Path, *said: dict[str, Any] | None) -> list[Item]:
    file = folder / "g.json"
    file.write_text(json.dumps({"graphs": said}))
    return list(obographs.read(file))


def node(number: int, **said: Any) -> dict[str, Any]:
    return {"id": f"{OBO}T_{number}", **said}


def edge(subject: int, predicate: str, target: int) -> dict[str, Any]:
    return {"sub": f"{OBO}T_{subject}", "pred": predicate, "obj": f"{OBO}T_{target}"}


def of(kind: type[Any], items: list[Item]) -> list[Any]:
    return [item for item in items if isinstance(item, kind)]


def test_unusual_graphs_are_read_or_refused_with_their_place(shared: Path) -> None:
    items = stream(shared / "faults/obographs-odd.json")
    assert [(item.id, item.label) for item in of(Concept, items) if not item.deprecated] == [
        ("DOID:0050001", "graph thing"),
        ("DOID:0050001", "graph thing again"),
    ]
    assert [(item.id, item.replaced_by) for item in of(Concept, items) if item.deprecated] == [
        ("DOID:0050003", "DOID:0050001"),
        ("DOID:0050099", "DOID:0050001"),
    ]
    assert [item.position for item in of(Refused, items)] == ["DOID:0050001", "graphs[0].nodes[5]"]
    assert [item.subject for item in of(Relation, items)] == ["DOID:0050002", "DOID:0050004", "DOID:0050004"]


def absent(**said: None) -> dict[str, Any]:
    """A value with null in every empty field, as some programs write it."""
    return {"pred": None, "val": None, "xrefs": None, "synonymType": None, "lang": None, "meta": None, **said}


def test_null_means_absent_in_every_field(tmp_path: Path) -> None:
    exact = absent() | {"pred": "hasExactSynonym", "val": "uno", "xrefs": [None]}
    lists = {"synonyms": [None, exact], "xrefs": [None, absent()], "basicPropertyValues": [None, absent()]}
    meta = {"definition": absent() | {"val": "the first"}, "version": None, "deprecated": None, **lists}
    empty = dict.fromkeys(("definition", "synonyms", "xrefs", "basicPropertyValues", "version", "deprecated"))
    nodes = [None, node(1, lbl="one", type="CLASS", meta=meta), node(2, lbl="two", type="CLASS", meta=empty)]
    same = [None, {"representativeNodeId": None, "nodeIds": [None]}]
    items = graphs(
        tmp_path,
        None,
        {"id": None, "meta": None, "nodes": nodes, "edges": [None], "equivalentNodesSets": same},
        {"id": None, "meta": meta, "nodes": None, "edges": None, "equivalentNodesSets": None},
    )
    assert of(Concept, items) == [
        Concept("T:1", "one", "the first", False, None),
        Concept("T:2", "two", None, False, None),
    ]
    assert of(Synonym, items) == [Synonym("T:1", "uno", "exact", "en")]
    assert len(items) == 4 and isinstance(items[0], Release)


def test_equivalent_nodes_are_mapped_to_their_representative(tmp_path: Path) -> None:
    two = [f"{OBO}T_{number}" for number in (1, 2, 3)]
    sets = [{"representativeNodeId": two[1], "nodeIds": two}, {"nodeIds": two[:2]}, {"nodeIds": two[:1]}, {"a": 1}]
    items = graphs(tmp_path, {"equivalentNodesSets": sets})
    assert [(item.subject, item.predicate, item.object) for item in of(Mapping, items)] == [
        ("T:2", "owl:equivalentClass", "T:1"),
        ("T:2", "owl:equivalentClass", "T:3"),
        ("T:1", "owl:equivalentClass", "T:2"),
    ]
    assert [item.position for item in of(Refused, items)] == ["graphs[0].equivalentNodesSets[3]"]


def test_an_edge_makes_a_node_without_type_a_concept(tmp_path: Path) -> None:
    nodes = [node(number, lbl=f"{number}") for number in (1, 2, 3, 4, 5)]
    edges = [edge(1, "is_a", 2), edge(4, "subPropertyOf", 5)]
    items = graphs(tmp_path, {"nodes": nodes, "edges": edges}, {"nodes": [node(3, lbl="3", type="CLASS")]})
    assert [item.id for item in of(Concept, items)] == ["T:1", "T:2", "T:3", "T:3"]
    assert of(Relation, items) == [Relation("T:1", IS_A, "T:2")]
    assert len({item.reason for item in of(NotRead, items)}) == 1 and len(of(NotRead, items)) == 2


@pytest.mark.parametrize(
    ("stated", "info", "version"),
    [
        (f"{OBO}doid/releases/2018-07-05/doid.owl", "", "2018-07-05"),
        (f"{OBO}so/2.6/so.owl", "", "2.6"),
        ("http://www.orpha.net/version4.5", "", "4.5"),
        ("http://edamontology.org/1.25", "", "1.25"),
        ("http://www.ebi.ac.uk/efo/releases/v3.50.0/efo.owl", "", "v3.50.0"),
        ("http://example.org/ontology/spring", "", "spring"),
        ("http://example.org/ontology/spring", "4", "4"),
        ("releases/v1.2/hp.owl", "", "v1.2"),
        ("1.2", "", "1.2"),
        ("", "", ""),
    ],
)
def test_a_version_is_stated_without_its_iri(stated: str, info: str, version: str) -> None:
    assert release_version(stated, info) == version

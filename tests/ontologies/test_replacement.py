"""ontologies' tests: the replacement of a concept, in each format. If there are several, none is chosen."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ontologies.model import REPLACED_BY, Concept, Item, Refused, Relation, replaced
from tests.ontologies.golden import stream

OBO_IRI = "http://purl.obolibrary.org/obo/"
OWL = "http://www.w3.org/2002/07/owl#"


def obo(folder: Path, *targets: str) -> Path:
    file = folder / "t.obo"
    said = "".join(f"replaced_by: {target}\n" for target in targets)
    file.write_text(f"format-version: 1.4\nontology: t\n\n[Term]\nid: HP:1\nname: old\nis_obsolete: true\n{said}")
    return file


def graphs(folder: Path, *targets: str) -> Path:
    iris = [OBO_IRI + target.replace(":", "_") for target in targets]
    values = [{"pred": f"{OBO_IRI}IAO_0100001", "val": iri} for iri in iris]
    meta = {"deprecated": True, "basicPropertyValues": values}
    node = {"id": f"{OBO_IRI}HP_1", "type": "CLASS", "lbl": "old", "meta": meta}
    file = folder / "t.json"
    file.write_text(json.dumps({"graphs": [{"id": f"{OBO_IRI}hp.owl", "nodes": [node], "edges": []}]}))
    return file


def owl(folder: Path, *targets: str) -> Path:
    file = folder / "t.ttl"
    said = "".join(f"; obo:IAO_0100001 obo:{target.replace(':', '_')} " for target in targets)
    file.write_text(
        f"@prefix obo: <{OBO_IRI}> .\n@prefix owl: <{OWL}> .\n@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .\n"
        f'<{OBO_IRI}hp.owl> a owl:Ontology .\nobo:HP_1 a owl:Class ; rdfs:label "old" ; owl:deprecated true {said}.\n'
    )
    return file


def skos(folder: Path, *targets: str) -> Path:
    file = folder / "t.skos.ttl"
    said = "".join(f"; dct:isReplacedBy obo:{target.replace(':', '_')} " for target in targets)
    file.write_text(
        f"@prefix obo: <{OBO_IRI}> .\n@prefix skos: <http://www.w3.org/2004/02/skos/core#> .\n"
        f"@prefix owl: <{OWL}> .\n@prefix dct: <http://purl.org/dc/terms/> .\n"
        f"obo:scheme a skos:ConceptScheme .\n"
        f'obo:HP_1 a skos:Concept ; skos:inScheme obo:scheme ; skos:prefLabel "old"@en ; owl:deprecated true {said}.\n'
    )
    return file


def omop(folder: Path, *targets: str) -> Path:
    file = folder / "CONCEPT.csv"
    head = "concept_id,concept_name,vocabulary_id,concept_code,invalid_reason\n"
    numbers = {target: number for number, target in enumerate(sorted({*targets}), start=2)}
    rows = "".join(f"{number},new,HPO,{target},\n" for target, number in numbers.items())
    file.write_text(f"{head}1,old,HPO,HP:1,U\n{rows}")
    said = "".join(f"1,{numbers[target]},Concept replaced by\n" for target in targets)
    (folder / "CONCEPT_RELATIONSHIP.csv").write_text(f"concept_id_1,concept_id_2,relationship_id\n{said}")
    return file


FORMATS = [obo, graphs, owl, skos, omop]
formats = pytest.mark.parametrize("write", FORMATS, ids=lambda write: write.__name__)
Write = Callable[..., Path]


def read(path: Path) -> tuple[Concept, list[Relation]]:
    """The concept that was replaced, and the relations to its replacements."""
    items: list[Item] = stream(path)
    (old,) = [item for item in items if isinstance(item, Concept) and item.label == "old"]
    return old, [item for item in items if isinstance(item, Relation) and item.predicate == REPLACED_BY]


@formats
def test_a_single_replacement_is_read(write: Write, tmp_path: Path) -> None:
    old, split = read(write(tmp_path, "HP:2"))
    assert old.deprecated and old.replaced_by is not None and old.replaced_by.endswith("HP:2") and split == []


@formats
def test_several_replacements_become_relations(write: Write, tmp_path: Path) -> None:
    old, split = read(write(tmp_path, "HP:2", "HP:3"))
    assert old.deprecated and old.replaced_by is None
    assert [(one.subject, one.object[-4:]) for one in sorted(split)] == [(old.id, "HP:2"), (old.id, "HP:3")]


@formats
def test_an_obsolete_concept_can_have_no_replacement(write: Write, tmp_path: Path) -> None:
    old, split = read(write(tmp_path))
    assert old.deprecated and old.replaced_by is None and split == []


@pytest.mark.parametrize("write", [obo, graphs, omop], ids=lambda write: write.__name__)
def test_a_repeated_replacement_counts_once(write: Write, tmp_path: Path) -> None:
    old, split = read(write(tmp_path, "HP:2", "HP:2"))
    assert old.replaced_by is not None and split == []


def test_the_order_of_targets_is_kept() -> None:
    _, *split = replaced(Concept("A:1", "", None, True, None), ("A:3", "A:2", "A:3"))
    assert split == [Relation("A:1", REPLACED_BY, target) for target in ("A:3", "A:2")]


def term(id_: str, *clauses: str) -> str:
    return "\n[Term]\n" + "\n".join([f"id: {id_}", *clauses]) + "\n"


def terms(folder: Path, *stanzas: str) -> list[Item]:
    file = folder / "t.obo"
    file.write_text("format-version: 1.4\nontology: t\n" + "".join(stanzas))
    return stream(file)


def test_an_alternative_identifier_is_replaced_by_its_owner(tmp_path: Path) -> None:
    items = terms(tmp_path, term("HP:1", "name: one", "alt_id: HP:2"))
    assert Concept("HP:2", "", None, True, "HP:1") in items


def test_an_alternative_identifier_of_two_concepts_is_refused_for_the_second(tmp_path: Path) -> None:
    items = terms(tmp_path, term("HP:1", "name: one", "alt_id: HP:9"), term("HP:2", "name: two", "alt_id: HP:9"))
    assert [item.position for item in items if isinstance(item, Refused)] == ["alternative HP:9 of HP:2"]


def test_an_alternative_identifier_of_two_concepts_has_no_replacement(tmp_path: Path) -> None:
    items = terms(tmp_path, term("HP:1", "name: one", "alt_id: HP:9"), term("HP:2", "name: two", "alt_id: HP:9"))
    assert [item.replaced_by for item in items if isinstance(item, Concept) and item.id == "HP:9"] == [None]


@pytest.mark.parametrize(
    ("said", "replaced_by", "relations"), [((), "HP:1", []), (("replaced_by: HP:3",), "HP:3", ["HP:1"])]
)
def test_a_stated_replacement_counts_before_the_owner_of_the_identifier(
    said: tuple[str, ...], replaced_by: str, relations: list[str], tmp_path: Path
) -> None:
    obsolete = term("HP:2", "name: old", "is_obsolete: true", *said)
    items = terms(tmp_path, obsolete, term("HP:1", "name: one", "alt_id: HP:2"))
    assert Concept("HP:2", "old", None, True, replaced_by) in items
    assert [item.object for item in items if isinstance(item, Relation)] == relations

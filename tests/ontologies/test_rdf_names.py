"""ontologies' tests: the label and the definition of a concept if the usual property is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ontologies.model import LABEL, Concept, Item, Refused, Release, Translation
from tests.ontologies.golden import stream

OBO = "http://purl.obolibrary.org/obo/"
TURTLE = f"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix s: <http://www.w3.org/2004/02/skos/core#> .
@prefix dct: <http://purl.org/dc/terms/> .
@prefix obo: <{OBO}> .
@prefix : <{OBO}T_> .
"""
KINDS = {"owl": ("owl:Class", "rdfs:label"), "skos": ("s:Concept", "s:prefLabel")}


def read(folder: Path, text: str) -> list[Item]:
    file = folder / "t.ttl"
    file.write_text(TURTLE + text, encoding="utf-8")
    return stream(file)


def concepts(items: list[Item]) -> list[Concept]:
    return [item for item in items if isinstance(item, Concept)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_concept_without_an_english_name_has_one_in_the_main_language(kind: str, tmp_path: Path) -> None:
    type_, label = KINDS[kind]
    names = (
        '"één"@nl, "un"@fr',
        '"twee"@nl, "zwei"@de',
        '"trois"@fr',
        '"quattro"@it, "cuatro"@es',
        '"five"@en, "vijf"@nl',
    )
    text = "".join(f":{number} a {type_} ; {label} {said} .\n" for number, said in enumerate(names, 1))
    items = read(tmp_path, text)
    assert [item.label for item in concepts(items)] == ["één", "twee", "trois", "cuatro", "five"]
    assert Translation("T:1", LABEL, "één", "nl", "") in items


def test_a_scheme_without_an_english_title_has_another_title(tmp_path: Path) -> None:
    release = read(tmp_path, ':s a s:ConceptScheme ; dct:title "Zorg"@nl .\n:1 a s:Concept ; s:prefLabel "a"@nl .')[0]
    assert isinstance(release, Release) and release.title == "Zorg"


@pytest.mark.parametrize("kind", KINDS)
def test_a_description_is_the_definition_if_there_is_none(kind: str, tmp_path: Path) -> None:
    type_, label = KINDS[kind]
    definition = "obo:IAO_0000115" if kind == "owl" else "s:definition"
    text = f':1 a {type_} ; {label} "one" ; dct:description "said of one"@en .\n'
    text += f':2 a {type_} ; {label} "two" ; dct:description "said of two" ; {definition} "what two is" .\n'
    items = read(tmp_path, text)
    assert [item.definition for item in concepts(items)] == ["said of one", "what two is"]
    assert not [item for item in items if isinstance(item, Refused)]


def test_a_description_is_the_definition_in_obo_and_obo_graphs_too(tmp_path: Path) -> None:
    obo, graphs = tmp_path / "t.obo", tmp_path / "t.json"
    said = 'property_value: dcterms:description "said of it" xsd:string\n'
    obo.write_text(
        "format-version: 1.4\nontology: t\n\n"
        f'[Term]\nid: T:1\nname: one\n{said}\n[Term]\nid: T:2\nname: two\ndef: "what two is" []\n{said}'
    )
    meta = {"basicPropertyValues": [{"pred": "http://purl.org/dc/terms/description", "val": "said of it"}]}
    nodes = [
        {"id": f"{OBO}T_1", "lbl": "one", "type": "CLASS", "meta": meta},
        {"id": f"{OBO}T_2", "lbl": "two", "type": "CLASS", "meta": meta | {"definition": {"val": "what two is"}}},
    ]
    graphs.write_text(json.dumps({"graphs": [{"id": f"{OBO}t.owl", "nodes": nodes}]}))
    for file in (obo, graphs):
        assert [item.definition for item in concepts(stream(file))] == ["said of it", "what two is"]

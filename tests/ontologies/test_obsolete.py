"""ontologies' tests: obsolete concepts: the ways in which a source marks them, in each format."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ontologies import obsolete
from ontologies.model import Concept
from tests.ontologies.golden import stream

OBO = "http://purl.obolibrary.org/obo/"
EFO = "http://www.ebi.ac.uk/efo/"
TURTLE = f"""@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix adms: <http://www.w3.org/ns/adms#> .
@prefix t: <{OBO}T_> .
@prefix oboInOwl: <http://www.geneontology.org/formats/oboInOwl#> .
"""


def obsolete_ids(file: Path) -> set[str]:
    return {item.id for item in stream(file) if isinstance(item, Concept) and item.deprecated}


def written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("obsolete virus sensitivity", True),
        ("OBSOLETE: Behr syndrome", True),
        ("obsolete_class", True),
        ("[Deprecated] glucose", True),
        ("obsoleted echo virus 11 sensitivity", True),
        ("Behr syndrome (obsolete)", True),
        ("Neoplasm by Obsolete Classification", False),
        ("obsolete", False),
        ("obsolescence", False),
        ("retired", False),
        ("", False),
    ],
)
def test_a_label_that_begins_with_obsolete_marks_a_concept(label: str, said: bool) -> None:
    assert obsolete.by_label(label) == said


@pytest.mark.parametrize(
    ("predicate", "value", "said"),
    [
        ("http://www.w3.org/2002/07/owl#deprecated", "true", True),
        ("http://www.w3.org/2002/07/owl#deprecated", "1", True),
        ("http://www.w3.org/2002/07/owl#deprecated", "false", False),
        ("oboInOwl:is_obsolete", "True", True),
        (f"{EFO}reason_for_obsolescence", "see http://example.org/", True),
        (f"{EFO}obsoleted_in_version", "3.1", True),
        ("http://edamontology.org/obsolete_since", "1.2", True),
        ("http://www.w3.org/ns/adms#status", "http://purl.org/adms/status/Deprecated", True),
        ("http://www.w3.org/ns/adms#status", "http://purl.org/adms/status/Completed", False),
        ("http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl#P310", "Retired_Concept", True),
        ("IAO:0000231", "IAO:0000227", True),
        (f"{OBO}IAO_0000231", f"{OBO}IAO_0000227", True),
        ("http://example.org/colour", "obsolete", False),
    ],
)
def test_properties_that_mark_a_concept_as_obsolete(predicate: str, value: str, said: bool) -> None:
    assert obsolete.by_property(predicate, [value]) == said


PARENTS = {"T:1": "Obsolete Class", "T:2": "below it", "T:3": "obsolete by name", "T:4": "live", "T:5": "by property"}


def obo(folder: Path) -> Path:
    terms = "".join(f"\n[Term]\nid: {id_}\nname: {name}\n" for id_, name in PARENTS.items())
    terms = terms.replace("below it\n", "below it\nis_a: T:1\nis_obsolete: false\n")
    terms += f'property_value: {EFO}obsoleted_in_version "3" xsd:string\n\n'
    terms += "[Term]\nid: T:6\nname: in a bin of OBO-Edit\nis_a: oboInOwl:ObsoleteClass\n"
    return written(folder / "t.obo", f"format-version: 1.4\nontology: t\n{terms}")


def graphs(folder: Path) -> Path:
    nodes = [{"id": OBO + id_.replace(":", "_"), "lbl": name, "type": "CLASS"} for id_, name in PARENTS.items()]
    value = {"pred": f"{EFO}obsoleted_in_version", "val": "3"}
    nodes[4] |= {"meta": {"basicPropertyValues": [value]}}  # type: ignore[dict-item]
    nodes.append({"id": f"{OBO}T_6", "lbl": "in a bin", "type": "CLASS"})
    edges = [{"sub": f"{OBO}T_2", "pred": "is_a", "obj": f"{OBO}T_1"}]
    bin_ = "http://www.geneontology.org/formats/oboInOwl#ObsoleteClass"
    edges.append({"sub": f"{OBO}T_6", "pred": "is_a", "obj": bin_})
    return written(folder / "t.json", json.dumps({"graphs": [{"id": f"{OBO}t.owl", "nodes": nodes, "edges": edges}]}))


def owl(folder: Path) -> Path:
    terms = "".join(f't:{id_[2:]} a owl:Class ; rdfs:label "{name}" .\n' for id_, name in PARENTS.items())
    terms += f't:2 rdfs:subClassOf t:1 .\nt:5 <{EFO}obsoleted_in_version> "3" .\n'
    terms += 't:6 a owl:Class ; rdfs:label "in a bin" ; rdfs:subClassOf oboInOwl:ObsoleteClass .\n'
    return written(folder / "t.ttl", TURTLE + terms)


@pytest.mark.parametrize("write", [obo, graphs, owl], ids=lambda write: write.__name__)
def test_formats_find_the_same_obsolete_concepts(write: object, tmp_path: Path) -> None:
    assert callable(write)
    assert obsolete_ids(write(tmp_path)) == {"T:1", "T:2", "T:3", "T:5", "T:6"}


def test_a_class_of_type_deprecated_class_is_obsolete(tmp_path: Path) -> None:
    text = 't:1 a owl:DeprecatedClass ; rdfs:label "one" .\nt:2 a owl:Class ; rdfs:label "two" .\n'
    assert obsolete_ids(written(tmp_path / "t.ttl", TURTLE + text)) == {"T:1"}


def test_a_status_marks_a_skos_concept_as_obsolete(tmp_path: Path) -> None:
    status = "http://publications.europa.eu/resource/authority/concept-status"
    text = f"""t:s a skos:ConceptScheme .
t:1 a skos:Concept ; skos:prefLabel "one"@en ; adms:status <{status}/DEPRECATED> .
t:2 a skos:Concept ; skos:prefLabel "two"@en ; adms:status <{status}/CURRENT> .
t:3 a skos:Concept ; skos:prefLabel "obsolete three"@en .
"""
    assert obsolete_ids(written(tmp_path / "t.ttl", TURTLE + text)) == {"T:1", "T:3"}


def test_concepts_below_the_obsolete_class_of_ordo_are_obsolete(shared: Path) -> None:
    """ORDO has 744 concepts below its class of obsolete concepts. They and the class itself are read as obsolete."""
    assert len(obsolete_ids(shared / "ontologies/ordo-2018-07-12.json.gz")) == 745

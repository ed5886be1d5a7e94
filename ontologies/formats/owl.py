"""ontologies: reads OWL 2 as RDF/XML, Turtle or N-Triples, https://www.w3.org/TR/owl2-mapping-to-rdf/.

Axioms are read as in the mapping to OBO (https://owlcollab.github.io/oboformat/doc/obo-syntax.html, chapter 5):
`SubClassOf(A some(P, B))` is the relationship `A P B`, and an owl:Axiom may state the type of a synonym. Intersections,
unions and other restrictions cannot be expressed as edges, so they are left out. Imports are also left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ontologies import obsolete
from ontologies.curies import curie
from ontologies.format import Format
from ontologies.model import IS_A, Concept, Item, Refused, Relation, Release, Synonym, SynonymKind
from ontologies.obo_rules import (
    EQUIVALENT,
    EXACT,
    MATCHES,
    XREF,
    Alternatives,
    is_abbreviation,
    is_concept,
    mapping,
    release_prefix,
    release_version,
)
from ontologies.rdf import RDF, Subject, is_obsolete, is_rdf, resources, says, spelled, subjects
from ontologies.rdf_names import definitions, english, iri, labels, literals, main_language, name
from ontologies.releases import ontology_iri

OWL = "http://www.w3.org/2002/07/owl#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
SKOS = "http://www.w3.org/2004/02/skos/core#"
_OBO = "http://purl.obolibrary.org/obo/"
_GENE = "http://www.geneontology.org/formats/oboInOwl#"
_DC = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")

_KINDS: tuple[tuple[str, SynonymKind], ...] = (
    ("hasExactSynonym", "exact"),
    ("hasBroadSynonym", "broad"),
    ("hasNarrowSynonym", "narrow"),
    ("hasRelatedSynonym", "related"),
)
_MATCH_NAMES = sorted(match.partition(":")[2] for match in MATCHES if match.startswith("skos:"))
_NAMES = {
    OWL: "versionIRI versionInfo equivalentClass onProperty someValuesFrom "
    "annotatedSource annotatedProperty annotatedTarget",
    RDFS: "label subClassOf",
    SKOS: " ".join((*_MATCH_NAMES, "definition")),
    _GENE: "hasDbXref hasAlternativeId hasSynonymType source hasDefinition replacedBy "
    + " ".join(k for k, _ in _KINDS),
}
WANTED = {space + name: name for space, names in _NAMES.items() for name in names.split()}
WANTED |= {space + name: name for space in _DC for name in ("license", "title", "description")}
WANTED |= {RDF + "type": "type", _OBO + "IAO_0000115": "IAO_0000115", _OBO + "IAO_0100001": "IAO_0100001"}
_DEFINITION = ("IAO_0000115", "hasDefinition", "definition")
_CLASSES = (OWL + "Class", OWL + "DeprecatedClass")

Graph = dict[str, Subject]
Types = dict[tuple[str, str, str], set[str]]


def recognise(head: bytes, name: str) -> bool:
    """True for RDF with an OWL class. Also true for RDF with an OWL ontology and without SKOS concepts."""
    if not is_rdf(head):
        return False
    return says(head, OWL, "Class") or (
        says(head, OWL, "Ontology") and not says(head, SKOS, "Concept", "ConceptScheme")
    )


def _release(graph: Graph, classes: list[str]) -> Release:
    ontology = next(
        (subject for subject, properties in graph.items() if OWL + "Ontology" in properties.get("type", ())), ""
    )
    about = graph.get(ontology, {})
    address = "" if ontology.startswith("_:") else ontology

    def first(key: str) -> str:
        return next(spelled(about, key), "")

    stated = (first("versionIRI"), first("versionInfo"))
    identifier, version = ontology_iri(address, *stated), release_version(*stated)
    prefix = release_prefix(identifier, (curie(subject) for subject in classes))
    return Release(identifier, prefix, version, address, first("license"), first("title"))


def _annotations(graph: Graph) -> Types:
    """Returns, for each subject, property and target, the synonym types and sources that an owl:Axiom states."""
    found: Types = {}
    for properties in graph.values():
        for source in resources(properties, "annotatedSource"):
            added = set(spelled(properties, "hasSynonymType", "source"))
            for key in resources(properties, "annotatedProperty"):
                for target in spelled(properties, "annotatedTarget"):
                    found.setdefault((source, key, target), set()).update(added)
    return found


def _synonyms(subject: str, concept: str, properties: Subject, types: Types) -> Iterator[Item]:
    for key, kind in _KINDS:
        for text in literals(concept, properties, key):
            if isinstance(text, Refused):
                yield text
                continue
            short = any(map(is_abbreviation, types.get((subject, _GENE + key, text.value), ())))
            yield Synonym(concept, text.value, "abbreviation" if short else kind, text.language or "en")


def _mappings(subject: str, concept: str, properties: Subject, types: Types) -> Iterator[Item]:
    for target in spelled(properties, "hasDbXref"):
        if is_concept(curie(target)):
            same = EQUIVALENT in types.get((subject, _GENE + "hasDbXref", target), ())
            yield mapping(concept, EXACT if same else XREF, curie(target))
    for key in _MATCH_NAMES:
        for target in spelled(properties, key):
            yield mapping(concept, f"skos:{key}", curie(target))
    for target in resources(properties, "equivalentClass"):
        if not target.startswith("_:"):
            yield mapping(concept, "owl:equivalentClass", curie(target))


def _relations(graph: Graph, concept: str, properties: Subject) -> Iterator[Item]:
    for value in properties.get("subClassOf", ()):
        broader = iri(concept, "subClassOf", value)
        if isinstance(broader, Refused):
            yield broader
        elif broader.startswith("_:"):
            restriction = graph.get(broader, {})
            for relation in resources(restriction, "onProperty"):
                for target in resources(restriction, "someValuesFrom"):
                    if not relation.startswith("_:") and not target.startswith("_:"):
                        yield Relation(concept, curie(relation), curie(target))
        elif curie(broader) == concept:
            yield Refused(concept, f"{concept} is a subclass of itself; remove the statement")
        else:
            yield Relation(concept, IS_A, curie(broader))


def _defined(properties: Subject) -> tuple[str, ...]:
    """The properties that define a class. A description is used only if the class has no definition."""
    return _DEFINITION if any(key in properties for key in _DEFINITION) else ("description",)


def _is_obsolete(graph: Graph, properties: Subject) -> bool:
    bins = (name for name in resources(properties, "subClassOf") if obsolete.is_bin(name, _label(graph.get(name, {}))))
    typed = OWL + "DeprecatedClass" in properties.get("type", ())
    return typed or is_obsolete(properties) or obsolete.by_label(_label(properties)) or any(bins)


def _label(properties: Subject) -> str:
    return name("", properties, "", "label")


def _concept(graph: Graph, subject: str, language: str, types: Types, alternatives: Alternatives) -> Iterator[Item]:
    properties, concept = graph[subject], curie(subject)
    label, defined = name(concept, properties, language, "label"), _defined(properties)
    definition = english(concept, properties, *defined)
    deprecated = _is_obsolete(graph, properties)
    if label or definition or deprecated or "label" in properties:
        targets = map(curie, spelled(properties, "IAO_0100001", "replacedBy"))
        yield from alternatives.concept(Concept(concept, label, definition, deprecated, None), targets)
    yield from labels(concept, properties, "label")
    yield from definitions(concept, properties, *defined)
    yield from _synonyms(subject, concept, properties, types)
    yield from _relations(graph, concept, properties)
    yield from _mappings(subject, concept, properties, types)
    for alternative in spelled(properties, "hasAlternativeId"):
        yield from alternatives.claim(curie(alternative), concept)


def read(path: Path) -> Iterator[Item]:
    """The release, then each class with its names, relations and mappings, then the alternative identifiers.

    A class without a label and a definition is a reference to a concept of another file, unless it is deprecated.
    """
    graph = subjects(path, WANTED, obsolete.key)
    typed = (name for name, properties in graph.items() if any(kind in properties.get("type", ()) for kind in _CLASSES))
    classes = [name for name in typed if not name.startswith("_:")]
    yield _release(graph, classes)
    types, alternatives = _annotations(graph), Alternatives()
    language = main_language((graph[subject] for subject in classes), "label")
    for subject in classes:
        yield from _concept(graph, subject, language, types, alternatives)
    yield from alternatives.items()


FORMAT = Format("OWL (RDF/XML, Turtle, N-Triples)", "https://www.w3.org/TR/owl2-mapping-to-rdf/", recognise, read)

"""ontologies: reads SKOS concept schemes as RDF/XML, Turtle or N-Triples, https://www.w3.org/TR/skos-reference/.

`broader` is read as is-a, although `broader` in SKOS does not imply is-a. `narrower` is read as the inverse of is-a.
`related` is a relation. An `altLabel` is an exact synonym. A `hiddenLabel` (a misspelling) is a related synonym. A
notation is a related synonym too, unless the identifier ends with the notation. SKOS-XL labels and collections are left
out.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ontologies import obsolete
from ontologies.curies import curie
from ontologies.format import Format
from ontologies.formats.owl import OWL, RDFS, SKOS
from ontologies.model import IS_A, Concept, Item, Refused, Relation, Release, Synonym, SynonymKind, replaced
from ontologies.obo_rules import MATCHES, mapping, release_prefix, release_version
from ontologies.rdf import RDF, Subject, is_obsolete, is_rdf, resources, says, spelled, subjects
from ontologies.rdf_names import definitions, english, iri, labels, literals, main_language, name, synonyms
from ontologies.releases import ontology_iri

DCAT = "http://www.w3.org/ns/dcat#"
_DC = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")
_MATCH_NAMES = sorted(match.partition(":")[2] for match in MATCHES if match.startswith("skos:"))
_PROPERTIES = (
    "prefLabel altLabel hiddenLabel definition broader narrower related inScheme topConceptOf notation".split()
)
WANTED = {SKOS + name: name for name in (*_PROPERTIES, *_MATCH_NAMES)}
WANTED |= {
    space + name: name
    for space in _DC
    for name in ("license", "title", "description", "isReplacedBy", "modified", "issued")
}
WANTED |= {OWL + name: name for name in ("versionInfo", "versionIRI")}
WANTED |= {RDF + "type": "type", RDFS + "label": "label"}
_KINDS: tuple[tuple[str, SynonymKind], ...] = (("altLabel", "exact"), ("hiddenLabel", "related"))

Graph = dict[str, Subject]


def recognise(head: bytes, name: str) -> bool:
    """True for RDF with a SKOS concept scheme, or with SKOS concepts and without a data set.

    False for RDF with OWL classes.
    """
    if not is_rdf(head) or says(head, OWL, "Class"):
        return False
    return says(head, SKOS, "ConceptScheme") or (says(head, SKOS, "Concept") and not says(head, DCAT, "Dataset"))


def _release(graph: Graph, concepts: list[str]) -> Release:
    """Returns the release of the first concept scheme that the file describes.

    If the file describes no scheme, returns the release of the first scheme to which a concept refers.
    """
    described = (name for name, properties in graph.items() if SKOS + "ConceptScheme" in properties.get("type", ()))
    named = (
        name for concept in concepts for key in ("inScheme", "topConceptOf") for name in resources(graph[concept], key)
    )
    scheme = next(described, "") or next(named, "")
    about, address = graph.get(scheme, {}), "" if scheme.startswith("_:") else scheme
    stated, dated = next(spelled(about, "versionIRI"), ""), list(spelled(about, "versionInfo", "modified", "issued"))
    identifier = ontology_iri(address, stated, *dated)
    version = release_version(stated, next(iter(dated), ""))
    prefix = release_prefix(identifier, (curie(concept) for concept in concepts))
    title = name(identifier, about, "", "title", "prefLabel", "label")
    return Release(identifier, prefix, version, address, next(spelled(about, "license"), ""), title)


def _relations(concept: str, properties: Subject) -> Iterator[Item]:
    for key in ("broader", "narrower", "related"):
        for value in properties.get(key, ()):
            found = iri(concept, key, value)
            if isinstance(found, Refused):
                yield found
            elif curie(found) == concept:
                yield Refused(concept, f"{key} of {concept} is itself; remove the statement")
            elif key == "related":
                yield Relation(concept, "skos:related", curie(found))
            elif key == "broader":
                yield Relation(concept, IS_A, curie(found))
            else:
                yield Relation(curie(found), IS_A, concept)


def _mappings(concept: str, properties: Subject) -> Iterator[Item]:
    for key in _MATCH_NAMES:
        for value in properties.get(key, ()):
            found = iri(concept, key, value)
            yield found if isinstance(found, Refused) else mapping(concept, f"skos:{key}", curie(found))


def _concept(subject: str, properties: Subject, language: str) -> Iterator[Item]:
    concept = curie(subject)
    label = name(concept, properties, language, "prefLabel", "label")
    defined = "definition" if "definition" in properties else "description"
    deprecated = (
        is_obsolete(properties)
        or obsolete.by_label(label)
        or any(map(obsolete.is_bin, resources(properties, "broader")))
    )
    stated = Concept(concept, label, english(concept, properties, defined), deprecated, None)
    yield from replaced(stated, map(curie, spelled(properties, "isReplacedBy")))
    yield from labels(concept, properties, "prefLabel", "label")
    yield from definitions(concept, properties, defined)
    yield from synonyms(concept, properties, _KINDS)
    for notation in literals(concept, properties, "notation"):
        if isinstance(notation, Refused):
            yield notation
        elif not concept.endswith(notation.value):
            yield Synonym(concept, notation.value, "related", "en")
    yield from _relations(concept, properties)
    yield from _mappings(concept, properties)


def read(path: Path) -> Iterator[Item]:
    """The release, then each concept with its names, relations and mappings. A repeated relation is yielded once."""
    graph = subjects(path, WANTED, obsolete.key)
    concepts = [
        name
        for name, properties in graph.items()
        if SKOS + "Concept" in properties.get("type", ()) and name[:2] != "_:"
    ]
    yield _release(graph, concepts)
    language = main_language((graph[subject] for subject in concepts), "prefLabel", "label")
    yielded: set[Relation] = set()
    for subject in concepts:
        for item in _concept(subject, graph[subject], language):
            if not isinstance(item, Relation) or item not in yielded:
                yield item
            if isinstance(item, Relation):
                yielded.add(item)


FORMAT = Format("SKOS (RDF/XML, Turtle, N-Triples)", "https://www.w3.org/TR/skos-reference/", recognise, read)

"""ontologies: reads OBO Graphs JSON, https://github.com/geneontology/obographs/blob/master/README-obograph.md.

Its graphs are one stream; a node without a label is a mere reference, and no concept unless it is deprecated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ontologies.curies import curie
from ontologies.errors import UnreadableFile
from ontologies.files import read_whole
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
from ontologies.releases import ontology_iri

_KINDS: dict[str, SynonymKind] = {
    "hasExactSynonym": "exact",
    "hasBroadSynonym": "broad",
    "hasNarrowSynonym": "narrow",
    "hasRelatedSynonym": "related",
}
_REPLACED_BY = ("IAO_0100001", "IAO:0100001")
_XREF = "oboInOwl#hasDbXref"
_ALTERNATIVE = "hasAlternativeId"


class _Value(msgspec.Struct, gc=False):
    val: Any = ""
    pred: str = ""
    xrefs: list[str] | None = None
    synonymType: str | None = None
    lang: str | None = None


class _Meta(msgspec.Struct):
    definition: _Value | None = None
    synonyms: list[_Value] | None = None
    xrefs: list[_Value] | None = None
    basicPropertyValues: list[_Value] | None = None
    version: str | None = None
    deprecated: bool | None = None


class _Node(msgspec.Struct):
    id: str
    lbl: str | None = None
    type: str | None = None
    meta: _Meta | None = None


class _Edge(msgspec.Struct, gc=False):
    sub: str
    pred: str
    obj: str


class _Graph(msgspec.Struct):
    id: str | None = None
    meta: _Meta | None = None
    nodes: list[msgspec.Raw] | None = None
    edges: list[msgspec.Raw] | None = None


class _Document(msgspec.Struct):
    graphs: list[_Graph]


_document = msgspec.json.Decoder(_Document)
_node = msgspec.json.Decoder(_Node)
_edge = msgspec.json.Decoder(_Edge)
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def recognise(head: bytes, name: str) -> bool:
    """A JSON object with a list of `graphs`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and bool(re.search(rb'"graphs"\s*:\s*\[', start))


def _values(meta: _Meta | None, name: str) -> Iterator[str]:
    """The texts of a property, known by the last part of its IRI, since older files spell the namespace otherwise."""
    for value in (meta and meta.basicPropertyValues) or ():
        if re.split(r"[/#_:]", value.pred)[-1] == name and isinstance(value.val, str):
            yield value.val


def _release(graph: _Graph) -> Release:
    iri, stated = graph.id or "", (graph.meta and graph.meta.version) or ""
    version_info = next(_values(graph.meta, "versionInfo"), "")
    id = ontology_iri(iri, stated, version_info, *_values(graph.meta, "date"))
    prefix = release_prefix(id, (curie(node) for node in _node_ids(graph)))
    version = release_version(stated, version_info)
    licence, title = next(_values(graph.meta, "license"), ""), next(_values(graph.meta, "title"), "")
    return Release(id, prefix, version, iri, licence, title)


def _node_ids(graph: _Graph) -> Iterator[str]:
    for raw in graph.nodes or ():
        try:
            yield _node.decode(raw).id
        except _BROKEN:
            continue


def _properties(concept: str, meta: _Meta) -> Iterator[Item]:
    for synonym in meta.synonyms or ():
        kind = _KINDS.get(synonym.pred.rpartition("#")[2])
        if not isinstance(synonym.val, str) or kind is None:
            yield Refused(concept, "a synonym needs a text `val` and a scope `pred` such as hasExactSynonym")
            continue
        if synonym.synonymType and is_abbreviation(synonym.synonymType):
            kind = "abbreviation"
        yield Synonym(concept, synonym.val, kind, synonym.lang or "en")
    # A cross-reference that is an IRI and no text stands among the other properties.
    stated = [value for value in meta.basicPropertyValues or () if value.pred.endswith(_XREF)]
    for xref in (*(meta.xrefs or ()), *stated):
        target = curie(xref.val) if isinstance(xref.val, str) else ""
        if is_concept(target):
            yield mapping(concept, EXACT if EQUIVALENT in (xref.xrefs or ()) else XREF, target)
    for value in meta.basicPropertyValues or ():
        if "atch" in value.pred or "equivalentClass" in value.pred:
            predicate = curie(value.pred)
            if predicate in MATCHES and isinstance(value.val, str):
                yield mapping(concept, predicate, curie(value.val))


def _concept(node: _Node, alternatives: Alternatives) -> Iterator[Item]:
    meta, identifier = node.meta or _Meta(), curie(node.id)
    stated = [value for value in meta.basicPropertyValues or () if isinstance(value.val, str)]
    targets = (curie(value.val) for value in stated if value.pred.endswith(_REPLACED_BY))
    definition = meta.definition.val if meta.definition and isinstance(meta.definition.val, str) else None
    if node.lbl or definition or meta.deprecated:
        concept = Concept(identifier, node.lbl or "", definition, bool(meta.deprecated), None)
        yield from alternatives.concept(concept, targets)
    yield from _properties(identifier, meta)
    for value in stated:
        if value.pred.endswith(_ALTERNATIVE):
            yield from alternatives.claim(curie(value.val), identifier)


def _nodes(graph: _Graph, place: str, alternatives: Alternatives) -> Iterator[Item]:
    for number, raw in enumerate(graph.nodes or ()):
        try:
            node = _node.decode(raw)
        except _BROKEN as error:
            yield Refused(f"{place}.nodes[{number}]", str(error))
            continue
        if node.type == "CLASS" or (node.type is None and node.lbl):
            yield from _concept(node, alternatives)


def _edges(graph: _Graph, place: str) -> Iterator[Item]:
    for number, raw in enumerate(graph.edges or ()):
        try:
            edge = _edge.decode(raw)
        except _BROKEN as error:
            yield Refused(f"{place}.edges[{number}]", str(error))
            continue
        if edge.pred != "is_a" and ":" not in edge.pred:
            continue  # subPropertyOf, inverseOf and type speak of properties and individuals
        subject, target = curie(edge.sub), curie(edge.obj)
        if edge.pred != "is_a":
            yield Relation(subject, curie(edge.pred), target)
        elif subject == target:
            yield Refused(f"{place}.edges[{number}]", f"{subject} is_a itself; remove the edge")
        else:
            yield Relation(subject, IS_A, target)


def read(path: Path) -> Iterator[Item]:
    """The release, named after the first graph; of each graph the nodes, then the edges; then alternative ids."""
    try:
        graphs = _document.decode(read_whole(path)).graphs
    except _BROKEN as error:
        raise UnreadableFile(path, "", f"{error}; it is no OBO Graphs document") from error
    yield _release(graphs[0] if graphs else _Graph())
    alternatives = Alternatives()
    for number, graph in enumerate(graphs):
        yield from _nodes(graph, f"graphs[{number}]", alternatives)
        yield from _edges(graph, f"graphs[{number}]")
    yield from alternatives.items()


FORMAT = Format("OBO Graphs", "https://github.com/geneontology/obographs", recognise, read)

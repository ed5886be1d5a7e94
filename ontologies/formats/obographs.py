"""ontologies: reads OBO Graphs JSON, https://github.com/geneontology/obographs/blob/master/README-obograph.md.

All graphs of a file form one stream. A node without a label is a reference to a concept of another file, unless the
node is deprecated. A node without a type is a concept if an edge uses the node as a class. JSON's null always means
that the value is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ontologies import obsolete
from ontologies.curies import curie
from ontologies.errors import UnreadableFile
from ontologies.files import read_whole
from ontologies.format import Format
from ontologies.model import IS_A, Concept, Item, NotRead, Refused, Relation, Release, Synonym, SynonymKind
from ontologies.obo_rules import (
    DESCRIPTIONS,
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
    val: Any = None
    pred: str | None = None
    xrefs: list[str | None] | None = None
    synonymType: str | None = None
    lang: str | None = None


class _Meta(msgspec.Struct):
    definition: _Value | None = None
    synonyms: list[_Value | None] | None = None
    xrefs: list[_Value | None] | None = None
    basicPropertyValues: list[_Value | None] | None = None
    version: str | None = None
    deprecated: bool | None = None


class _Node(msgspec.Struct):
    id: str
    lbl: str | None = None
    type: str | None = None
    meta: _Meta | None = None


class _Bare(msgspec.Struct, gc=False):
    """A node that is decoded without `meta`, because decoding `meta` takes most of the time."""

    id: str
    lbl: str | None = None
    type: str | None = None


class _Edge(msgspec.Struct, gc=False):
    sub: str
    pred: str
    obj: str


class _Same(msgspec.Struct):
    """A set of equivalent nodes."""

    nodeIds: list[str | None]
    representativeNodeId: str | None = None


class _Graph(msgspec.Struct):
    id: str | None = None
    meta: _Meta | None = None
    nodes: list[msgspec.Raw] | None = None
    edges: list[msgspec.Raw] | None = None
    equivalentNodesSets: list[msgspec.Raw] | None = None


class _Document(msgspec.Struct):
    graphs: list[_Graph | None]


T = TypeVar("T")
_document = msgspec.json.Decoder(_Document)
_node = msgspec.json.Decoder(_Node | None)
_bare = msgspec.json.Decoder(_Bare | None)
_edge = msgspec.json.Decoder(_Edge | None)
_same = msgspec.json.Decoder(_Same | None)
_BROKEN = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def recognise(head: bytes, name: str) -> bool:
    """True for a JSON object with a list of `graphs`."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith(b"{") and bool(re.search(rb'"graphs"\s*:\s*\[', start))


def _there(values: Iterable[T | None] | None) -> Iterator[T]:
    return (value for value in values or () if value is not None)


def _read(
    raws: list[msgspec.Raw] | None, decoder: msgspec.json.Decoder[T | None], place: str
) -> Iterator[tuple[str, T | Refused]]:
    """Yields the position of each element of `raws`, with the decoded element, or Refused if it cannot be decoded."""
    for number, raw in enumerate(raws or ()):
        try:
            element = decoder.decode(raw)
        except _BROKEN as error:
            yield f"{place}[{number}]", Refused(f"{place}[{number}]", str(error))
            continue
        if element is not None:
            yield f"{place}[{number}]", element


def _stated(meta: _Meta | None) -> Iterator[tuple[str, str]]:
    """Yields the predicate and the text of each property in `meta`."""
    for value in _there(meta.basicPropertyValues if meta else None):
        if value.pred and isinstance(value.val, str | bool | int | float):
            yield value.pred, value.val if isinstance(value.val, str) else msgspec.json.encode(value.val).decode()


def _values(meta: _Meta | None, *names: str) -> Iterator[str]:
    """Returns the texts of the properties in `meta` with one of `names` as their name, in any namespace."""
    return (text for predicate, text in _stated(meta) if re.split(r"[/#_:]", predicate)[-1] in names)


def _release(graph: _Graph) -> Release:
    iri, stated = graph.id or "", (graph.meta and graph.meta.version) or ""
    version_info = next(_values(graph.meta, "versionInfo"), "")
    id = ontology_iri(iri, stated, version_info, *_values(graph.meta, "date"))
    nodes = (node for _, node in _read(graph.nodes, _bare, ""))
    prefix = release_prefix(id, (curie(node.id) for node in nodes if isinstance(node, _Bare)))
    version = release_version(stated, version_info)
    licence, title = next(_values(graph.meta, "license"), ""), next(_values(graph.meta, "title"), "")
    return Release(id, prefix, version, iri, licence, title)


def _of_another_shape(concept: str, meta: _Meta) -> Iterator[Refused]:
    """Yields refusals for definitions, cross-references and properties of the wrong JSON type. Null is ignored."""
    for name, values in (
        ("definition", [meta.definition]),
        ("xref", meta.xrefs),
        ("property", meta.basicPropertyValues),
    ):
        wrong = (dict, list) if name == "property" else (dict, list, bool, int, float)
        if any(isinstance(value.val, wrong) for value in _there(values)):
            yield Refused(concept, f"a {name} needs a text `val`")


def _properties(concept: str, meta: _Meta) -> Iterator[Item]:
    yield from _of_another_shape(concept, meta)
    for synonym in _there(meta.synonyms):
        kind = _KINDS.get((synonym.pred or "").rpartition("#")[2])
        if not isinstance(synonym.val, str) or kind is None:
            yield Refused(concept, "a synonym needs a text `val` and a scope `pred` such as hasExactSynonym")
            continue
        if synonym.synonymType and is_abbreviation(synonym.synonymType):
            kind = "abbreviation"
        yield Synonym(concept, synonym.val, kind, synonym.lang or "en")
    # A cross-reference that is an IRI is in the other properties.
    stated = (value for value in _there(meta.basicPropertyValues) if (value.pred or "").endswith(_XREF))
    for xref in (*_there(meta.xrefs), *stated):
        target = curie(xref.val) if isinstance(xref.val, str) else ""
        if is_concept(target):
            yield mapping(concept, EXACT if EQUIVALENT in (xref.xrefs or ()) else XREF, target)
    for predicate, text in _stated(meta):
        if ("atch" in predicate or "equivalentClass" in predicate) and curie(predicate) in MATCHES:
            yield mapping(concept, curie(predicate), curie(text))


def _is_obsolete(node: _Node, meta: _Meta, below: set[str]) -> bool:
    stated = any(obsolete.by_property(predicate, [text]) for predicate, text in _stated(meta))
    return bool(meta.deprecated) or stated or obsolete.by_label(node.lbl or "") or node.id in below


def _concept(node: _Node, below: set[str], alternatives: Alternatives) -> Iterator[Item]:
    meta, identifier = node.meta or _Meta(), curie(node.id)
    stated = [*_stated(meta)]
    targets = (curie(text) for predicate, text in stated if predicate.endswith(_REPLACED_BY))
    definition = meta.definition.val if meta.definition and isinstance(meta.definition.val, str) else None
    described = (
        text for predicate, text in stated if predicate.endswith("description") and curie(predicate) in DESCRIPTIONS
    )
    definition = definition or next(described, None)
    deprecated = _is_obsolete(node, meta, below)
    if node.lbl or definition or deprecated:
        concept = Concept(identifier, node.lbl or "", definition, deprecated, None)
        yield from alternatives.concept(concept, targets)
    yield from _properties(identifier, meta)
    for predicate, text in _stated(meta):
        if predicate.endswith(_ALTERNATIVE):
            yield from alternatives.claim(curie(text), identifier)


def _classes(graphs: list[_Graph]) -> tuple[set[str], set[str]]:
    """Returns the nodes that are classes, and the nodes below a parent of obsolete classes."""
    found: set[str] = set()
    bins: set[str] = set()
    broader: dict[str, list[str]] = {}
    for graph in graphs:
        for _, node in _read(graph.nodes, _bare, ""):
            if isinstance(node, _Bare):
                found.update([node.id] if node.type == "CLASS" else ())
                bins.update([node.id] if node.lbl and obsolete.is_bin("", node.lbl) else ())
        for _, edge in _read(graph.edges, _edge, ""):
            if isinstance(edge, _Edge) and _is_of_classes(edge):
                found.update((edge.sub, edge.obj))
                if edge.pred == "is_a":
                    broader.setdefault(edge.obj, []).append(edge.sub)
    bins.update(filter(obsolete.is_bin, broader))
    return found, {concept for bin_ in bins for concept in broader.get(bin_, ())}


def _is_of_classes(edge: _Edge) -> bool:
    """True for an edge between classes. The edges subPropertyOf, inverseOf and type are not between classes."""
    return edge.pred == "is_a" or ":" in edge.pred


def _nodes(graph: _Graph, place: str, classes: set[str], below: set[str], alternatives: Alternatives) -> Iterator[Item]:
    for _, node in _read(graph.nodes, _node, f"{place}.nodes"):
        if isinstance(node, Refused):
            yield node
        elif node.type == "CLASS" or (node.type is None and node.lbl and node.id in classes):
            yield from _concept(node, below, alternatives)
        elif node.type is None and node.lbl:
            yield NotRead("a node without a type and without an edge; with the type CLASS, the node would be a concept")


def _edges(graph: _Graph, place: str) -> Iterator[Item]:
    for where, edge in _read(graph.edges, _edge, f"{place}.edges"):
        if isinstance(edge, Refused):
            yield edge
        elif _is_of_classes(edge):
            subject, target = curie(edge.sub), curie(edge.obj)
            predicate = IS_A if edge.pred == "is_a" else curie(edge.pred)
            if predicate == IS_A and subject == target:
                yield Refused(where, f"{subject} is_a itself; remove the edge")
            else:
                yield Relation(subject, predicate, target)


def _equivalents(graph: _Graph, place: str) -> Iterator[Item]:
    for _, same in _read(graph.equivalentNodesSets, _same, f"{place}.equivalentNodesSets"):
        if isinstance(same, Refused):
            yield same
            continue
        first, *others = dict.fromkeys(map(curie, filter(None, (same.representativeNodeId, *same.nodeIds)))) or ("",)
        yield from (mapping(first, "owl:equivalentClass", other) for other in others)


def read(path: Path) -> Iterator[Item]:
    """Yields the release of the first graph, the nodes and edges of each graph, and the alternative identifiers."""
    try:
        graphs = [*_there(_document.decode(read_whole(path)).graphs)]
    except _BROKEN as error:
        raise UnreadableFile(path, "", f"{error}; it is not an OBO Graphs document") from error
    yield _release(graphs[0] if graphs else _Graph())
    (classes, below), alternatives = _classes(graphs), Alternatives()
    for number, graph in enumerate(graphs):
        yield from _of_another_shape(f"graphs[{number}].meta", graph.meta or _Meta())
        yield from _nodes(graph, f"graphs[{number}]", classes, below, alternatives)
        yield from _edges(graph, f"graphs[{number}]")
        yield from _equivalents(graph, f"graphs[{number}]")
    yield from alternatives.items()


FORMAT = Format("OBO Graphs JSON", "https://github.com/geneontology/obographs", recognise, read)

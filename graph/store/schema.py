"""graph: what the graph holds, as data: the tables of both engines, those of records by their declarations."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from graph.kinds import KINDS, Link

TEXT, INT, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

SCHEMA_VERSION = 12
NAMES_BY_MANY = 9
"""The first version in which a name of a code comes from records only where many patients carry it."""


class Node(NamedTuple):
    """A node table. Its key is the text column `id`; `columns` are the others."""

    name: str
    columns: dict[str, pa.DataType]

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema({"id": TEXT, **self.columns})


class Edge(NamedTuple):
    """An edge table from nodes `start` to nodes `end`; `type` is what a Cypher query calls it.

    `inward`: there it leads from `end` to `start`.

    `replaces` names the columns whose equality means "said before by the same speaker": rows of a write replace
    every stored edge that agrees with them in these. The first of them is always `source`.
    """

    name: str
    type: str
    start: str
    end: str
    columns: dict[str, pa.DataType]
    replaces: tuple[str, ...]
    inward: bool = False

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema({"source": TEXT, "target": TEXT, **self.columns})


_NODES = (
    Node(
        "Concept",
        {
            "label": TEXT,
            "definition": TEXT,
            "ontology": TEXT,
            "deprecated": FLAG,
            "replaced_by": TEXT,
            "kind": TEXT,
            "stub": FLAG,
            "release": TEXT,
            "job": TEXT,
        },
    ),
    Node("Label", {"text": TEXT, "kind": TEXT, "language": TEXT, "release": TEXT, "job": TEXT, "count": INT}),
    Node(
        "Release",
        {
            "prefix": TEXT,
            "version": TEXT,
            "iri": TEXT,
            "licence": TEXT,
            "title": TEXT,
            "prefixes": TEXT,
            "loaded": TEXT,
            "job": TEXT,
        },
    ),
    # A record as it was read last: which patient it is about, how new it is, since when it is deleted, and a hash of
    # what it said. Of records that are about no patient, `source` is null.
    Node(
        "Resource",
        {
            "kind": TEXT,
            "source": TEXT,
            "owner": TEXT,
            "updated": TEXT,
            "version": INT,
            "deleted": TEXT,
            "said": TEXT,
            "job": TEXT,
        },
    ),
    *(Node(kind.name, kind.stored) for kind in KINDS.values()),
    Node(
        "Job",
        {
            "kind": TEXT,
            "state": TEXT,
            "inputs": TEXT,
            "checkpoint": INT,
            "read": INT,
            "written": INT,
            "unchanged": INT,
            "superseded": INT,
            "deleted": INT,
            "refused": INT,
            "not_read": INT,
            "unmapped": INT,
            "counts": TEXT,
            "reasons": TEXT,
            "started": TEXT,
            "finished": TEXT,
            "sequence": INT,
        },
    ),
    Node("Refusal", {"job": TEXT, "file": TEXT, "position": TEXT, "reason": TEXT}),
    # A keyed hash of the id of a person who is to be left out from then on.
    Node("Forgotten", {"since": TEXT}),
)

_OF_RELEASE = {"release": TEXT, "job": TEXT}
_MEANT = {"probability": REAL, "level": TEXT, "evidence": TEXT, **_OF_RELEASE}
_ABOUT = {
    "method": TEXT,
    "confidence": REAL,
    "field": TEXT,
    "text": TEXT,
    "name": TEXT,
    "start": INT,
    "end": INT,
    "assertion": TEXT,
    "job": TEXT,
}


def _edge(start: str, link: Link) -> Edge:
    """The edge table of a link; one that other records state says which."""
    told: dict[str, pa.DataType] = {"record": TEXT} if link.by_others else {}
    columns, replaces = {**told, "job": TEXT}, ("source", *told)
    return Edge(link.table, link.type or link.table, start, link.end, columns, replaces, link.inward)


_EDGES = (
    Edge("IS_A", "IS_A", "Concept", "Concept", _OF_RELEASE, ("source", "target", "release")),
    Edge("PART_OF", "PART_OF", "Concept", "Concept", _OF_RELEASE, ("source", "target", "release")),
    Edge(
        "RELATES",
        "RELATES",
        "Concept",
        "Concept",
        {"predicate": TEXT, **_OF_RELEASE},
        ("source", "target", "predicate", "release"),
    ),
    Edge("HAS_LABEL", "HAS_LABEL", "Concept", "Label", _OF_RELEASE, ("source", "target")),
    Edge(
        "MAPS_TO",
        "MAPS_TO",
        "Concept",
        "Concept",
        {
            "predicate": TEXT,
            "confidence": REAL,
            "justification": TEXT,
            "state": TEXT,
            "author": TEXT,
            "reviewer": TEXT,
            "tool": TEXT,
            "date": TEXT,
            "comment": TEXT,
            "evidence": TEXT,
            "through": TEXT,
            "statement": TEXT,
            **_OF_RELEASE,
        },
        ("source", "target", "predicate", "statement", "release"),
    ),
    Edge("SAME_AS", "SAME_AS", "Concept", "Concept", _MEANT, ("source", "target")),
    Edge("NARROWER", "NARROWER", "Concept", "Concept", _MEANT, ("source", "target")),
    Edge(
        "NEIGHBOUR",
        "NEIGHBOUR",
        "Concept",
        "Concept",
        {"score": REAL, "model": TEXT, "through": TEXT, **_OF_RELEASE},
        ("source", "target"),
    ),
    Edge(
        "EVENT",
        "EVENT",
        "Patient",
        "Concept",
        {
            "record": TEXT,
            "kind": TEXT,
            "status": TEXT,
            "start": TEXT,
            "end": TEXT,
            "value": REAL,
            "unit": TEXT,
            "answer": TEXT,
            "job": TEXT,
        },
        ("source", "record"),
    ),
    Edge("STANDS_FOR", "STANDS_FOR", "Concept", "Concept", {"job": TEXT}, ("source",)),
    Edge("SAME_PERSON", "SAME_PERSON", "Patient", "Patient", {"how": TEXT, "job": TEXT}, ("source",)),
    *(
        Edge(kind.about_table, "ABOUT", kind.name, "Concept", _ABOUT, ("source",))
        for kind in KINDS.values()
        if kind.about
    ),
    *(_edge(kind.name, link) for kind in KINDS.values() for link in kind.links),
)

NODES: dict[str, Node] = {node.name: node for node in _NODES}
EDGES: dict[str, Edge] = {edge.name: edge for edge in _EDGES}

# What one release states: a newer version of it takes the place of all these.
RELEASED: tuple[str, ...] = ("IS_A", "PART_OF", "RELATES", "HAS_LABEL", "MAPS_TO", "NEIGHBOUR", "SAME_AS", "NARROWER")

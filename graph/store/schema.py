"""graph: declares the tables of both engines. The tables of records come from the declarations in graph.kinds."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from graph.kinds import EVENT, KINDS, Link

TEXT, INT, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()

SCHEMA_VERSION = 17
NAMES_BY_MANY = 9
"""The first version of the schema in which a code gets a name from records only if many patients have the code."""


class Node(NamedTuple):
    """A node table. Its key is the text column `id`; `columns` are the other columns."""

    name: str
    columns: dict[str, pa.DataType]

    @property
    def arrow(self) -> pa.Schema:
        return pa.schema({"id": TEXT, **self.columns})


class Edge(NamedTuple):
    """An edge table from nodes `start` to nodes `end`; `type` is its relationship type in Cypher.

    `inward`: in Cypher, the edge leads from `end` to `start`.

    `replaces`: these columns identify the asserter. The rows of a write replace all stored edges with the same values
    in these columns. The first of these columns is always `source`.
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
            # The concept_id of OMOP's vocabulary tables, if they were loaded.
            "omop": INT,
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
    # The last version of a record: the patient it is about (`owner`), its date, when it was deleted, and a hash of its
    # content (`said`). If the record is about no patient, `source` is null.
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
    # `id` is a keyed hash of the id of a person or patient who must not be stored again. If `patient` is set, `id` is a
    # keyed hash of a Consent, and the patient objects from `since` to `until`. `since` is null if the Consent does not
    # deny or no longer denies.
    Node("Forgotten", {"since": TEXT, "until": TEXT, "patient": TEXT, "updated": TEXT}),
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


_NOT_IN_EVENT = ("patient", "concept", "display")
"""Columns of Event that the table EVENT lacks.

They are the two ends of the edge, and the name of the code, which is kept only if many patients have the code.
"""


def _edge(start: str, link: Link) -> Edge:
    """The edge table of a link. If other records state the link, the column `record` has the id of such a record."""
    asserter: dict[str, pa.DataType] = {"record": TEXT} if link.by_others else {}
    columns, replaces = {**asserter, "job": TEXT}, ("source", *asserter)
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
        {column.name: column.arrow for column in EVENT if column.name not in _NOT_IN_EVENT} | {"job": TEXT},
        ("source", "record"),
    ),
    Edge("STANDS_FOR", "STANDS_FOR", "Concept", "Concept", {"identifier": TEXT, "job": TEXT}, ("source",)),
    Edge("SAME_PERSON", "SAME_PERSON", "Patient", "Patient", {"how": TEXT, "job": TEXT}, ("source",)),
    *(
        Edge(kind.about_table, "ABOUT", kind.name, "Concept", _ABOUT, ("source",))
        for kind in KINDS.values()
        if kind.about
    ),
    *(_edge(kind.name, link) for kind in KINDS.values() for link in kind.links),
)

MARKS = {"Patient": {"changed": INT}, "Meta": {"marked": INT, "lineage": TEXT}}
"""Columns that `Store.changed` and `Store.lineage` use. Backups and other reads do not include these columns."""

NODES: dict[str, Node] = {node.name: node for node in _NODES}
EDGES: dict[str, Edge] = {edge.name: edge for edge in _EDGES}

# The edges that a release states. They are replaced when a newer version is loaded.
RELEASED: tuple[str, ...] = ("IS_A", "PART_OF", "RELATES", "HAS_LABEL", "MAPS_TO", "NEIGHBOUR", "SAME_AS", "NARROWER")

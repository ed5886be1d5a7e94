"""api: makes a GraphQL type for each kind of record from its declaration (graph/kinds/declared.py)."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.fields import Connection, Node, add, empty, paged
from api.schema.record.about import About, FieldText
from api.schema.record.fields import FIELDS, about, abouts, joined
from api.schema.related.loaders import related_field
from graph.kinds import KINDS, TEXTS, Kind

TYPES: dict[str, Any] = {name: empty(name, __name__) for name in FIELDS}
"""The GraphQL type of each kind of record, by the name of the kind."""


def _fill(kind: Kind) -> None:
    own = TYPES[kind.name]
    for column in (column for column in kind.columns if column.said.shown):
        python: Any = strawberry.ID if column.name == "id" else column.python | None
        add(own, column.name, python, strawberry.field(description=str(column.said)))
    if kind.texts:
        add(own, TEXTS, list[FieldText], strawberry.field(description=f"{kind.texts}."))
    if kind.about:
        description = (
            "Annotations: the concepts that the record is about, sorted by id of the concept: `MONDO:0005148`."
        )
        add(own, "abouts", Connection[About], paged(abouts(kind.name), about(kind.name), description))
    for name, table, end, description in _links(kind):
        add(own, name, page_of(Connection, end), paged(joined(table), FIELDS[end], description))
    if kind.listed:
        add(own, "related", list[_RELATED], related_field(kind.name, _RELATED_SAID))
    own.is_type_of = classmethod(lambda _cls, obj, _info: isinstance(obj, Node) and obj.level.kind is FIELDS[kind.name])
    strawberry.type(own, description=kind.description)


def page_of(connection: Any, kind: str) -> Any:
    """Returns the type of a page of records of a kind."""
    return connection[TYPES[kind]]


def _links(kind: Kind) -> list[tuple[str, str, str, str]]:
    """Returns (name, edge table as in `Snapshot.links`, kind, description) of each field that lists other records."""
    there = [(one.field, one.table, one.end, str(one.said)) for one in kind.links if one.field]
    back = [
        (one.back, f"^{one.table}", other.name, str(one.back_said))
        for other in KINDS.values()
        for one in other.links
        if one.end == kind.name and one.back
    ]
    return there + back


_RELATED: Any = Annotated["Related", strawberry.lazy("api.schema.related.types")]  # noqa: F821
_RELATED_SAID = "Records of any kind that are most similar to this record, the most similar first: `course:1002`."

for _name in TYPES:
    _fill(KINDS[_name])
# A type can refer to a type that is made later. Strawberry finds the later type by its name in this module.
globals().update(TYPES)

"""api: queries for records of each kind: one by id, and lists by ids, by field values and by concept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import strawberry
from pyroaring import BitMap

from api.errors import BadInput, NotFound
from api.fields import (
    DEFAULT,
    FAILS,
    FIRST,
    MOST,
    After,
    AtLevel,
    Certainty,
    Context,
    First,
    InRoles,
    Node,
    add,
    chosen,
    empty,
    nodes,
    pages,
    resolved,
    start_of,
)
from api.schema.reached.loaders import ReachedPage, reached_pages
from api.schema.reached.types import ReachedConnection
from api.schema.record.fields import FIELDS
from api.schema.record.kinds import TYPES, page_of
from graph.columns import bitmap
from graph.kinds import KINDS, Kind

OfConcept = Annotated[
    strawberry.ID | None,
    strawberry.argument(
        description="Only records about this concept or another concept in its reach: `MONDO:0005148`."
    ),
]
OfIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description=f"Only records with these ids, at most {MOST}. Ids can have any form that the query for a single "
        "record accepts. Unknown ids are omitted."
    ),
]


_HOW = {"is": "The value is one of these texts, ignoring case", "begins": "The value begins with one of these texts"}


def _filter(kind: Kind) -> Any:
    """Returns the input type that filters a list of records of a kind."""
    own = empty(f"{kind.name}Filter", __name__)
    for column in (column for column in kind.columns if column.said.asked):
        description = f"{_HOW[column.said.asked]}: `{column.said.example}`."
        add(own, column.name, list[str] | None, strawberry.field(default=None, description=description))
    for link in (link for link in kind.links if link.field):
        description = f"The record is linked to a record with one of these ids: `{link.said.example}`."
        add(own, link.field, list[strawberry.ID] | None, strawberry.field(default=None, description=description))
    return (
        strawberry.input(
            own, description="A filter for a list of records. Only records that match all of its fields are listed."
        )
        if own.__annotations__
        else None
    )


def _one(kind: Kind) -> Any:
    def resolve(info: strawberry.Info[Context], id: Any) -> Node | None:
        return nodes(info.context, FIELDS[kind.name], [info.context.snapshot.record(kind.name, id)])[0]

    resolve.__annotations__["id"] = Annotated[strawberry.ID, strawberry.argument(description=kind.id_asked)]
    return resolved(resolve, f"One {kind.singular}; null if the id is unknown.")


def _many(kind: Kind) -> Any:
    """Returns the field that lists records of a kind: all records, or the records that match the arguments."""

    def resolve(
        info: strawberry.Info[Context],
        where: Any = None,
        ids: OfIds = None,
        first: First = FIRST,
        after: After = None,
    ) -> ReachedPage:
        start = start_of(info.context.snapshot.epoch, first, after)
        return _page(info.context, kind, _matching(info.context, kind, ids, where), first, start)

    def reaching(
        info: strawberry.Info[Context],
        about: OfConcept = None,
        level: AtLevel = Certainty.LIKELY,
        roles: InRoles = DEFAULT,
        where: Any = None,
        ids: OfIds = None,
        first: First = FIRST,
        after: After = None,
    ) -> ReachedPage:
        context = info.context
        start, named = start_of(context.snapshot.epoch, first, after), chosen(roles)
        wanted = _matching(context, kind, ids, where)
        if about is None:
            return _page(context, kind, wanted, first, start)
        concept = context.concept(about)
        if concept is None:
            raise NotFound("concept", about)
        return reached_pages(context, [concept], kind.name, level.level, named, first, start, wanted)[0]

    made: Any = reaching if kind.about else resolve
    where = strawberry.argument(description="Only records that match all fields of this filter.")
    made.__annotations__["where"] = Annotated[_filter(kind) | None, where]
    return resolved(made, f"{kind.spoken.capitalize()}, sorted by id. {FAILS}")


def _page(context: Context, kind: Kind, wanted: BitMap | None, first: int, start: int) -> ReachedPage:
    every: Sequence[int] | BitMap = range(len(context.snapshot.kinds[kind.name].ids)) if wanted is None else wanted
    return ReachedPage(pages(context, FIELDS[kind.name], [every], first, start)[0])


def _matching(context: Context, kind: Kind, ids: Sequence[str] | None, where: Any) -> BitMap | None:
    """Returns the numbers of the records that match `ids` and `where`; None means all records."""
    wanted: BitMap | None = None
    if ids is not None:
        if len(ids) > MOST:
            raise BadInput(f"ids has {len(ids)} entries: give at most {MOST}")
        known = (context.snapshot.record(kind.name, id_) for id_ in ids)
        wanted = BitMap(number for number in known if number is not None)
    for column in kind.columns:
        if values := getattr(where, column.name, None):
            table = context.snapshot.kinds[kind.name].table
            wanted = _and(wanted, bitmap(np.flatnonzero(_has(table[column.name], values, column.said.asked))))
    for link in kind.links:
        if values := link.field and getattr(where, link.field, None):
            ends = [_known(context, link.end, id_) for id_ in values]
            wanted = _and(wanted, bitmap(context.snapshot.links[f"^{link.table}"].gather(ends)))
    return wanted


def _known(context: Context, kind: str, id_: str) -> int:
    found = context.snapshot.record(kind, id_)
    if found is None:
        raise NotFound(KINDS[kind].singular, id_, KINDS[kind].plural)
    return found


def _and(wanted: BitMap | None, own: BitMap) -> BitMap:
    return own if wanted is None else wanted & own


def _has(column: pa.ChunkedArray, values: Sequence[str], how: str) -> npt.NDArray[np.bool_]:
    """Returns a mask of the values of a column that equal one of these texts, or begin with one of these texts."""
    if how == "begins":
        found = [np.asarray(pc.starts_with(column, value).fill_null(False)) for value in values]
        return np.asarray(np.logical_or.reduce(found))
    lower = pa.array([value.lower() for value in values], pa.string())
    return np.asarray(pc.is_in(pc.utf8_lower(column), value_set=lower).fill_null(False))


def _query() -> Any:
    own = empty("RecordKindQuery", __name__)
    for kind in (kind for kind in KINDS.values() if kind.plural):
        add(own, kind.name.lower(), TYPES[kind.name] | None, _one(kind))
        add(own, kind.plural, page_of(ReachedConnection, kind.name) | None, _many(kind))
    return strawberry.type(own)


RecordKindQuery = _query()

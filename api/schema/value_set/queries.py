"""api: the queries for value sets."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.fields import FAILS, FIRST, After, Connection, Context, First, Node, Page, nodes, pages, resolved, start_of
from api.schema.value_set.loaders import VALUE_SET, found, listed
from api.schema.value_set.types import ValueSet

Id = Annotated[
    strawberry.ID,
    strawberry.argument(
        description="`valueset:NAME`, or `valueset:NAME|VERSION` for an earlier version: `valueset:diabetes`."
    ),
]


def _value_set(info: strawberry.Info[Context], id: Id) -> Node | None:
    return nodes(info.context, VALUE_SET, [found(info.context.snapshot, id.strip())])[0]


def _value_sets(info: strawberry.Info[Context], first: First = FIRST, after: After = None) -> Page:
    snapshot = info.context.snapshot
    start = start_of(snapshot.epoch, first, after)
    return pages(info.context, VALUE_SET, [listed(snapshot)], first, start)[0]


@strawberry.type
class ValueSetQuery:
    value_set: ValueSet | None = resolved(_value_set, "A value set by its id; null if the id is unknown.")
    value_sets: Connection[ValueSet] | None = resolved(
        _value_sets, f"The current versions of all value sets, sorted by id. {FAILS}"
    )

"""api: columns of value sets and of their items. A value set is a row of the table ValueSet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from api.fields import Column, Context, Node, Stored, hidden, in_time, nodes
from api.schema.concept.loaders import CONCEPT
from api.schema.value_set.conditions import text_of
from graph.snapshot import Snapshot
from graph.value_sets import BadValueSet, Concepts, Definition, Item, Members, definition, members, value_set


class Items:
    """The items of all value sets, numbered in the order of the sets. `starts` has the first item of each set."""

    def __init__(self, snapshot: Snapshot) -> None:
        ids = snapshot.tables["ValueSet"]["id"].to_pylist()
        sets = [_definition(snapshot, id_) for id_ in ids]
        self.items = [item for one in sets for item in one.items]
        self.certain = [one.certain for one in sets]
        self.conditions = [[*map(text_of, one.parts)] for one in sets]
        self.starts = np.cumsum([0, *(len(one.items) for one in sets)])

    def of(self, row: int) -> range:
        return range(int(self.starts[row]), int(self.starts[row + 1]))


def _definition(snapshot: Snapshot, id_: str) -> Definition:
    try:
        return definition(snapshot, id_)
    except BadValueSet:
        return Definition(())


def found(snapshot: Snapshot, id_: str) -> int | None:
    """Returns the row of a value set by its id; None if the id is unknown."""
    try:
        return value_set(snapshot, id_)
    except BadValueSet:
        return None


def listed(snapshot: Snapshot) -> list[int]:
    """Returns the rows of the current versions of all value sets, sorted by id.

    Value sets that are only parts of other value sets, as earlier versions of Tricuspid stored them, are left out.
    """
    ids = snapshot.tables["ValueSet"]["id"].to_pylist()
    return [row for row, id_ in enumerate(ids) if "|" not in id_ and "#" not in id_]


def _members(context: Context, row: int) -> Members | BadValueSet:
    in_time()
    snapshot = context.snapshot
    id_ = snapshot.tables["ValueSet"]["id"][row].as_py()
    try:
        return members(snapshot, Concepts((Item(id_),)))
    except BadValueSet as wrong:
        return wrong


def _reached(context: Context, rows: Sequence[int]) -> list[int | None]:
    unknown, every = hidden(context), (_members(context, row) for row in rows)
    return [None if isinstance(one, BadValueSet) else len(one.found - unknown) for one in every]


def _problem(context: Context, rows: Sequence[int]) -> list[str | None]:
    every = (_members(context, row) for row in rows)
    return [str(one) if isinstance(one, BadValueSet) else None for one in every]


def _unknown(context: Context, rows: Sequence[int]) -> list[list[str]]:
    every = (_members(context, row) for row in rows)
    return [[] if isinstance(one, BadValueSet) else one.unknown[:_MOST_UNKNOWN] for one in every]


def items_of(context: Context, rows: Sequence[int]) -> list[range]:
    own = context.snapshot.derived(Items)
    return [own.of(row) for row in rows]


def _certain(context: Context, rows: Sequence[int]) -> list[bool]:
    own = context.snapshot.derived(Items)
    return [own.certain[row] for row in rows]


def _conditions(context: Context, rows: Sequence[int]) -> list[list[str]]:
    own = context.snapshot.derived(Items)
    return [own.conditions[row] for row in rows]


def _of_item(name: str) -> Column:
    def read(context: Context, numbers: Sequence[int]) -> list[Any]:
        items = context.snapshot.derived(Items).items
        return [getattr(items[number], name) for number in numbers]

    return read


def _concept(context: Context, numbers: Sequence[int]) -> Sequence[Node | None]:
    items = context.snapshot.derived(Items).items
    some = [None if items[number].is_value_set else context.concept(items[number].id) for number in numbers]
    return nodes(context, CONCEPT, some)


def _set(context: Context, numbers: Sequence[int]) -> Sequence[Node | None]:
    items = context.snapshot.derived(Items).items
    return nodes(context, VALUE_SET, [found(context.snapshot, items[number].id) for number in numbers])


def _stored(name: str) -> Stored:
    return Stored(lambda snapshot: snapshot.tables["ValueSet"], name)


_MOST_UNKNOWN = 100
VALUE_SET: dict[str, Any] = {
    **{name: _stored(name) for name in ("id", "version", "title", "language", "created")},
    "certain": _certain,
    "conditions": _conditions,
    "reached": _reached,
    "unknown": _unknown,
    "problem": _problem,
}
ITEM: dict[str, Any] = {
    **{name: _of_item(name) for name in ("id", "exact", "excluded")},
    "concept": _concept,
    "value_set": _set,
}

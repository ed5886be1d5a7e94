"""api: what is shown of the things on a path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.context import Context
from graph import path
from graph.snapshot import RECORDS


class Shown(NamedTuple):
    id: str
    label: str | None
    kind: str


def shown(context: Context, things: Sequence[path.Thing]) -> dict[path.Thing, Shown]:
    """Id and label or title of each, read a kind at a time."""
    snapshot = context.snapshot
    tables = {"Concept": (snapshot.concepts, "label")}
    tables |= {kind: (snapshot.records[kind].table, "title") for kind in RECORDS}
    found: dict[path.Thing, Shown] = {}
    for kind, (table, name) in tables.items():
        some = [thing for thing in things if thing.kind == kind]
        ids, labels = (snapshot.column(table, column, [thing.number for thing in some]) for column in ("id", name))
        found |= {one: Shown(id_, label or None, kind) for one, id_, label in zip(some, ids, labels, strict=True)}
    return found

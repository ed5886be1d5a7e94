"""api: columns of records of every kind and of their annotations. A record is given by its number in a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy.typing as npt
import orjson

from api.fields import Column, Context, Node, Stored, linked, nodes
from api.fields import Kind as Fields
from api.schema.concept.loaders import CONCEPT
from graph.kinds import KINDS, TEXTS, Kind


class HeldText(NamedTuple):
    """The data of a FieldText."""

    field: str
    text: str


def record_field(kind: str, name: str) -> Column:
    """Returns the field that reads the column `name` of the table of a kind of record, such as `Study`."""
    return Stored(lambda snapshot: snapshot.kinds[kind].table, name)


def abouts(kind: str) -> Column:
    """Returns a column: for each record, the row numbers of its annotations, sorted by the id of the concept."""

    def read(context: Context, records: Sequence[int]) -> list[npt.NDArray[Any]]:
        return [context.snapshot.kinds[kind].abouts_of[record] for record in records]

    return read


def about(kind: str) -> dict[str, Column]:
    """Returns the fields of an About for a kind of record."""
    names = ("field", "text", "name", "method", "confidence", "assertion", "role", "start", "end")
    own = {name: Stored(lambda snapshot: snapshot.kinds[kind].abouts, name) for name in (*names, "target")}
    return own | {"concept": linked(own["target"], CONCEPT)}


def texts(kind: str) -> Column:
    """Returns a column: for each record, the texts that name a concept and are in no other field of the record."""
    read = record_field(kind, "texts")

    def made(context: Context, records: Sequence[int]) -> list[list[HeldText]]:
        every = (orjson.loads(held or "{}") for held in read(context, records))
        return [[HeldText(field, text) for field, text in some.items()] for some in every]

    return made


def joined(link: str) -> Column:
    """Returns a column: for each record, the records that are linked to it by the edges `link`.

    For `REPORTS`, these are the targets of the edges; for `^REPORTS`, the sources of the edges.
    """

    def read(context: Context, records: Sequence[int]) -> list[npt.NDArray[Any]]:
        return [context.snapshot.links[link][record] for record in records]

    return read


def _fields(kind: Kind) -> Fields:
    own = {column.name: record_field(kind.name, column.name) for column in kind.columns if column.said.shown}
    return own | {TEXTS: texts(kind.name)} if kind.texts else own


FIELDS: dict[str, Fields] = {kind.name: _fields(kind) for kind in KINDS.values() if kind.plural}
"""The fields of each kind of record that have no arguments."""


def of_kinds(context: Context, found: Sequence[tuple[str, int]]) -> list[Node | None]:
    """Returns records, each given by kind and number, in the same order. Records of one kind are read together."""
    numbers: dict[str, list[int]] = {}
    for kind, number in found:
        numbers.setdefault(kind, []).append(number)
    read = {kind: iter(nodes(context, FIELDS[kind], some)) for kind, some in numbers.items()}
    return [next(read[kind]) for kind, _ in found]

"""api: columns about records, studies among them, and what they are about; a record is its number in a snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy.typing as npt

from api.concept.loaders import CONCEPT
from api.context import Column, Context, Stored, linked

_STUDY = ("id", "title", "status", "phase", "kind", "start", "end", "enrolment", "summary")


def record_field(kind: str, name: str) -> Column:
    """A field that is a column of the records of a kind: `Study`."""
    return Stored(lambda snapshot: snapshot.records[kind].table, name)


def abouts(kind: str) -> Column:
    """Rows of the table of what records are about, in order of the concept's id."""

    def read(context: Context, records: Sequence[int]) -> list[npt.NDArray[Any]]:
        return [context.snapshot.records[kind].abouts_of[record] for record in records]

    return read


def about(kind: str) -> dict[str, Column]:
    """The fields of an About of a kind of records."""
    names = ("field", "text", "name", "method", "confidence", "assertion", "start", "end")
    own = {name: Stored(lambda snapshot: snapshot.records[kind].abouts, name) for name in (*names, "target")}
    return own | {"concept": linked(own["target"], CONCEPT)}


def joined(link: str) -> Column:
    """Numbers of the records that an edge table joins each with, from its start or, as `^REPORTS`, from its end."""

    def read(context: Context, records: Sequence[int]) -> list[npt.NDArray[Any]]:
        return [context.snapshot.links[link][record] for record in records]

    return read


STUDY = {name: record_field("Study", name) for name in _STUDY}

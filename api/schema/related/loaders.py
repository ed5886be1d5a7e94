"""api: finds the records most similar to a record, and the concepts that they share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import strawberry

from api.fields import FIRST, Column, Context, First, Node, check_first, grouped, resolved
from api.schema.concept.loaders import CONCEPT
from api.schema.record.fields import of_kinds
from graph.kinds import RECORDS
from linking.search import Related, related


class Found(NamedTuple):
    """The data of a Related."""

    record: Node | None
    score: float
    text: float | None
    concepts: Sequence[Node]
    shared: list[FoundShared]


class FoundShared(NamedTuple):
    """The data of a SharedConcept."""

    concept: Node
    level: int
    other_level: int
    share: float


def nearest(kind: str, first: int) -> Column:
    """Returns a column: for each record of a kind, the most similar records of any kind, best first."""

    def read(context: Context, records: Sequence[int]) -> list[list[Found]]:
        vectors = context.understanding.kept(context.snapshot)
        lists = [related(context.snapshot, vectors, kind, record, RECORDS, first) for record in records]
        found = _found(context, [one for some in lists for one in some])
        return [[next(found) for _ in some] for some in lists]

    return read


def _found(context: Context, every: Sequence[Related]) -> Iterator[Found]:
    """Yields the data of each related record in order.

    All records of one kind are on one Level, and all concepts are on one Level.
    """
    records = of_kinds(context, [(found.kind, found.number) for found in every])
    every_concept = grouped(context, CONCEPT, [[one.concept for one in found.shared] for found in every])
    for found, record, concepts in zip(every, records, every_concept, strict=True):
        shared = [FoundShared(node, *one[1:]) for node, one in zip(concepts, found.shared, strict=True)]
        yield Found(record, found.score, found.text, concepts, shared)


def related_field(kind: str, description: str) -> Any:
    """Returns the field that lists the records related to a record of a kind."""

    def resolve(root: strawberry.Parent[Any], first: First = FIRST) -> Any:
        check_first(first)
        return root.once(("related", first), nearest(kind, first))

    return resolved(resolve, description)

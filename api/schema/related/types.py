"""api: the type Related, and the union of what records there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Union

import strawberry

from api.schema.concept.types import Concept
from api.schema.record.kinds import TYPES
from graph.kinds import RECORDS

if TYPE_CHECKING:
    Record = Any
else:
    Record = Annotated[
        Union[tuple(TYPES[name] for name in RECORDS)],  # noqa: UP007 (of a number of types that is not known here)
        strawberry.union("Record", description="Something that came from a source."),
    ]


@strawberry.type(description="A concept that two related records share, and what it does for their score.")
class SharedConcept:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005015`.")
    level: int = strawberry.field(
        description="How many levels it is above what the record that was asked for is about; 0 where it is that: `1`."
    )
    other_level: int = strawberry.field(description="The same of the related record: `0`.")
    share: float = strawberry.field(
        description="Which part of `score` is due to it and to what it is exactly mapped to, 0 to 1: `0.31`."
    )


@strawberry.type(description="A record that is related to another, and why.")
class Related:
    record: Record = strawberry.field(description="The record: `course:1002` for `clinicaltrials:NCT00000620`.")
    score: float = strawberry.field(
        description="0 to 1, the mean of the likeness through concepts and of that of the texts, or the former; a "
        "likeness, no probability: `0.62`."
    )
    text: float | None = strawberry.field(
        description="Cosine of the two texts' vectors; null where there are none: `0.55`."
    )
    concepts: list[Concept] = strawberry.field(
        description="The concepts that both are about, themselves or close above, at most five; those that say most "
        "first: `MONDO:0005148`."
    )
    shared: list[SharedConcept] = strawberry.field(
        description="The same concepts, with where each stands and what it adds."
    )

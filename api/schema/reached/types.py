"""api: pages of records in the reach of a concept, with why each of them is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

import strawberry

from api.fields import Certainty, PageInfo
from api.schema.path.types import PathStep

if TYPE_CHECKING:
    from api.schema.concept.types import Concept
    from api.schema.record.about import About

T = TypeVar("T")


@strawberry.type(description="Why a record is in the reach of the concept asked.")
class Via:
    concept: Annotated[Concept, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="The concept in the reach that the record is about. If there are several, one in the reach at "
        "CERTAIN is chosen, then the one with the fewest steps: `icd10:E11` for `clinicaltrials:NCT01131676`."
    )
    about: Annotated[About, strawberry.lazy("api.schema.record.about")] = strawberry.field(
        description="Where the record says so, and how that is known."
    )
    level: Certainty = strawberry.field(
        description="CERTAIN if that concept is in the reach at CERTAIN, else LIKELY: `CERTAIN`."
    )
    probability: float = strawberry.field(
        description="The product of the probabilities of all steps that were computed; 1 if all are stated: `0.98`."
    )
    steps: list[PathStep] = strawberry.field(
        description="From the concept asked to that concept: the most probable way, then the shortest; none if they "
        "are the same concept."
    )


@strawberry.type(description="One record of a list.")
class ReachedEdge(Generic[T]):
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6OQ==`.")
    node: T = strawberry.field(description="The record.")
    via: Via | None = strawberry.field(
        description="Why it is in the reach of the concept asked; null if none was asked, or if every way leads over a "
        "code that only patients have and that the caller may not know."
    )


@strawberry.type(description="One page of records, all or those in the reach of a concept.")
class ReachedConnection(Generic[T]):
    total_count: int = strawberry.field(description="Length of the whole list, not of the page: `42`.")
    edges: list[ReachedEdge[T]] = strawberry.field(description="The page, with a cursor and a reason for each record.")
    nodes: list[T] = strawberry.field(description="The records of the page.")
    page_info: PageInfo = strawberry.field(description="Whether and where the list goes on.")

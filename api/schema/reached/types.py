"""api: the types of a page of records in the reach of a concept, with the reason for each record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Generic, TypeVar

import strawberry

from api.fields import Certainty, PageInfo
from api.schema.path.types import PathStep

if TYPE_CHECKING:
    from api.schema.concept.types import Concept
    from api.schema.record.about import About

T = TypeVar("T")


@strawberry.type(description="The reason why a record is in the reach of the requested concept.")
class Via:
    concept: Annotated[Concept, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="The concept in the reach that the record is about: `icd10:E11` for `clinicaltrials:NCT01131676`. "
        "If there are several such concepts, concepts in the reach at CERTAIN are preferred, then the concept with the "
        "fewest steps."
    )
    about: Annotated[About, strawberry.lazy("api.schema.record.about")] = strawberry.field(
        description="The annotation: where the record names `concept`, and how it was found."
    )
    level: Certainty = strawberry.field(
        description="CERTAIN if `concept` is in the reach at CERTAIN, else LIKELY: `CERTAIN`."
    )
    probability: float = strawberry.field(
        description="Product of the probabilities of all computed steps: `0.98`. 1 if all steps are stated."
    )
    steps: list[PathStep] = strawberry.field(
        description="The most probable path from the requested concept to `concept`. If several are equally "
        "probable, the shortest. Empty if the two concepts are the same."
    )


@strawberry.type(description="One record of a list.")
class ReachedEdge(Generic[T]):
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6OQ==`.")
    node: T = strawberry.field(description="The record.")
    via: Via | None = strawberry.field(
        description="The reason why the record is in the reach. Null if the argument `about` is missing, or if every "
        "path uses a code that occurs only in patient records and that the caller may not see."
    )


@strawberry.type(description="One page of a list of records: all records, or the records in the reach of a concept.")
class ReachedConnection(Generic[T]):
    total_count: int = strawberry.field(description="Number of records in the whole list, not only the page: `42`.")
    edges: list[ReachedEdge[T]] = strawberry.field(
        description="The records of the page, with a cursor and a reason for each."
    )
    nodes: list[T] = strawberry.field(description="The records of the page.")
    page_info: PageInfo = strawberry.field(description="Whether there is a next page, and the cursor to request it.")

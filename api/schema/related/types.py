"""api: the type Related, and the union of the types of records."""

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
        Union[tuple(TYPES[name] for name in RECORDS)],  # noqa: UP007 (the number of types is not known here)
        strawberry.union("Record", description="A record from a source."),
    ]


@strawberry.type(description="A concept that two related records have in common, with its share of the score.")
class SharedConcept:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005015`.")
    level: int = strawberry.field(
        description="Number of levels in the hierarchy from the nearest concept of the first record up to the shared "
        "concept: `1`. 0 if the first record is about the shared concept itself."
    )
    other_level: int = strawberry.field(description="The same number of levels for the related record: `0`.")
    share: float = strawberry.field(
        description="The share of `score` that comes from this concept and the concepts exactly mapped to it, "
        "0 to 1: `0.31`."
    )


@strawberry.type(description="A record that is similar to another record, and the concepts that both records share.")
class Related:
    record: Record = strawberry.field(description="The record: `course:1002` for `clinicaltrials:NCT00000620`.")
    score: float = strawberry.field(
        description="Similarity, 0 to 1: `0.62`. It is the mean of the similarity of the concepts and the similarity "
        "of the texts. If the first record has no vector, only the similarity of the concepts is used. The score is "
        "not a probability."
    )
    text: float | None = strawberry.field(
        description="Cosine similarity of the vectors of the two texts: `0.55`. Null if there are no vectors."
    )
    concepts: list[Concept] = strawberry.field(
        description="At most five concepts that both records are about, directly or through a narrower concept: "
        "`MONDO:0005148`. The concept with the largest share comes first."
    )
    shared: list[SharedConcept] = strawberry.field(
        description="The concepts in `concepts`, with their levels and shares."
    )

"""api: the type NotCounted."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated

import strawberry

if TYPE_CHECKING:
    from api.schema.concept.types import Concept, PatientCount


@strawberry.enum(description="The reason why a concept that is not counted may be relevant.")
class Why(Enum):
    SAME_NAME = strawberry.enum_value(
        "SAME_NAME",
        description="The concept has the same label or exact synonym as the requested concept or a concept with the "
        "same meaning. The order of words does not matter.",
    )
    CONFLICT = strawberry.enum_value(
        "CONFLICT",
        description="The concept and the requested concept could not be joined in one group; see `meaning { "
        "conflicts }`.",
    )
    CANDIDATE = strawberry.enum_value(
        "CANDIDATE",
        description="`tricuspid link` proposed a mapping between the concept and the requested concept, but the"
        " mapping is not probable enough for LIKELY.",
    )
    WORDS = strawberry.enum_value(
        "WORDS",
        description="The name of the concept has all words of the name of the requested concept, and more words: "
        "`Suspected COVID-19` for `COVID-19`.",
    )


@strawberry.type(
    description="A concept with a similar name that has records or patients but is not in the reach of the requested "
    "concept. Counts leave this concept out."
)
class NotCounted:
    concept: Annotated[Concept, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="The concept: `snomedct:840544004` for `MONDO:0100096`."
    )
    records: int = strawberry.field(
        description="Number of studies, courses, publications and data sets about this concept itself: `2`."
    )
    patients: Annotated[PatientCount, strawberry.lazy("api.schema.concept.types")] = strawberry.field(
        description="Patients with an event on this concept itself. For roles below `exact`: if this count and the "
        "count of `concept { patients }` differ by only about ten or less, the latter count is returned instead."
    )
    why: Why = strawberry.field(
        description="The reason why the concept may be relevant: `WORDS`. If there are several reasons, the first in "
        "the order of `Why`."
    )

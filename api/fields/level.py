"""api: the level at which a concept's reach is asked for."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.fields.context import Column, resolved
from graph.hierarchy import Level


@strawberry.enum(
    name="Level",
    description="How certain a statement must be to take part in the reach of a concept. The reach is everything that "
    "means the same as the concept, everything narrower, and so on. What is reached at CERTAIN is also reached at "
    "LIKELY.",
)
class Certainty(Enum):
    CERTAIN = strawberry.enum_value(
        Level.CERTAIN,
        description="Only what a terminology, an accepted mapping or a steward states: `MONDO:0005148` means the same "
        "as `snomedct:44054006`.",
    )
    LIKELY = strawberry.enum_value(
        Level.LIKELY,
        description="Also what was computed with a probability of at least `TRICUSPID_LIKELY`: `MONDO:0005148` means "
        "the same as `HP:0005978`.",
    )

    @property
    def level(self) -> Level:
        return Level[self.name]


AtLevel = Annotated[
    Certainty, strawberry.argument(description="Reach as far as statements of this certainty lead: `CERTAIN`.")
]


def at_level(read: Callable[[Level], Column], description: str) -> Any:
    """The field of a concept whose column depends on the level."""

    def resolve(root: strawberry.Parent[Any], level: AtLevel = Certainty.LIKELY) -> Any:
        return root.once((read, level), read(level.level))

    return resolved(resolve, description)

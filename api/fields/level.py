"""api: the enum of the levels of reach, and the argument `level` of fields that depend on the level."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Annotated, Any

import strawberry

from api.fields.context import Column, resolved
from graph.hierarchy import Level


@strawberry.enum(
    name="Level",
    description="Whether the reach of a concept uses only stated links, or computed links too. The reach of a "
    "concept contains every concept with the same meaning, every narrower concept, and so on. The reach at LIKELY "
    "includes the reach at CERTAIN.",
)
class Certainty(Enum):
    CERTAIN = strawberry.enum_value(
        Level.CERTAIN,
        description="Use only what a terminology, an accepted mapping or a steward states: `MONDO:0005148` means the "
        "same as `snomedct:44054006`.",
    )
    LIKELY = strawberry.enum_value(
        Level.LIKELY,
        description="Also use what was computed with a probability of at least `TRICUSPID_LIKELY`: `MONDO:0005148` "
        "means the same as `HP:0005978`.",
    )

    @property
    def level(self) -> Level:
        return Level[self.name]


AtLevel = Annotated[Certainty, strawberry.argument(description="The level of the reach: `CERTAIN`.")]


def at_level(read: Callable[[Level], Column], description: str) -> Any:
    """Returns a field of Concept with the argument `level`. `read` returns the column of the field for a level."""

    def resolve(root: strawberry.Parent[Any], level: AtLevel = Certainty.LIKELY) -> Any:
        return root.once((read, level), read(level.level))

    return resolved(resolve, description)

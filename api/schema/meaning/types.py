"""api: the type Meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.fields import Certainty, ConflictReason, First, check_first, resolved
from api.schema.path.types import PathStep
from graph.paths import MOST_STEPS

if TYPE_CHECKING:
    from api.schema.concept.types import Concept

_FIRST = 20
"""No group of the terminologies in use has many more."""
_Concept = Annotated["Concept", strawberry.lazy("api.schema.concept.types")]


@strawberry.type(description="A concept that means the same as the concept asked, and why.")
class Member:
    concept: _Concept = strawberry.field(description="The concept: `HP:0005978` for `MONDO:0005148`.")
    probability: float = strawberry.field(
        description="The probability that it means the same: the lowest of the steps, 1 for what is stated: `0.98`."
    )
    level: Certainty = strawberry.field(
        description="CERTAIN if all steps are stated; LIKELY if one was computed: `LIKELY`."
    )
    steps: list[PathStep] = strawberry.field(
        description="The pairs that lead to it from the concept asked, each with its evidence, of more than "
        f"{MOST_STEPS} the last; none for the concept itself."
    )


@strawberry.type(description="Two concepts about which statements disagree, or which could not be joined.")
class Conflict:
    member: _Concept = strawberry.field(description="The concept of the group: `MONDO:0005147`.")
    concept: _Concept = strawberry.field(description="The concept at the other end: `icd10:E11`.")
    why: ConflictReason = strawberry.field(description="Why they do not: `OTHER_NUMBERS`.")


def _members(root: strawberry.Parent[Any], first: First = _FIRST) -> Any:
    check_first(first)
    return root.first_members(first)


@strawberry.type(description="The group of concepts of all terminologies that mean the same at LIKELY.")
class Meaning:
    preferred: _Concept = strawberry.field(
        description="The concept that stands for the group, by `TRICUSPID_PREFERRED`: `MONDO:0005148` for `icd10:E11`."
    )
    size: int = strawberry.field(description="How many concepts the group has: `3`.")
    members: list[Member] = resolved(
        _members, "Concepts of the group: the concept asked, then the most certain first, then by id."
    )
    conflicts: list[Conflict] = strawberry.field(
        description="Pairs of a concept of the group and another concept that do not go together, by id."
    )

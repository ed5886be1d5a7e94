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
"""Default number of members in an answer. Only a few groups of the terminologies in use have more members."""
_Concept = Annotated["Concept", strawberry.lazy("api.schema.concept.types")]


@strawberry.type(description="A concept with the same meaning as the requested concept, and the evidence.")
class Member:
    concept: _Concept = strawberry.field(description="The concept: `HP:0005978` for `MONDO:0005148`.")
    probability: float = strawberry.field(
        description="The probability that the concept has the same meaning: `0.98`. It is the lowest probability of "
        "the steps, or 1 if all steps are stated."
    )
    level: Certainty = strawberry.field(
        description="CERTAIN if all steps are stated, LIKELY if at least one was computed: `LIKELY`."
    )
    steps: list[PathStep] = strawberry.field(
        description="The steps from the requested concept to this concept, each with its evidence; at most the last "
        f"{MOST_STEPS} steps; empty for the requested concept itself."
    )


@strawberry.type(description="Two concepts that have contradictory statements or could not be joined in one group.")
class Conflict:
    member: _Concept = strawberry.field(description="The concept of the group: `MONDO:0005147`.")
    concept: _Concept = strawberry.field(description="The other concept: `icd10:E11`.")
    why: ConflictReason = strawberry.field(description="The reason for the conflict: `OTHER_NUMBERS`.")


def _members(root: strawberry.Parent[Any], first: First = _FIRST) -> Any:
    check_first(first)
    return root.first_members(first)


@strawberry.type(description="The group of concepts of all terminologies that have the same meaning at LIKELY.")
class Meaning:
    preferred: _Concept = strawberry.field(
        description="The concept that represents the group, chosen by `TRICUSPID_PREFERRED`: `MONDO:0005148` "
        "for `icd10:E11`."
    )
    size: int = strawberry.field(description="Number of concepts in the group: `3`.")
    members: list[Member] = resolved(
        _members,
        "Concepts of the group. The requested concept is first. The other concepts are sorted by level, then by "
        "probability, then by id.",
    )
    conflicts: list[Conflict] = strawberry.field(
        description="Conflicts between a concept of the group and another concept, sorted by id."
    )

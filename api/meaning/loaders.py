"""api: the groups of one meaning that concepts are in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.concept.loaders import CONCEPT
from api.context import Context, Node, grouped
from api.path.loaders import ShownStep, shown_steps
from graph import meant
from graph.hierarchy import Level


class Group(NamedTuple):
    """What a Meaning is made from."""

    preferred: Node
    members: list[FoundMember]
    conflicts: list[FoundConflict]


class FoundMember(NamedTuple):
    concept: Node
    probability: float
    level: Level
    steps: list[ShownStep]


class FoundConflict(NamedTuple):
    member: Node
    concept: Node
    why: str


def meanings(context: Context, concepts: Sequence[int]) -> list[Group]:
    """The group of each concept; all concepts that are named are on one level."""
    snapshot = context.snapshot
    members = [meant.members(snapshot, concept) for concept in concepts]
    conflicts = [meant.conflicts(snapshot, concept) for concept in concepts]
    preferred = snapshot.meanings.preferred[list(concepts)].tolist()
    named = [[one] for one in preferred]
    named += [[member.concept for member in some] for some in members]
    named += [[end for one in some for end in (one.member, one.other)] for some in conflicts]
    nodes = grouped(context, CONCEPT, named)
    steps = iter(shown_steps(context, [member.steps for some in members for member in some]))
    groups = []
    for place, (some, against) in enumerate(zip(members, conflicts, strict=True)):
        (own,), others, ends = nodes[place :: len(concepts)]
        shown = zip(others, some, steps, strict=False)
        found = [FoundMember(node, one.probability, one.level, way) for node, one, way in shown]
        pairs = zip(ends[::2], ends[1::2], against, strict=True)
        groups.append(Group(own, found, [FoundConflict(member, other, one.why) for member, other, one in pairs]))
    return groups

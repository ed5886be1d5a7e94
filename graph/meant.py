"""graph: the concepts that mean the same as a concept, why each of them does, and what is in conflict with them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.hierarchy import Level
from graph.snapshot import Snapshot
from graph.steps import Step, same


class Member(NamedTuple):
    """A concept of a group. `steps` lead to it from the concept that was asked; `probability` is the lowest of theirs.

    `level` is CERTAIN where all steps are stated.
    """

    concept: int
    probability: float
    level: Level
    steps: list[Step]


class Conflict(NamedTuple):
    """Two concepts that do not go together, the first one of the group, and why; see graph/groups/build.py."""

    member: int
    other: int
    why: str


def members(snapshot: Snapshot, concept: int) -> list[Member]:
    """All concepts of the group at LIKELY, starting with the concept itself, then the most certain first, then by id.

    Pairs make a tree of each group, so there is one path to each of them.
    """
    found = [Member(concept, 1.0, Level.CERTAIN, [])]
    seen = {concept}
    for member in found:
        here = member.concept
        for pair in snapshot.same.around(here):
            if pair.other not in seen:
                seen.add(pair.other)
                level = Level.LIKELY if pair.level is Level.LIKELY else member.level
                steps = [*member.steps, same(snapshot, here, pair)]
                found.append(Member(pair.other, min(member.probability, pair.probability), level, steps))
    return found[:1] + sorted(found[1:], key=_certain_first)


def _certain_first(member: Member) -> tuple[bool, float, int]:
    return member.level is Level.LIKELY, -member.probability, member.concept


def conflicts(snapshot: Snapshot, concept: int) -> list[Conflict]:
    """What is in conflict with any concept of the group, by the ids of both."""
    table, group = snapshot.conflicts, snapshot.hierarchy.meant(concept)
    rows = np.unique(snapshot.conflicts_of.gather(group))
    said = zip(*(table[name].take(rows).to_pylist() for name in ("one", "other", "why")), strict=True)
    inside = set(group.tolist())
    return sorted(Conflict(*((one, other) if one in inside else (other, one)), why) for one, other, why in said)

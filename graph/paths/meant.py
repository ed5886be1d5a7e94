"""graph: finds the group of a concept, the steps to each member, and the conflicts of the group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graph.hierarchy import Level, Pair
from graph.paths.steps import Step, same
from graph.snapshot import NONE, Numbers, Snapshot

MOST_STEPS = 50
"""Maximum number of steps returned for a path.

In a chain of n concepts, all paths together have about n * n / 2 steps.
"""


class Member(NamedTuple):
    """A concept of a `Group`. `probability` is the lowest probability of a step on the path to it.

    The path starts at the given concept of the group. `level` is CERTAIN if all steps are stated.
    """

    concept: int
    probability: float
    level: Level


class Conflict(NamedTuple):
    """Two concepts in conflict and the reason (see graph/groups/build.py).

    `member` is in the group of the concept given to `conflicts`.
    """

    member: int
    other: int
    why: str


class Group:
    """All concepts of a group at the level LIKELY.

    `members` starts with the given concept. The other members are sorted by level, probability and id. The pairs of a
    group form a tree, so there is exactly one path to each member. Concepts in `hidden` are not shown as members or on
    paths. If a path leads through hidden concepts, one step joins the visible concepts before and after the hidden
    concepts. This step shows the weakest pair between the two visible concepts.
    """

    def __init__(self, snapshot: Snapshot, concept: int, hidden: Numbers = NONE) -> None:
        self._snapshot, self._hidden = snapshot, hidden
        self._before: dict[int, tuple[int, Pair]] = {}
        self._steps: dict[int, Step] = {}
        found = self._walked(concept)
        self.members = found[:1] + sorted(found[1:], key=_certain_first)

    def _walked(self, concept: int) -> list[Member]:
        found, seen = [Member(concept, 1.0, Level.CERTAIN)], {concept}
        for member in found:
            for pair in self._snapshot.same.around(member.concept):
                if pair.other not in seen:
                    seen.add(pair.other)
                    self._before[pair.other] = self._last_shown(member.concept, pair)
                    level = Level.LIKELY if pair.level is Level.LIKELY else member.level
                    found.append(Member(pair.other, min(member.probability, pair.probability), level))
        return [member for member in found if member.concept == concept or member.concept not in self._hidden]

    def _last_shown(self, here: int, pair: Pair) -> tuple[int, Pair]:
        if here not in self._hidden or here not in self._before:
            return here, pair
        before, over = self._before[here]
        weakest = min(over, pair, key=lambda one: (one.level is not Level.LIKELY, one.probability))
        return before, weakest._replace(other=pair.other)

    def steps(self, concept: int) -> list[Step]:
        """The last MOST_STEPS steps of the path from the given concept to the member `concept`."""
        found: list[Step] = []
        while concept in self._before and len(found) < MOST_STEPS:
            found.append(self._step(concept))
            concept, _ = self._before[concept]
        return found[::-1]

    def _step(self, concept: int) -> Step:
        """The last step of the path to the member `concept`. It is cached, because several paths may share a step."""
        if concept not in self._steps:
            self._steps[concept] = same(self._snapshot, *self._before[concept])
        return self._steps[concept]


def _certain_first(member: Member) -> tuple[bool, float, int]:
    return member.level is Level.LIKELY, -member.probability, member.concept


def conflicts(snapshot: Snapshot, concept: int) -> list[Conflict]:
    """Returns the conflicts of all concepts in the group of `concept`, sorted by the ids of both concepts."""
    table, group = snapshot.conflicts, snapshot.hierarchy.meant(concept)
    rows = np.unique(snapshot.conflicts_of.gather(group))
    found = zip(*(table[name].take(rows).to_pylist() for name in ("one", "other", "why")), strict=True)
    inside = set(group.tolist())
    return sorted(Conflict(*((one, other) if one in inside else (other, one)), why) for one, other, why in found)

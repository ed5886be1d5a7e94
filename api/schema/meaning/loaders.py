"""api: reads the groups of concepts with the same meaning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from api.fields import Context, Node, grouped, hidden
from api.schema.concept.loaders import CONCEPT
from api.schema.path.loaders import ShownStep, shown_steps
from graph.hierarchy import Level
from graph.paths import meant


class Members:
    """The first members of several groups of concepts. Their steps are read only if the query asks for steps."""

    def __init__(self, context: Context, groups: Sequence[meant.Group], first: int) -> None:
        self._context, self._groups, self._first = context, groups, first

    @cached_property
    def of_group(self) -> list[list[FoundMember]]:
        shown = [group.members[: self._first] for group in self._groups]
        nodes = grouped(self._context, CONCEPT, [[one.concept for one in some] for some in shown])
        return [
            [FoundMember(node, one, self, group, place) for place, (node, one) in enumerate(zip(*some, strict=True))]
            for group, some in enumerate(zip(nodes, shown, strict=True))
        ]

    @cached_property
    def steps(self) -> list[list[list[ShownStep]]]:
        """The steps from the requested concept to each member, by group."""
        ways = [[group.steps(one.concept) for one in group.members[: self._first]] for group in self._groups]
        shown = iter(shown_steps(self._context, [way for some in ways for way in some]))
        return [[next(shown) for _ in some] for some in ways]


class FoundMember(NamedTuple):
    """The data of a Member."""

    concept: Node
    member: meant.Member
    every: Members
    group: int
    place: int

    @property
    def probability(self) -> float:
        return self.member.probability

    @property
    def level(self) -> Level:
        return self.member.level

    @property
    def steps(self) -> list[ShownStep]:
        return self.every.steps[self.group][self.place]


class FoundConflict(NamedTuple):
    member: Node
    concept: Node
    why: str


class Groups:
    """Groups of concepts with the same meaning. Their members are read for all groups at once."""

    def __init__(self, context: Context, groups: Sequence[meant.Group]) -> None:
        self._context, self.groups = context, groups
        self._pages: dict[int, Members] = {}

    def members(self, first: int) -> Members:
        return self._pages.setdefault(first, Members(self._context, self.groups, first))


class FoundMeaning(NamedTuple):
    """The data of a Meaning."""

    preferred: Node
    conflicts: list[FoundConflict]
    every: Groups
    place: int

    @property
    def size(self) -> int:
        return len(self.every.groups[self.place].members)

    def first_members(self, first: int) -> list[FoundMember]:
        return self.every.members(first).of_group[self.place]


def meanings(context: Context, concepts: Sequence[int]) -> list[FoundMeaning]:
    """Returns the group of each concept. All preferred concepts and all concepts of conflicts are on one Level."""
    snapshot, unknown = context.snapshot, hidden(context)
    every = Groups(context, [meant.Group(snapshot, concept, unknown) for concept in concepts])
    conflicts = [
        [one for one in meant.conflicts(snapshot, concept) if one.member not in unknown and one.other not in unknown]
        for concept in concepts
    ]
    preferred = snapshot.meanings.preferred[list(concepts)].tolist()
    named = [[own if one in unknown else one] for own, one in zip(concepts, preferred, strict=True)]
    named += [[end for one in some for end in (one.member, one.other)] for some in conflicts]
    nodes, found = grouped(context, CONCEPT, named), []
    for place, some in enumerate(conflicts):
        (own,), ends = nodes[place :: len(concepts)]
        pairs = zip(ends[::2], ends[1::2], some, strict=True)
        found.append(FoundMeaning(own, [FoundConflict(a, b, one.why) for a, b, one in pairs], every, place))
    return found

"""graph: hierarchy and reach as bitmaps over concept ordinals, the same for both engines.

*Reach* of a concept: everything that means the same, everything narrower, everything that means the same as any of
these, and so on until nothing is added; from every concept of one meaning it is the same. At the level CERTAIN only
what terminologies, curated mappings or a steward state takes part, at LIKELY what is computed as well.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.columns import Csr, Ints
from graph.hierarchy.closure import Closure, walked


class Level(StrEnum):
    """How certain a statement has to be to take part."""

    CERTAIN = "CERTAIN"
    LIKELY = "LIKELY"


class Hierarchy:
    """Answers for ordinals 0 … n-1. Every traversal includes its start; loops end."""

    def __init__(self, parents: Csr, children: Csr, below: Closure, reach: dict[Level, Closure]) -> None:
        self.parents, self.children = parents, children
        self.below, self.closures = below, reach
        self.descendants = below.of

    @classmethod
    def build(cls, size: int, narrower: Ints, broader: Ints) -> Hierarchy:
        """From is-a pairs; every concept has a meaning of its own until `meaning` says otherwise."""
        children, parents = Csr.of_pairs(size, broader, narrower), Csr.of_pairs(size, narrower, broader)
        below = Closure.build(np.arange(size), narrower, broader)
        return cls(parents, children, below, dict.fromkeys(Level, below))

    def meaning(self, level: Level, groups: npt.ArrayLike, narrower: Ints, broader: Ints) -> None:
        """Sets the reach of a level: a number that each group shares, and further pairs besides the hierarchy."""
        low, high = (np.concatenate(ends) for ends in zip(self.pairs(), (narrower, broader), strict=True))
        self.closures[level] = Closure.build(groups, low, high)

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The narrower and the broader concept of every is-a statement."""
        sizes = self.parents.sizes()
        return np.repeat(np.arange(len(sizes), dtype=np.int64), sizes), self.parents.values.astype(np.int64)

    def reach(self, concept: int, level: Level = Level.LIKELY) -> BitMap:
        """All that the concept stands for (see the module)."""
        return self.closures[level].of(concept)

    def reached(self, concept: int, level: Level = Level.LIKELY) -> int:
        """How many concepts that are."""
        return self.closures[level].size(concept)

    def reaching(self, concepts: BitMap, level: Level = Level.LIKELY) -> BitMap:
        """All that have one of these in their reach."""
        return self.closures[level].above(concepts)

    def meant(self, concept: int, level: Level = Level.LIKELY) -> Ints:
        """The concepts of one meaning with this one, itself included, ascending."""
        closure = self.closures[level]
        return np.asarray(closure.members[int(closure.group[concept])], np.int32)

    @cached_property
    def familiarity(self) -> npt.NDArray[np.float64]:
        """For each concept how well its meaning is known: by how many concepts of it there are, and by how much is
        narrower."""
        closure = self.closures[Level.LIKELY]
        members = closure.members.sizes()[closure.group]
        return np.asarray(members * np.log2(1 + closure.sizes() / members))

    def ancestors(self, concept: int) -> BitMap:
        """The concept and all that are above it."""
        return walked(self.parents, BitMap([concept]))

    def save(self, folder: Path) -> None:
        self.parents.save(folder, "parents")
        self.children.save(folder, "children")
        self.below.save(folder, "descendants")

    def save_reach(self, folder: Path) -> None:
        for level, closure in self.closures.items():
            closure.save(folder, f"reach.{level.lower()}")

    @classmethod
    def load(cls, folder: Path, reach: bool = True) -> Hierarchy:
        """With `reach` False the reach is the descendants alone, as after `build`."""
        parents, children = Csr.load(folder, "parents"), Csr.load(folder, "children")
        below = Closure.load(folder, "descendants")
        levels = {level: Closure.load(folder, f"reach.{level.lower()}") if reach else below for level in Level}
        return cls(parents, children, below, levels)

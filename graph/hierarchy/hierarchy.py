"""graph: finds the broader and narrower concepts and the reach of a concept, as bitmaps of concept numbers.

The *reach* of a concept is the result of repeated steps: add all concepts with the same meaning, then add all narrower
concepts, and so on, until a step adds nothing. Concepts with the same meaning have the same reach. The level CERTAIN
uses only statements of terminologies, curated mappings and stewards. The level LIKELY also uses computed evidence.
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
    """The level of certainty that a statement must have."""

    CERTAIN = "CERTAIN"
    LIKELY = "LIKELY"


class Hierarchy:
    """The hierarchy of concepts. Concepts are numbered 0 to n - 1. Loops are allowed.

    Each result about a concept includes the concept itself.
    """

    def __init__(self, parents: Csr, children: Csr, below: Closure, reach: dict[Level, Closure]) -> None:
        self.parents, self.children = parents, children
        self.below, self.closures = below, reach
        self.descendants = below.of

    @classmethod
    def build(cls, size: int, narrower: Ints, broader: Ints) -> Hierarchy:
        """Builds a hierarchy from is-a pairs. Each concept is its own group until `meaning` sets the groups."""
        children, parents = Csr.of_pairs(size, broader, narrower), Csr.of_pairs(size, narrower, broader)
        below = Closure.build(np.arange(size), narrower, broader)
        return cls(parents, children, below, dict.fromkeys(Level, below))

    def meaning(self, level: Level, groups: npt.ArrayLike, narrower: Ints, broader: Ints) -> None:
        """Sets the reach of a level, from the group of each concept and from further narrower-broader pairs."""
        low, high = (np.concatenate(ends) for ends in zip(self.pairs(), (narrower, broader), strict=True))
        self.closures[level] = Closure.build(groups, low, high)

    def pairs(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The narrower and the broader concept of every is-a statement."""
        sizes = self.parents.sizes()
        return np.repeat(np.arange(len(sizes), dtype=np.int64), sizes), self.parents.values.astype(np.int64)

    def reach(self, concept: int, level: Level = Level.LIKELY) -> BitMap:
        """Returns the reach of a concept; see the docstring of this module."""
        return self.closures[level].of(concept)

    def reached(self, concept: int, level: Level = Level.LIKELY) -> int:
        """Returns the number of concepts in the reach of a concept."""
        return self.closures[level].size(concept)

    def reaching(self, concepts: BitMap, level: Level = Level.LIKELY) -> BitMap:
        """Returns all concepts whose reach contains one of these concepts."""
        return self.closures[level].above(concepts)

    def meant(self, concept: int, level: Level = Level.LIKELY) -> Ints:
        """The concepts with the same meaning as this concept, including the concept itself, sorted."""
        closure = self.closures[level]
        return np.asarray(closure.members[int(closure.group[concept])], np.int32)

    @cached_property
    def familiarity(self) -> npt.NDArray[np.float64]:
        """Returns an estimate of how common the meaning of each concept is.

        The value increases with the number of concepts in the group, and with the number of concepts below the group.
        """
        closure = self.closures[Level.LIKELY]
        members = closure.members.sizes()[closure.group]
        return np.asarray(members * np.log2(1 + closure.sizes() / members))

    def ancestors(self, concept: int) -> BitMap:
        """The concept and all concepts above it."""
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
        """Loads the hierarchy. If `reach` is false, the reach of a concept is its descendants, as after `build`."""
        parents, children = Csr.load(folder, "parents"), Csr.load(folder, "children")
        below = Closure.load(folder, "descendants")
        levels = {level: Closure.load(folder, f"reach.{level.lower()}") if reach else below for level in Level}
        return cls(parents, children, below, levels)

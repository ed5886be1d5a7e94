"""graph: joins pairs of concepts into groups. The most probable pairs are joined first.

Pairs that are rejected or in conflict are not joined. The method is Kruskal's algorithm. The pairs that join two groups
form a forest. In this forest, the lowest probability on the path between two concepts is as high as possible. The
result does not depend on the order of the input.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graph.groups.sources import Concepts, Ints
from graph.hierarchy import alike, masks

_STUB, _DEFINED = 1, 2
_SURE = 0.95


class Refusal(NamedTuple):
    """A pair that was not joined, with the reason, such as `rejected`."""

    one: int
    other: int
    why: str


class Union:
    """Groups of concepts that can be joined. `root` returns the same number for all concepts of a group."""

    def __init__(self, concepts: Concepts, phenotypes: bool) -> None:
        self._parent = list(range(concepts.size))
        self._size = [1] * concepts.size
        live = zip(concepts.ontology.tolist(), concepts.deprecated.tolist(), concepts.stub.tolist(), strict=True)
        self._live = [{} if obsolete else {ontology: _STUB if stub else _DEFINED} for ontology, obsolete, stub in live]
        self._kinds, self._phenotypes = masks(concepts.kind).tolist(), phenotypes
        self._apart: dict[int, dict[int, str]] = {}
        self.forest: list[tuple[int, int]] = []

    def copy(self) -> Union:
        new = object.__new__(Union)
        new._parent, new._size = self._parent.copy(), self._size.copy()
        new._live, new._kinds, new._phenotypes = self._live.copy(), self._kinds.copy(), self._phenotypes
        new._apart = {root: dict(others) for root, others in self._apart.items()}
        new.forest = self.forest.copy()
        return new

    def learn(self, concepts: Concepts) -> None:
        """Replaces the kinds of all groups with the kinds in `concepts`."""
        kinds = np.zeros(concepts.size, np.int64)
        np.bitwise_or.at(kinds, self.roots(), masks(concepts.kind))
        self._kinds = kinds.tolist()

    def root(self, concept: int) -> int:
        parent = self._parent
        while parent[concept] != concept:
            parent[concept] = parent[parent[concept]]
            concept = parent[concept]
        return concept

    def roots(self) -> Ints:
        return np.fromiter(map(self.root, range(len(self._parent))), np.int64, len(self._parent))

    def keep_apart(self, one: int, other: int, why: str = "rejected") -> bool:
        """Prevents later joins of two concepts. Returns False if the two concepts are already in the same group."""
        a, b = self.root(one), self.root(other)
        if a == b:
            return False
        self._apart.setdefault(a, {}).setdefault(b, why)
        self._apart.setdefault(b, {}).setdefault(a, why)
        return True

    def join(self, one: int, other: int, chance: float | None = None) -> str | None:
        """Joins the groups of two concepts. Returns None if the groups are joined, and otherwise the reason why not.

        A pair with a `chance` is computed. A computed pair is not joined if both groups have a live concept of the same
        terminology, or if the kinds of the groups differ.
        """
        a, b = self.root(one), self.root(other)
        if a == b:
            return None
        if why := self._apart.get(a, {}).get(b):
            return why
        kinds = self._kinds[a] | self._kinds[b]
        if chance is not None:
            if not self._live[a].keys().isdisjoint(self._live[b].keys()) and not self._completes(a, b, chance):
                return "two of one terminology"
            if not alike(kinds, self._phenotypes):
                return "unlike kinds"
        if self._size[a] < self._size[b]:
            a, b = b, a
        self._parent[b] = a
        self._kinds[a] = kinds
        self._size[a] += self._size[b]
        # A new dict is made, because a copy of this union may share the old dict.
        both = self._live[a].keys() & self._live[b].keys()
        self._live[a] = self._live[b] | self._live[a] | {t: self._live[a][t] | self._live[b][t] for t in both}
        for apart, why in self._apart.pop(b, {}).items():
            del self._apart[apart][b]
            self._apart[apart].setdefault(a, why)
            self._apart.setdefault(a, {}).setdefault(apart, why)
        self.forest.append((one, other))
        return None

    def _completes(self, a: int, b: int, chance: float) -> bool:
        """True if two groups can be joined although both have a live concept of the same terminology.

        `chance`, the probability of the pair, must be high. For each common terminology, one group must have only
        stubs, and the other group only defined concepts. A stub may be an obsolete code, so it may have the same
        meaning as a defined concept of its terminology.
        """
        one, other = self._live[a], self._live[b]
        return chance >= _SURE and all({one[t], other[t]} == {_STUB, _DEFINED} for t in one.keys() & other.keys())


def join_all(union: Union, some: Iterable[tuple[int, int]], chances: Mapping[tuple[int, int], float]) -> list[Refusal]:
    """Joins pairs in the given order and returns the pairs that were not joined.

    `chances` has the probabilities of the computed pairs.
    """
    refused = []
    for one, other in some:
        why = union.join(one, other, chances.get((one, other)))
        if why is not None:
            refused.append(Refusal(one, other, why))
    return refused


def numbered(roots: npt.NDArray[np.int64]) -> Ints:
    """Returns, for each concept, the lowest concept number in its group."""
    lowest = np.full(len(roots), len(roots), np.int64)
    np.minimum.at(lowest, roots, np.arange(len(roots)))
    return np.asarray(lowest[roots], np.int64)

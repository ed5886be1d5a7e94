"""graph: hierarchy and reach as bitmaps over concept ordinals, the same for both engines.

*Reach* of a concept: itself, its descendants, what is exactly or narrowly mapped to any of these, and their
descendants. Mappings are followed once: a twin's own twins are not reached, so one bad mapping stays one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.csr import Csr, Ints

_MOST_BYTES = 1 << 28
"""What is stored beforehand is no larger than this; what is above that is found when it is asked for.

No terminology comes near (350,000 concepts take 20 MB); a chain of 100,000 concepts, as a bad file may hold, does.
"""


class Hierarchy:
    """Answers for ordinals 0 … n-1. Every traversal includes its start; cycles end."""

    def __init__(self, parents: Csr, children: Csr, twins: Csr, descendants: Csr, reach: Csr) -> None:
        self.parents, self.children, self._twins = parents, children, twins
        self._descendants, self._reach = descendants, reach
        self.descendants = lru_cache(4096)(self._descendants_of)
        self.reach = lru_cache(4096)(self._reach_of)

    @classmethod
    def build(cls, size: int, narrower: Ints, broader: Ints, twin_of: Ints, twin: Ints) -> Hierarchy:
        """From is-a pairs (narrower, broader), and pairs (twin_of, twin): what stands for twin_of as well."""
        children = Csr.of_pairs(size, broader, narrower)
        parents = Csr.of_pairs(size, narrower, broader)
        twins = Csr.of_pairs(size, twin_of, twin)
        units = list(children_first(children, parents))
        below = _closed(children, _with_any(units, children.sizes()), lambda _: None)
        found = cls(parents, children, twins, below, below)
        if len(twins.values):
            found._reach = _closed(children, _with_any(units, children.sizes() + twins.sizes()), found._seed)
        return found

    def _descendants_of(self, concept: int) -> BitMap:
        """The concept and all that are below it."""
        row = self._descendants[concept]
        return BitMap.deserialize(row.tobytes()) if len(row) else _walked(self.children, BitMap([concept]))

    def _reach_of(self, concept: int) -> BitMap:
        """All that the concept stands for (see the module)."""
        row = self._reach[concept]
        if len(row):
            return BitMap.deserialize(row.tobytes())
        below = self._descendants_of(concept)
        return below | _walked(self.children, BitMap(self._twins.gather(below)))

    def _seed(self, concept: int) -> BitMap | None:
        """What a concept stands for by its own twins, without their hierarchy above it; None where it has none."""
        twins = self._twins[concept].tolist()
        return BitMap.union(*map(self._descendants_of, twins)) if twins else None

    def ancestors(self, concept: int) -> BitMap:
        """The concept and all that are above it."""
        return _walked(self.parents, BitMap([concept]))

    def reaching(self, concepts: BitMap) -> BitMap:
        """All that have one of these in their reach."""
        above = _walked(self.parents, concepts)
        twin_of = np.repeat(np.arange(len(self._twins.sizes())), self._twins.sizes())
        marked = np.zeros(len(self._twins.sizes()), bool)
        marked[above.to_array()] = True
        return above | _walked(self.parents, BitMap(twin_of[marked[self._twins.values]]))

    def save(self, folder: Path) -> None:
        for name in _FILES:
            getattr(self, name).save(folder, name.strip("_"))

    @classmethod
    def load(cls, folder: Path) -> Hierarchy:
        return cls(*(Csr.load(folder, name.strip("_")) for name in _FILES))


_FILES = ("parents", "children", "_twins", "_descendants", "_reach")


def _walked(steps: Csr, starts: BitMap) -> BitMap:
    """The starts and all that steps lead to from them."""
    found, edge = starts.copy(), starts
    while edge:
        edge = BitMap(steps.gather(edge)) - found
        found |= edge
    return found


def children_first(children: Csr, parents: Csr) -> Iterator[list[int]]:
    """Every concept once, after all that are below it; those of one cycle together."""
    open_children = children.sizes().tolist()
    start, above = parents.offsets.tolist(), parents.values.tolist()
    ready = [concept for concept, count in enumerate(open_children) if not count]
    for concept in ready:
        yield [concept]
        for parent in above[start[concept] : start[concept + 1]]:
            open_children[parent] -= 1
            if not open_children[parent]:
                ready.append(parent)
    rest = [concept for concept, count in enumerate(open_children) if count]
    if rest:
        inside = set(rest)
        knot = nx.DiGraph((c, p) for c in rest for p in parents[c].tolist() if p in inside)
        knot.add_nodes_from(rest)
        folded = nx.condensation(knot)
        for unit in nx.topological_sort(folded):
            yield sorted(folded.nodes[unit]["members"])


def _with_any(units: list[list[int]], sizes: npt.NDArray[np.int64]) -> list[list[int]]:
    """The units without those of one concept for which there is nothing to join."""
    some = (sizes > 0).tolist()
    return [unit for unit in units if some[unit[0]] or len(unit) > 1]


def _closed(children: Csr, units: list[list[int]], seed: Callable[[int], BitMap | None]) -> Csr:
    """For each concept, as bytes, all below it with their seeds, itself included; empty for a leaf or for want of room.

    Bytes also while it is made: as objects, small bitmaps take forty times as much.
    """
    rows, room = [b""] * len(children.sizes()), _MOST_BYTES
    for unit in units:
        below = children.gather(unit).tolist()
        sets = [BitMap.deserialize(rows[concept]) for concept in below if rows[concept]]
        sets += filter(None, map(seed, unit))
        if below or sets:
            found = BitMap.union(BitMap(unit + below), *sets)
            found.run_optimize()
            row = found.serialize()
            room -= len(row) * len(unit)
            if room < 0:
                break
            for concept in unit:
                rows[concept] = row
    return Csr.of_bytes(rows)

"""graph: hierarchy and reach as bitmaps over concept ordinals, the same for both engines.

*Reach* of a concept: itself, its descendants, what is exactly or narrowly mapped to any of these, and their
descendants. Mappings are followed once: a twin's own twins are not reached, so one bad mapping stays one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
from pyroaring import BitMap

from graph.csr import Csr, Ints


class Hierarchy:
    """Answers for ordinals 0 … n-1. Every traversal includes its start; cycles end."""

    def __init__(self, parents: Csr, children: Csr, descendants: Csr, reach: Csr) -> None:
        self.parents, self.children = parents, children
        self._descendants, self._reach = descendants, reach
        self.descendants = lru_cache(4096)(self._descendants_of)
        self.reach = lru_cache(4096)(self._reach_of)

    @classmethod
    def build(cls, size: int, narrower: Ints, broader: Ints, twin_of: Ints, twin: Ints) -> Hierarchy:
        """From is-a pairs (narrower, broader), and pairs (twin_of, twin): what stands for twin_of as well."""
        children = Csr.of_pairs(size, broader, narrower)
        parents = Csr.of_pairs(size, narrower, broader)
        units = list(_children_first(children, parents))
        below = _closed(size, children, units, {})
        twins = Csr.of_pairs(size, twin_of, twin)
        seeds: dict[int, BitMap] = {}
        for start in np.flatnonzero(twins.sizes()).tolist():
            rows = (below[t] or BitMap([t]) for t in twins[start].tolist())
            seeds[start] = BitMap.union(BitMap([start]), *rows)
        reached = _closed(size, children, units, seeds) if seeds else below
        return cls(parents, children, _rows(below), _rows(reached))

    def _descendants_of(self, concept: int) -> BitMap:
        """The concept and all that are below it."""
        row = self._descendants[concept]
        return BitMap.deserialize(row.tobytes()) if len(row) else BitMap([concept])

    def _reach_of(self, concept: int) -> BitMap:
        """All that the concept stands for (see the module)."""
        row = self._reach[concept]
        return BitMap.deserialize(row.tobytes()) if len(row) else BitMap([concept])

    def ancestors(self, concept: int) -> BitMap:
        """The concept and all that are above it."""
        found, edge = BitMap([concept]), [concept]
        while edge:
            above = BitMap(self.parents.gather(edge)) - found
            found |= above
            edge = list(above)
        return found

    def save(self, folder: Path) -> None:
        for name in ("parents", "children", "_descendants", "_reach"):
            getattr(self, name).save(folder, name.strip("_"))

    @classmethod
    def load(cls, folder: Path) -> Hierarchy:
        return cls(*(Csr.load(folder, name) for name in ("parents", "children", "descendants", "reach")))


def _children_first(children: Csr, parents: Csr) -> Iterator[list[int]]:
    """Every concept once, after all that are below it; those of one cycle together."""
    open_children = children.sizes().tolist()
    ready = [concept for concept, count in enumerate(open_children) if not count]
    for concept in ready:
        yield [concept]
        for parent in parents[concept].tolist():
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


def _closed(size: int, children: Csr, units: list[list[int]], seeds: dict[int, BitMap]) -> list[BitMap | None]:
    """For each concept all below it with their seeds, itself included; None where that is itself alone."""
    sets: list[BitMap | None] = [None] * size
    for unit in units:
        below = children.gather(unit).tolist()
        if len(unit) == 1 and not below and unit[0] not in seeds:
            continue
        found = BitMap(unit)
        found.update(below)
        for other in (*(sets[c] for c in below), *(seeds.get(c) for c in unit)):
            if other is not None:
                found |= other
        for concept in unit:
            sets[concept] = found
    return sets


def _rows(sets: list[BitMap | None]) -> Csr:
    for bits in sets:
        if bits is not None:
            bits.run_optimize()
    return Csr.of_bytes([bits.serialize() if bits is not None else b"" for bits in sets])

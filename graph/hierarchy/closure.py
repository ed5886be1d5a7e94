"""graph: computes the transitive closure of the hierarchy of groups, and stores it as bitmaps.

A group is a set of concepts with the same meaning. By default, each concept is its own group. Group A is directly below
group B if a concept of A is narrower than a concept of B. Groups in a loop are below each other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property, lru_cache
from pathlib import Path

import networkx as nx
import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.columns import Csr, Ints, load_array

_MOST_BYTES = 1 << 28
"""Maximum size of the stored bitmaps. Beyond this limit, bitmaps are computed on request.

The bitmaps of common terminologies are much smaller: 350,000 concepts take 20 MB. A chain of 100,000 concepts reaches
the limit.
"""


class Closure:
    """The groups and the concepts in and below each group.

    group     the group number of each concept
    members   the concepts of each group
    narrower  the groups directly below each group
    rows      the serialised bitmap of all concepts in and below each group; empty if the group has no groups below it,
              or if the size limit is reached
    counts    the number of concepts in and below each group; if the size limit is reached, a lower bound as a negative
              number
    """

    def __init__(self, group: Ints, members: Csr, narrower: Csr, rows: Csr, counts: Ints) -> None:
        self.group, self.members, self.narrower, self._rows = group, members, narrower, rows
        self._counts = counts
        self.of = lru_cache(4096)(self._of)

    @classmethod
    def build(cls, groups: npt.ArrayLike, low: npt.ArrayLike, high: npt.ArrayLike) -> Closure:
        """Builds a closure from the group number of each concept, and pairs of a narrower and a broader concept."""
        group: Ints = np.unique(np.asarray(groups, np.int64), return_inverse=True)[1].astype(np.int32)
        size = int(group.max(initial=-1)) + 1
        members = Csr.of_pairs(size, group, np.arange(len(group)))
        below, above = group[np.asarray(low, np.int64)], group[np.asarray(high, np.int64)]
        apart = below != above
        below, above = below[apart], above[apart]
        narrower, broader = Csr.of_pairs(size, above, below), Csr.of_pairs(size, below, above)
        return cls(group, members, narrower, *_closed(members, narrower, broader))

    def _of(self, concept: int) -> BitMap:
        """Returns the concepts in and below the group of a concept."""
        group = int(self.group[concept])
        row = self._rows[group]
        if len(row):
            return BitMap.deserialize(row.tobytes())
        groups = walked(self.narrower, BitMap([group])) if len(self.narrower[group]) else [group]
        return BitMap(self.members.gather(groups))

    def size(self, concept: int) -> int:
        """Returns the number of concepts in and below the group of a concept."""
        count = int(self._counts[self.group[concept]])
        return count if count > 0 else len(self.of(concept))

    def sizes(self) -> npt.NDArray[np.int64]:
        """Returns the result of `size` for every concept. If the size limit is reached, the result is a lower bound."""
        return np.abs(np.asarray(self._counts[self.group], np.int64))

    def without_row(self) -> Iterator[tuple[list[int], list[int]]]:
        """Yields the groups that have no bitmap because of the size limit, with the groups directly below them.

        Each group comes after all groups below it. The groups of a loop come together.
        """
        if (np.asarray(self._counts) < 0).any():
            for unit in children_first(self.narrower, self.broader):
                if self._counts[unit[0]] < 0:
                    yield unit, self.narrower.gather(unit).tolist()

    def in_each(self, groups: Collection[int], own: Callable[[BitMap], BitMap]) -> Iterator[tuple[int, BitMap]]:
        """Yields each of these groups with the result of `own` for all concepts in and below the group, in any order.

        The result of `own` for a set must be the union of the results for the parts of the set. So the result for a
        group without a bitmap can be combined from the results for the groups below it.
        """
        left = set(groups)
        for unit, found in self._in_each_without_row(own):
            yield from ((group, found) for group in unit if group in left)
            left.difference_update(unit)
        for group in left:
            yield group, own(self._of_group(group))

    def _in_each_without_row(self, own: Callable[[BitMap], BitMap]) -> Iterator[tuple[list[int], BitMap]]:
        open_above, found = self.broader.sizes().tolist(), dict[int, BitMap]()
        for unit, below in self.without_row():
            parts = [found[group] if group in found else own(self._of_group(group)) for group in set(below) - set(unit)]
            together = BitMap.union(own(BitMap(self.members.gather(unit))), *parts)
            found |= dict.fromkeys(unit, together)
            for group in below:
                open_above[group] -= 1
                if not open_above[group]:
                    found.pop(group, None)
            yield unit, together

    def _of_group(self, group: int) -> BitMap:
        return self.of(int(self.members[group][0]))

    def above(self, concepts: BitMap) -> BitMap:
        """Returns all concepts that have one of the given concepts in or below their group."""
        groups = BitMap(np.unique(np.asarray(self.group[concepts.to_array()])))
        return BitMap(self.members.gather(walked(self.broader, groups)))

    @cached_property
    def broader(self) -> Csr:
        """For each group, the groups directly above it."""
        sizes = self.narrower.sizes()
        return Csr.of_pairs(len(sizes), self.narrower.values, np.repeat(np.arange(len(sizes)), sizes))

    def save(self, folder: Path, name: str) -> None:
        np.save(folder / f"{name}.group.npy", self.group)
        np.save(folder / f"{name}.counts.npy", self._counts)
        for part, rows in (("members", self.members), ("narrower", self.narrower), ("rows", self._rows)):
            rows.save(folder, f"{name}.{part}")

    @classmethod
    def load(cls, folder: Path, name: str) -> Closure:
        members, narrower, rows = (Csr.load(folder, f"{name}.{part}") for part in ("members", "narrower", "rows"))
        group, counts = (load_array(folder / f"{name}.{part}.npy") for part in ("group", "counts"))
        return cls(group, members, narrower, rows, counts)


def walked(steps: Csr, starts: BitMap) -> BitMap:
    """Returns `starts` and all numbers that can be reached from them.

    Row i of `steps` has the numbers that can be reached from i in one step.
    """
    found, edge = starts.copy(), starts
    while edge:
        edge = BitMap(steps.gather(edge)) - found
        found |= edge
    return found


def _closed(members: Csr, narrower: Csr, broader: Csr) -> tuple[Csr, Ints]:
    """Returns the arguments `rows` and `counts` of Closure.

    The rows are bytes, because bitmap objects take forty times the memory.
    """
    size = len(narrower.sizes())
    counts = members.sizes().astype(np.int32)
    rows, room, some = [b""] * size, _MOST_BYTES, (narrower.sizes() > 0).tolist()
    for unit in children_first(narrower, broader):
        if not some[unit[0]] and len(unit) == 1:
            continue
        below = narrower.gather(unit).tolist()
        if room >= 0:
            row, count = _row(members, unit, below, rows)
            room -= len(row) * len(unit)
        if room < 0:
            counts[unit] = -_at_least(counts, unit, below)
            continue
        counts[unit] = count
        for group in unit:
            rows[group] = row
    return Csr.of_bytes(rows), counts


def _row(members: Csr, unit: list[int], below: list[int], rows: Sequence[bytes]) -> tuple[bytes, int]:
    """Returns a serialised bitmap of the concepts in and below a unit, and their number.

    A unit is a group or a loop of groups.
    """
    sets = [BitMap.deserialize(rows[group]) for group in below if rows[group]]
    leaves = [group for group in below if not rows[group]]
    found = BitMap.union(BitMap(members.gather(np.array(unit + leaves))), *sets)
    found.run_optimize()
    return found.serialize(), len(found)


def _at_least(counts: Ints, unit: list[int], below: list[int]) -> int:
    """Returns a lower bound for the number of concepts in and below a unit.

    The bound is the number of concepts in the unit, plus the count of the largest group below it. For each group of
    the unit, `counts` must have the number of concepts in the group.
    """
    outside = np.setdiff1d(below, unit)
    return int(counts[unit].sum()) + int(np.abs(counts[outside]).max(initial=0))


def children_first(children: Csr, parents: Csr) -> Iterator[list[int]]:
    """Yields every group once, after all groups below it. Groups of a loop come together."""
    open_children = children.sizes().tolist()
    start, above = parents.offsets.tolist(), parents.values.tolist()
    ready = [group for group, count in enumerate(open_children) if not count]
    for group in ready:
        yield [group]
        for parent in above[start[group] : start[group + 1]]:
            open_children[parent] -= 1
            if not open_children[parent]:
                ready.append(parent)
    rest = [group for group, count in enumerate(open_children) if count]
    if rest:
        inside = set(rest)
        knot = nx.DiGraph((c, p) for c in rest for p in parents[c].tolist() if p in inside)
        knot.add_nodes_from(rest)
        folded = nx.condensation(knot)
        for unit in nx.topological_sort(folded):
            yield sorted(folded.nodes[unit]["members"])

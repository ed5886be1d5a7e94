"""linking: computes the relation of two concepts in the hierarchy of groups, for many pairs at once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from graph.columns import Ints
from graph.hierarchy import Hierarchy, Level, walked
from linking.neighbours.logistic import Flags

Numbers = npt.NDArray[np.float64]


class Kin:
    """The groups above each concept, and its own group. Concepts are given by their index in `numbers`."""

    def __init__(self, hierarchy: Hierarchy, numbers: Ints) -> None:
        closure = hierarchy.closures[Level.LIKELY]
        self._group = closure.group[numbers].astype(np.int64)
        self._above = {group: walked(closure.broader, BitMap([group])) for group in np.unique(self._group).tolist()}
        self._sizes = np.zeros(len(closure.members.sizes()), np.int64)
        self._sizes[closure.group] = closure.sizes()

    def related(self, left: Ints, right: Ints) -> Flags:
        """For each pair, True if the two concepts have the same meaning, or one of them is narrower than the other."""
        size = len(self._sizes)
        above = (np.array(list(groups), np.int64) + group * size for group, groups in self._above.items())
        keys = np.concatenate([np.zeros(0, np.int64), *above])
        one, other = self._group[left], self._group[right]
        return np.isin(one * size + other, keys) | np.isin(other * size + one, keys)

    def common(self, left: Ints, right: Ints) -> Numbers:
        """For each pair, the specificity of the smallest group above both concepts.

        The specificity is 1 / log2(1 + size of the reach of the group); 0 if no group is above both concepts.
        """
        found = np.zeros(len(left))
        for place, (one, other) in enumerate(zip(self._group[left].tolist(), self._group[right].tolist(), strict=True)):
            both = self._above[one] & self._above[other]
            if both:
                found[place] = 1 / np.log2(1 + self._sizes[both.to_array()].min())
        return found

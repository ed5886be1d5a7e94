"""graph: compares two concepts by their labels and by the number of concepts below them."""

from __future__ import annotations

import numpy as np

from graph.groups.sources import Concepts, Flags, Ints, Sources
from graph.groups.wording import EQUAL, LITTLE, NOTHING, NUMBERS_DIFFER, Wording
from graph.hierarchy import PHENOTYPE

_FAR = 30
"""Labels that are not equal count as different if one concept has this many times the descendants of the other."""


class Related:
    """Compares pairs of concepts. In all methods, `one` and `other` have the two concept numbers of each pair."""

    def __init__(self, concepts: Concepts, sources: Sources) -> None:
        self._concepts, self._wording = concepts, Wording(concepts.labels)
        ranked = np.zeros(int(concepts.ontology.max(initial=0)) + 1, bool)
        ranked[concepts.ontology[np.concatenate([sources.narrower, sources.broader])]] = True
        self._ranked, self._below = ranked[concepts.ontology], sources.below

    def far(self, one: Ints, other: Ints) -> Flags:
        """True if both terminologies have a hierarchy, and one concept has far more descendants than the other."""
        more, less = (take(self._below[one], self._below[other]) for take in (np.maximum, np.minimum))
        return np.asarray(self._ranked[one] & self._ranked[other] & (more >= _FAR * (less + 1)))

    def unlike(self, one: Ints, other: Ints) -> Flags:
        """True if a shared synonym is weak evidence for the same meaning.

        This is so if exactly one of the concepts is a phenotype, or if one has far more descendants than the other.
        """
        phenotype = self._concepts.kind == PHENOTYPE
        return np.asarray(self.far(one, other) | (phenotype[one] != phenotype[other]))

    def labels(self, one: Ints, other: Ints) -> tuple[Ints, Flags]:
        """Returns the relation of the labels of each pair (graph/groups/wording.py), and a flag for each pair.

        The flag is true if a shared identifier is evidence that the pair has the same meaning. For this, the labels of
        phenotypes must be more similar than the labels of other concepts.
        """
        relation = self._wording.relations(one, other, self._concepts.known)
        relation[self.far(one, other) & (relation > EQUAL) & (relation < NUMBERS_DIFFER)] = NOTHING
        phenotype = (self._concepts.kind[one] == PHENOTYPE) | (self._concepts.kind[other] == PHENOTYPE)
        unlike = (relation == NUMBERS_DIFFER) | (phenotype & (relation >= LITTLE))
        return relation, ~unlike

"""graph: computes the probability of each bucket of evidence and of each pair, fitted on stated mappings.

A pair is right if stated mappings put its two concepts into the same group. A pair is wrong if stated mappings put one
of its concepts into a group with a third concept, and this third concept has the same terminology as the other concept
of the pair. The probability of a bucket is the share of right pairs among its right and wrong pairs. The packaged
probability has the weight of `_PRIOR` further pairs.

Names and candidate mappings depend on the same words, so the higher of their two probabilities is used. In the same
way, the higher probability of cross-references and shared identifiers is used. The two results p and q are treated as
independent. The probability of the pair is 1 - (1 - p)(1 - q), as in SeMRA (Hoyt et al. 2025,
doi:10.1093/bioinformatics/btaf542).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graph.groups.sources import CANDIDATE, CROSS_REFERENCES, IDENTIFIERS, NAMES, Concepts, Evidence, Ints
from graph.groups.wording import RELATIONS, UNKNOWN

Numbers = npt.NDArray[np.float64]

_PRIOR = 20.0

SHIPPED: dict[str, tuple[float, ...]] = {
    NAMES: (0.98, 0.93, 0.85, 0.6, 0.5, 0.4, 0.93, 0.85, 0.7, 0.4, 0.3, 0.2),
    CROSS_REFERENCES: (0.9, 0.95, 0.7, 0.85, 0.6, 0.5, 0.5, 0.8, 0.4, 0.5, 0.3, 0.2),
    IDENTIFIERS: (0.9, 0.98, 0.85, 0.9, 0.8, 0.8, 0.8, 0.95, 0.7, 0.85, 0.6, 0.5),
}
"""The packaged probability of each bucket (see graph/groups/evidence.py).

The probabilities are fitted on MONDO, DOID and HPO with MONDO's mapping sets.
"""


class Weighed(NamedTuple):
    """Distinct computed pairs with their probability.

    `parts` has the probability for each kind of evidence; 0 for a pair without this evidence.
    """

    one: Ints
    other: Ints
    chance: Numbers
    parts: dict[str, Numbers]

    def take(self, rows: Ints) -> Weighed:
        parts = {kind: chance[rows] for kind, chance in self.parts.items()}
        return Weighed(self.one[rows], self.other[rows], self.chance[rows], parts)


def weigh(concepts: Concepts, found: Sequence[Evidence], stated: Ints) -> Weighed:
    """Returns all pairs in the evidence `found`, with their probability.

    `stated` has the group of each concept, from stated mappings.
    """
    size = max(concepts.size, 1)
    keys = np.unique(np.concatenate([some.one * size + some.other for some in found]))
    parts = {}
    for some in found:
        chance = np.zeros(len(keys))
        chance[np.searchsorted(keys, some.one * size + some.other)] = _worth(concepts, some, stated)
        parts[some.kind] = chance
    words = np.maximum(parts[NAMES], parts[CANDIDATE])
    identifiers = np.maximum(parts[CROSS_REFERENCES], parts[IDENTIFIERS])
    one, other = np.divmod(keys, size)
    return Weighed(one, other, 1 - (1 - words) * (1 - identifiers), parts)


def _worth(concepts: Concepts, some: Evidence, stated: Ints) -> Numbers:
    if some.kind == CANDIDATE:
        return some.bucket / 1000
    return fitted(concepts, some, stated)[some.bucket]


def fitted(concepts: Concepts, some: Evidence, stated: Ints) -> Numbers:
    """Returns the probability of each bucket of the evidence `some`, which must not be candidate mappings."""
    prior = np.array(SHIPPED[some.kind])
    right, wrong = known(concepts, some, stated)
    if some.kind != NAMES:
        # A pair without a label is never right, because a code in a group uses a label of the group. So it is not used
        # as a wrong pair either.
        wrong &= some.bucket % RELATIONS != UNKNOWN
    yes, no = (np.bincount(some.bucket[flags], minlength=len(prior)) for flags in (right, wrong))
    return np.asarray((yes + _PRIOR * prior) / (yes + no + _PRIOR))


def known(concepts: Concepts, some: Evidence, stated: Ints) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Returns two masks of the pairs in `some`: right by stated mappings, and wrong by stated mappings."""
    right = stated[some.one] == stated[some.other]
    ontologies = int(concepts.ontology.max(initial=0)) + 1
    has = np.unique(stated * ontologies + concepts.ontology)
    sizes = np.bincount(stated, minlength=concepts.size)
    taken = np.zeros(len(right), bool)
    for one, other in ((some.one, some.other), (some.other, some.one)):
        # A group of one concept is not evidence that a pair is wrong.
        there = stated[one] * ontologies + concepts.ontology[other]
        place = np.minimum(np.searchsorted(has, there), len(has) - 1)
        taken |= (has[place] == there) & (sizes[stated[one]] > 1)
    return right, taken & ~right

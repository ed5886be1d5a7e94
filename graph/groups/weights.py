"""graph: what each bucket of evidence is worth, learnt from the mappings that are stated, and pairs with a probability.

A pair is known to be right where stated mappings make its ends one, and known to be wrong where they make one of them
the same as another concept of the other's terminology. The worth of a bucket is the share of right pairs among those
known; the shipped worth counts as `_PRIOR` pairs. Names and candidates depend on the same words, so only the more
certain of the two counts; the same holds for cross-references and shared identifiers. These two kinds are independent
and combine as 1 - (1 - p)(1 - q), as SeMRA combines evidence (Hoyt et al. 2025, doi:10.1093/bioinformatics/btaf542).
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
"""By bucket (see graph/groups/evidence.py); what they came to for MONDO, DOID and HPO with MONDO's mapping sets."""


class Weighed(NamedTuple):
    """Computed pairs, each once: its probability, and what each kind of evidence says (0: nothing)."""

    one: Ints
    other: Ints
    chance: Numbers
    said: dict[str, Numbers]

    def take(self, rows: Ints) -> Weighed:
        said = {kind: chance[rows] for kind, chance in self.said.items()}
        return Weighed(self.one[rows], self.other[rows], self.chance[rows], said)


def weigh(concepts: Concepts, found: Sequence[Evidence], stated: Ints) -> Weighed:
    """`stated` is for each concept the group that stated mappings put it in."""
    size = max(concepts.size, 1)
    keys = np.unique(np.concatenate([some.one * size + some.other for some in found]))
    said = {}
    for some in found:
        chance = np.zeros(len(keys))
        chance[np.searchsorted(keys, some.one * size + some.other)] = _worth(concepts, some, stated)
        said[some.kind] = chance
    words = np.maximum(said[NAMES], said[CANDIDATE])
    identifiers = np.maximum(said[CROSS_REFERENCES], said[IDENTIFIERS])
    one, other = np.divmod(keys, size)
    return Weighed(one, other, 1 - (1 - words) * (1 - identifiers), said)


def _worth(concepts: Concepts, some: Evidence, stated: Ints) -> Numbers:
    if some.kind == CANDIDATE:
        return some.bucket / 1000
    return fitted(concepts, some, stated)[some.bucket]


def fitted(concepts: Concepts, some: Evidence, stated: Ints) -> Numbers:
    """The worth of each bucket."""
    prior = np.array(SHIPPED[some.kind])
    right, wrong = known(concepts, some, stated)
    if some.kind != NAMES:
        # Of an identifier without any label no pair can be known to be right: a group would lend it one.
        wrong &= some.bucket % RELATIONS != UNKNOWN
    yes, no = (np.bincount(some.bucket[flags], minlength=len(prior)) for flags in (right, wrong))
    return np.asarray((yes + _PRIOR * prior) / (yes + no + _PRIOR))


def known(concepts: Concepts, some: Evidence, stated: Ints) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Pairs that stated mappings say to be right, and those that they say to be wrong."""
    right = stated[some.one] == stated[some.other]
    ontologies = int(concepts.ontology.max(initial=0)) + 1
    has = np.unique(stated * ontologies + concepts.ontology)
    sizes = np.bincount(stated, minlength=concepts.size)
    taken = np.zeros(len(right), bool)
    for one, other in ((some.one, some.other), (some.other, some.one)):
        # A group of one concept has stated nothing.
        there = stated[one] * ontologies + concepts.ontology[other]
        place = np.minimum(np.searchsorted(has, there), len(has) - 1)
        taken |= (has[place] == there) & (sizes[stated[one]] > 1)
    return right, taken & ~right

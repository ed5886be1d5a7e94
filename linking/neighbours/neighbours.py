"""linking: finds neighbours: pairs of concepts that probably interest the same reader.

The names of two neighbours have similar vectors. Two neighbours have different meanings, neither is narrower than the
other, and no candidate mapping joins the two. Concepts that differ only in a number or in the part of the body are not
neighbours (linking/neighbours/apart.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.columns import Ints
from graph.lexical import LINKS, root
from graph.snapshot import Snapshot
from linking.encoding import Meaning
from linking.neighbours.apart import elsewhere, siblings
from linking.neighbours.concepts import Concepts, Floats, Near
from linking.neighbours.kin import Kin
from linking.neighbours.logistic import Flags, Logistic

RELEASE = "neighbours"
"""The release of all neighbour edges. Each link job replaces these edges, even if the job uses another model."""

NEAREST, SEEN = 10, 20
"""For each concept, the SEEN nearest concepts are considered. Concepts that cannot be neighbours are removed.

Two concepts are neighbours only if each is among the first NEAREST remaining concepts of the other concept.
"""

FEATURES = ("cosine", "words", "kinds", "common")
"""The features of two concepts. Each feature is between 0 and 1:

cosine  cosine of the two vectors
words   the share of the words of the shorter label that are also in the other label, weighted by rarity
kinds   1 if the kinds of the concepts differ, such as a disease and a phenotype
common  the specificity of the smallest group above both concepts (see `Kin.common`)
"""

SHIPPED = Logistic(-4.86, (4.44, 2.98, 1.0, 6.71))
"""The weights for the probability that a pair is useful. Fitted on 400 judged pairs (bench/gold/neighbours.tsv)."""

LEAST = 0.7
"""Minimum probability of a neighbour."""

_GENERAL = LINKS | {"disease", "disorder", "syndrome"}
_BLOCK = 4096

Keys = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Pairs of rows of `Concepts` and their cosines."""

    left: Ints
    right: Ints
    cosines: Floats

    def where(self, keep: Flags) -> Pairs:
        return self.take(np.flatnonzero(keep))

    def take(self, places: Keys) -> Pairs:
        return Pairs(self.left[places], self.right[places], self.cosines[places])


def neighbours(meaning: Meaning, concepts: Concepts, near: Sequence[Near], candidates: Keys) -> pa.Table:
    """Returns the edges between neighbours, with the columns source (the lower concept number), target, score, model
    and through.

    `near` has two tables: the nearest concepts in the same terminology, and in other terminologies. Each row of a table
    has at least SEEN concepts. `candidates` are the pairs with a candidate mapping, encoded as lower row * size +
    higher row. `size` is the number of rows of `concepts`.
    """
    pairs, features = weighed(meaning.snapshot, concepts, near, candidates)
    chance = SHIPPED.chances(features)
    pairs, chance = pairs.where(chance >= LEAST), chance[chance >= LEAST]
    found = {
        "source": concepts.numbers[pairs.left],
        "target": concepts.numbers[pairs.right],
        "score": np.round(chance, 4),
        "model": [meaning.model] * len(chance),
        "through": nearest_names(meaning, concepts, pairs),
    }
    return pa.table(found).sort_by([("source", "ascending"), ("target", "ascending")])


def weighed(
    snapshot: Snapshot, concepts: Concepts, near: Sequence[Near], candidates: Keys
) -> tuple[Pairs, npt.NDArray[np.float64]]:
    """All pairs that may be neighbours, with the lower row first, and their features."""
    kin, every = Kin(snapshot.hierarchy, concepts.numbers), [_pairs(some) for some in near]
    out = _left_out(snapshot, concepts, _joined(every), kin, candidates)
    ends = np.cumsum([len(some.left) for some in every])[:-1]
    lists = [_first(some.where(~flags)) for some, flags in zip(every, np.split(out, ends), strict=True)]
    pairs = _joined([_mutual(some, len(concepts.numbers)) for some in lists])
    kinds = snapshot.meanings.kinds[concepts.numbers]
    unlike = kinds[pairs.left] != kinds[pairs.right]
    words, common = _words(concepts, pairs), kin.common(pairs.left, pairs.right)
    return pairs, np.column_stack([pairs.cosines, words, unlike, common]).astype(np.float64)


def _pairs(near: Near) -> Pairs:
    row = np.repeat(np.arange(len(near.rows), dtype=np.int32), near.rows.shape[1])
    pairs = Pairs(row, near.rows.ravel(), near.cosines.ravel())
    return pairs.where(pairs.right >= 0)


def _left_out(snapshot: Snapshot, concepts: Concepts, pairs: Pairs, kin: Kin, candidates: Keys) -> Flags:
    """For each pair, True if the two concepts cannot be neighbours, even if they are near to each other."""
    left, right = pairs.left, pairs.right
    lower_first = Pairs(np.minimum(left, right), np.maximum(left, right), pairs.cosines)
    proposed = np.isin(_keys(lower_first, len(concepts.numbers)), candidates)
    apart = elsewhere(concepts, left, right) | siblings(snapshot, concepts, left, right)
    return np.asarray(proposed | kin.related(left, right) | apart)


def _first(pairs: Pairs) -> Pairs:
    """Of the pairs with the same left row, keeps the first NEAREST. The pairs must be sorted by left row."""
    rank = np.arange(len(pairs.left)) - np.searchsorted(pairs.left, pairs.left)
    return pairs.where(rank < NEAREST)


def _words(concepts: Concepts, pairs: Pairs) -> npt.NDArray[np.float64]:
    """For each pair, returns the share of the word roots of the shorter label that are in the other label, weighted by
    rarity.
    """
    roots = [frozenset(root(word) for word in label.split() if word not in _GENERAL) for label in concepts.labels]
    having = Counter(word for some in roots for word in some)
    worth = {word: float(np.log((1 + len(roots)) / count)) for word, count in having.items()}
    whole = [sum(worth[word] for word in some) for some in roots]
    found = np.zeros(len(pairs.left))
    for place, (one, other) in enumerate(zip(pairs.left.tolist(), pairs.right.tolist(), strict=True)):
        both = sum(worth[word] for word in roots[one] & roots[other])
        found[place] = both / max(min(whole[one], whole[other]), 1e-9)
    return found


def _mutual(pairs: Pairs, size: int) -> Pairs:
    """Returns the pairs that occur in both directions: (a, b) and (b, a).

    Each pair is returned once, with the lower row first. `size` is the number of rows of `Concepts`.
    """
    there = np.isin(_keys(pairs, size), _keys(Pairs(pairs.right, pairs.left, pairs.cosines), size))
    return pairs.where(there & (pairs.left < pairs.right))


def _keys(pairs: Pairs, size: int) -> Keys:
    return pairs.left.astype(np.int64) * size + pairs.right


def _joined(parts: Sequence[Pairs]) -> Pairs:
    left, right, cosines = zip(*parts, strict=True)
    return Pairs(np.concatenate(left), np.concatenate(right), np.concatenate(cosines))


def nearest_names(meaning: Meaning, concepts: Concepts, pairs: Pairs) -> list[str]:
    """For each pair, the two names that are nearest to each other, one of each concept: `name ~ name`."""
    texts = meaning.snapshot.names.forms.texts
    out: list[str] = []
    for start in range(0, len(pairs.left), _BLOCK):
        block = slice(start, start + _BLOCK)
        ends = pairs.left[block], pairs.right[block]
        forms = np.unique(np.concatenate([concepts.names.gather(end) for end in ends]))
        vectors = meaning.of(forms)
        for one, other in zip(*ends, strict=True):
            mine, theirs = (np.searchsorted(forms, concepts.names[int(row)]) for row in (one, other))
            place = np.unravel_index(int(np.argmax(vectors[mine] @ vectors[theirs].T)), (len(mine), len(theirs)))
            names = texts[int(forms[mine[place[0]]])], texts[int(forms[theirs[place[1]]])]
            out.append(" ~ ".join(name.as_py() for name in names))
    return out

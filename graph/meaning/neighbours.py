"""graph: neighbours, concepts that are alike without standing for each other or one for a kind of the other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap

from graph.csr import Ints
from graph.meaning.likest import Concepts, Floats, Near
from graph.meaning.logistic import Flags, Logistic
from graph.meaning.meaning import Meaning
from graph.meaning.spelling import Spelling
from graph.snapshot import Snapshot

RELEASE = "neighbours"
"""What the edges are said by; they are all replaced when they are found again, by whatever model."""

NEAREST, SEEN = 10, 20
"""Neighbours are among each other's ten; so many are looked at, as twins and parents take no place."""

SHIPPED = Logistic(-9.89, (5.22, 7.71))
"""Of cosine and spelling: what it came to for MONDO, DOID and HPO of 2026, 2018 and 2024 and the packaged encoder."""

LEAST = 0.05
"""What is less likely than this is no neighbour."""

FEWEST = 200
"""With fewer mapped pairs than this nothing is fitted on the store's own."""

_BLOCK = 4096

Keys = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Rows of `Concepts`, pair by pair, and their cosines."""

    left: Ints
    right: Ints
    cosines: Floats

    def where(self, keep: Flags) -> Pairs:
        return self.take(np.flatnonzero(keep))

    def take(self, places: Keys) -> Pairs:
        return Pairs(self.left[places], self.right[places], self.cosines[places])


def neighbours(
    meaning: Meaning, concepts: Concepts, near: Sequence[Near], spelling: Spelling
) -> tuple[pa.Table, Logistic]:
    """The edges, by numbers: source (the lower one), target, score, model, through; and what weighed them.

    `near` are the likest of the own terminology and of the others, at least SEEN of each.
    """
    kin = kin_keys(meaning.snapshot, concepts, near)
    lists = [_without(some, kin) for some in near]
    weighing = _fitted(meaning.snapshot, concepts, lists, spelling)
    pairs = _joined([_mutual(some, len(concepts.numbers)) for some in lists])
    chance = weighing.chances(_features(pairs, spelling))
    pairs, chance = pairs.where(chance >= LEAST), chance[chance >= LEAST]
    found = {
        "source": concepts.numbers[pairs.left],
        "target": concepts.numbers[pairs.right],
        "score": np.round(chance, 4),
        "model": [meaning.model] * len(chance),
        "through": nearest_names(meaning, concepts, pairs),
    }
    return pa.table(found).sort_by([("source", "ascending"), ("target", "ascending")]), weighing


def held_in(ids: Sequence[str]) -> Flags:
    """Whether something may be learnt from a concept: half of them, by the CRC-32 of their CURIEs."""
    return np.fromiter((crc32(id_.encode()) % 2 == 0 for id_ in ids), bool, len(ids))


def kin_keys(snapshot: Snapshot, concepts: Concepts, near: Sequence[Near]) -> Keys:
    """Of the pairs in these lists, as left * size + right, those that are twins or kinds of one another.

    Above a concept are its ancestors and those of its twins, and what stands for any of these.
    """
    size, found = len(concepts.numbers), []
    every = np.concatenate([some.rows for some in near], axis=1)
    for row, number in enumerate(concepts.numbers.tolist()):
        some = every[row][every[row] >= 0]
        above = _above(snapshot, number)
        hit = some[[int(other) in above for other in concepts.numbers[some].tolist()]] if len(some) else some
        found += [row * size + int(other) for other in hit] + [int(other) * size + row for other in hit]
    return np.unique(np.array(found, np.int64))


def _above(snapshot: Snapshot, concept: int) -> BitMap:
    up = BitMap()
    for one in (concept, *snapshot.twins[concept].tolist()):
        up |= snapshot.hierarchy.ancestors(one)
    return up | BitMap(snapshot.twins.gather(up))


def _without(near: Near, keys: Keys) -> Pairs:
    """The first NEAREST of each row that are in none of the keys."""
    size = len(near.rows)
    row = np.repeat(np.arange(size), near.rows.shape[1])
    pairs = Pairs(row.astype(np.int32), near.rows.ravel(), near.cosines.ravel())
    pairs = pairs.where((pairs.right >= 0) & ~np.isin(_keys(pairs, size), keys))
    rank = np.arange(len(pairs.left)) - np.searchsorted(pairs.left, pairs.left)
    return pairs.where(rank < NEAREST)


def _mutual(pairs: Pairs, size: int) -> Pairs:
    """Each pair once, lower row first, that is in the lists of both."""
    there = np.isin(_keys(pairs, size), _keys(Pairs(pairs.right, pairs.left, pairs.cosines), size))
    return pairs.where(there & (pairs.left < pairs.right))


def _keys(pairs: Pairs, size: int) -> Keys:
    return pairs.left.astype(np.int64) * size + pairs.right


def _joined(parts: Sequence[Pairs]) -> Pairs:
    left, right, cosines = zip(*parts, strict=True)
    return Pairs(np.concatenate(left), np.concatenate(right), np.concatenate(cosines))


def _features(pairs: Pairs, spelling: Spelling) -> npt.NDArray[np.float64]:
    return np.column_stack([pairs.cosines, spelling.cosines(pairs.left, pairs.right)]).astype(np.float64)


def mapped_pairs(snapshot: Snapshot, concepts: Concepts) -> Pairs:
    """The accepted twins among the rows, each pair once."""
    number = np.repeat(np.arange(len(snapshot.ids)), snapshot.twins.sizes())
    left, right = concepts.rows(number), concepts.rows(snapshot.twins.values)
    keep = (left >= 0) & (right >= 0) & (left < right)
    left, right = left[keep], right[keep]
    cosines = np.einsum("ij,ij->i", concepts.vectors[left], concepts.vectors[right])
    return Pairs(left, right, cosines.astype(np.float32))


def _fitted(snapshot: Snapshot, concepts: Concepts, lists: Sequence[Pairs], spelling: Spelling) -> Logistic:
    """On mapped pairs, and as many that are near and known not to be the same."""
    learnt = held_in([snapshot.ids[number] for number in concepts.numbers.tolist()])
    right = mapped_pairs(snapshot, concepts)
    right = right.where(learnt[right.left])
    if len(right.left) < FEWEST:
        return SHIPPED
    wrong = _joined([_different(snapshot, concepts, some) for some in lists])
    wrong = wrong.where(learnt[wrong.left])
    some = np.linspace(0, len(wrong.left) - 1, min(len(right.left), len(wrong.left))).astype(np.int64)
    wrong = wrong.take(some)
    features = np.concatenate([_features(right, spelling), _features(wrong, spelling)])
    return Logistic.fitted(features, np.arange(len(features)) < len(right.left))


def _different(snapshot: Snapshot, concepts: Concepts, pairs: Pairs) -> Pairs:
    """Pairs that cannot be the same: of one terminology, or the one has another twin in that of the other."""
    size = int(concepts.groups.max(initial=0)) + 1
    mapped = mapped_pairs(snapshot, concepts)
    ends = np.concatenate([mapped.left, mapped.right]), np.concatenate([mapped.right, mapped.left])
    known = np.unique(ends[0].astype(np.int64) * size + concepts.groups[ends[1]])
    same = concepts.groups[pairs.left] == concepts.groups[pairs.right]
    return pairs.where(same | np.isin(pairs.left.astype(np.int64) * size + concepts.groups[pairs.right], known))


def nearest_names(meaning: Meaning, concepts: Concepts, pairs: Pairs) -> list[str]:
    """Of each pair the two names that are likest, `name ~ name`."""
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

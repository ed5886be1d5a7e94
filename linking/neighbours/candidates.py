"""linking: finds candidate mappings, with their evidence. A candidate is a pair of concepts from two terminologies.

The weights of the evidence are fitted on accepted mappings of the same store.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, Ints
from graph.lexical import LINKS, root, stem
from graph.snapshot import Snapshot
from linking.encoding import Meaning
from linking.neighbours.concepts import Concepts, Near
from linking.neighbours.logistic import Flags, Logistic
from linking.neighbours.neighbours import Keys, Pairs, nearest_names
from linking.neighbours.spelling import Spelling

RELEASE = "candidates"
"""The release of all candidate mappings. Each link job replaces all candidate mappings."""

THROUGH = " ~ "
"""The separator between the two names of a pair. No normal form contains this text."""

FEATURES = ("exact", "words", "cosine", "ngrams", "parents", "children", "strangers", "numbers")
"""The features of two concepts. Each feature is between 0 and 1, except `numbers`:

exact      1 if both concepts have a name with the same normal form
words      1 if both concepts have names with the same word roots
cosine     cosine of the two vectors
ngrams     cosine of the character n-grams of the two labels
parents    the share of the parents of one concept that are mapped to a parent of the other concept. Parents without a
           mapping to the terminology of the other concept are ignored. The share is computed in both directions, and
           the higher share is used
children   the same share for the children
strangers  1 if a parent of one concept is mapped to the terminology of the other concept, and `parents` is 0
numbers    how many numbers and single letters occur in only one of the two labels, at most 3; 0 if `exact` or `words`
           is 1
"""

SHIPPED = Logistic(-10.55, (1.40, 4.19, 4.53, 4.89, 0.32, 3.50, -1.47, -1.29))
"""The packaged weights, fitted on MONDO and DOID of 2026 and 2018 with the packaged encoder."""

LEAST, EXACT = 0.5, 0.8
"""Minimum probability of a candidate mapping, and minimum probability for the predicate skos:exactMatch."""

FEWEST = 200
"""Minimum number of mapped pairs in a store for fitting the weights. With fewer pairs, SHIPPED is used."""

_LARGEST = 12
"""Maximum number of concepts with the same name. A more common name is weak evidence, so it makes no pairs."""


def proposals(meaning: Meaning, concepts: Concepts, near: Near, spelling: Spelling) -> tuple[pa.Table, Logistic]:
    """Returns the candidate mappings as rows of the table MAPS_TO, and the weights of the evidence.

    The source of a mapping is the concept with the lower number.

    `near` has the nearest concepts of other terminologies. A concept has at most one candidate in each terminology. A
    candidate must be the most probable pair for both of its concepts.
    """
    snapshot = meaning.snapshot
    exact, words = (_keys_of_names(snapshot, concepts, way) for way in (_as_it_is, _by_roots))
    size = len(concepts.numbers)
    row = np.repeat(np.arange(size), near.rows.shape[1])
    close = _pairs(row, near.rows.ravel(), size)
    keys = np.unique(np.concatenate([exact, words, close]))
    keys = keys[concepts.groups[keys // max(size, 1)] != concepts.groups[keys % max(size, 1)]]
    features = _features(snapshot, concepts, spelling, keys, (exact, words))
    equivalents = _mapped(snapshot, concepts)
    weighing = _fitted(snapshot, concepts, keys, features, equivalents)
    free = ~_taken(concepts, keys, equivalents) & ~np.isin(keys, _decided(snapshot, concepts))
    chance = np.where(free, weighing.chances(features), 0)
    best = np.flatnonzero((chance >= LEAST) & _best(concepts, keys, chance))
    found = _table(concepts, keys[best], chance[best], features[best])
    pairs = Pairs(*_ends(concepts, keys[best]), np.empty(0, np.float32))
    return found.append_column("through", pa.array(nearest_names(meaning, concepts, pairs), pa.string())), weighing


def keys_of(concepts: Concepts, proposed: pa.Table) -> Keys:
    """Returns the pairs in `proposed`, a table of candidates.

    A pair is encoded as lower row * size + higher row. `size` is the number of rows of `concepts`.
    """
    left, right = (concepts.rows(proposed[end].to_numpy()) for end in ("source", "target"))
    return _pairs(left, right, len(concepts.numbers))


def _pairs(left: npt.ArrayLike, right: npt.ArrayLike, size: int) -> Keys:
    """The distinct pairs of rows of `Concepts`, encoded as lower row * size + higher row.

    Pairs that contain -1 or the same row twice are left out.
    """
    one, other = np.asarray(left, np.int64), np.asarray(right, np.int64)
    keep = (one >= 0) & (other >= 0) & (one != other)
    one, other = one[keep], other[keep]
    return np.unique(np.minimum(one, other) * size + np.maximum(one, other))


def _as_it_is(form: str) -> str:
    return form


def _by_roots(form: str) -> str:
    return " ".join(sorted({root(word) for word in form.split() if word not in LINKS}))


def _keys_of_names(snapshot: Snapshot, concepts: Concepts, way: Any) -> Keys:
    """Returns the pairs of rows of `concepts` that have equal names after `way` is applied to the names."""
    texts, having = snapshot.names.forms.texts, dict[str, list[int]]()
    row = np.repeat(np.arange(len(concepts.numbers)), concepts.names.sizes())
    forms = texts.take(pa.array(concepts.names.values)).to_pylist()
    for one, form in zip(row.tolist(), forms, strict=True):
        having.setdefault(way(form), []).append(one)
    groups = (sorted(set(rows)) for key, rows in having.items() if key and len(rows) > 1)
    pairs = [pair for rows in groups if len(rows) <= _LARGEST for pair in combinations(rows, 2)]
    left, right = zip(*pairs, strict=True) if pairs else ((), ())
    return _pairs(left, right, len(concepts.numbers))


def _features(
    snapshot: Snapshot, concepts: Concepts, spelling: Spelling, keys: Keys, same: Sequence[Keys]
) -> npt.NDArray[np.float64]:
    left, right = np.divmod(keys, max(len(concepts.numbers), 1))
    step = 1 << 14
    blocks = [slice(at, at + step) for at in range(0, len(keys), step)]
    dot = [np.einsum("ij,ij->i", concepts.vectors[left[b]], concepts.vectors[right[b]]) for b in blocks]
    cosine = np.concatenate([np.zeros(0, np.float32), *dot])
    tree = snapshot.hierarchy
    up, known = _agreeing(snapshot, concepts, left, right, tree.parents)
    down, _ = _agreeing(snapshot, concepts, left, right, tree.children)
    numbers = [_numbers(label) for label in concepts.labels]
    apart = [min(len(numbers[a] ^ numbers[b]), 3) for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    exact, words = (np.isin(keys, some) for some in same)
    odd = np.where(exact | words, 0, np.array(apart, np.float64))
    ngrams = spelling.cosines(left.astype(np.int32), right.astype(np.int32))
    return np.column_stack([exact, words, cosine, ngrams, up, down, known & (up == 0), odd]).astype(np.float64)


def _numbers(label: str) -> frozenset[str]:
    words = (stem(word) for word in label.split() if word not in LINKS)
    return frozenset(word for word in words if len(word) == 1 or any(map(str.isdigit, word)))


def _agreeing(
    snapshot: Snapshot, concepts: Concepts, left: npt.NDArray[np.int64], right: npt.NDArray[np.int64], steps: Csr
) -> tuple[npt.NDArray[np.float64], Flags]:
    """For each pair, the feature `parents` or `children`, and True if the feature is based on a mapping.

    `steps` has the parents or the children of each concept.
    """
    numbers, size = concepts.numbers, len(snapshot.ids)
    ontology = np.asarray(pc.dictionary_encode(snapshot.concepts["ontology"].combine_chunks().fill_null("")).indices)
    start = np.repeat(np.arange(size), steps.sizes())
    theirs = np.unique(start * np.int64(size) + steps.values)
    via = np.repeat(start, snapshot.equivalents.sizes()[steps.values])
    seen = Csr.of_pairs(size, via, snapshot.equivalents.gather(steps.values))
    share, known = np.zeros(len(left)), np.zeros(len(left), bool)
    for one, other in ((numbers[left], numbers[right]), (numbers[right], numbers[left])):
        pair = np.repeat(np.arange(len(one)), seen.sizes()[one])
        equivalent = seen.gather(one)
        there = ontology[equivalent] == ontology[other[pair]]
        pair, equivalent = pair[there], equivalent[there]
        agrees = np.isin(other[pair].astype(np.int64) * size + equivalent, theirs)
        count = np.bincount(pair, minlength=len(one))
        share = np.maximum(share, np.bincount(pair, agrees, len(one)) / np.maximum(count, 1))
        known |= count > 0
    return share, known


def for_fitting(ids: Sequence[str]) -> Flags:
    """True for each concept that may be used for fitting. The CRC-32 of the CURIE selects about half of them."""
    return np.fromiter((crc32(id_.encode()) % 2 == 0 for id_ in ids), bool, len(ids))


def _mapped(snapshot: Snapshot, concepts: Concepts) -> Keys:
    """The pairs of rows of `concepts` with an accepted exact mapping, encoded as lower row * size + higher row."""
    number = np.repeat(np.arange(len(snapshot.ids)), snapshot.equivalents.sizes())
    left, right = concepts.rows(number), concepts.rows(snapshot.equivalents.values)
    keep = (left >= 0) & (right >= 0) & (left < right)
    left, right = left[keep], right[keep]
    return np.unique(left.astype(np.int64) * len(concepts.numbers) + right)


def _fitted(
    snapshot: Snapshot, concepts: Concepts, keys: Keys, features: npt.NDArray[np.float64], equivalents: Keys
) -> Logistic:
    """Fits the weights on the pairs in `keys`. If there are too few known pairs, returns SHIPPED.

    A pair is used if `for_fitting` selects its first concept, and if one of the two concepts has an equivalent in the
    terminology of the other concept.
    """
    learnt = for_fitting([snapshot.ids[number] for number in concepts.numbers.tolist()])
    known = _taken(concepts, keys, equivalents) & learnt[keys // max(len(learnt), 1)]
    right = np.isin(keys, equivalents)
    if (right & known).sum() < FEWEST:
        return SHIPPED
    return Logistic.fitted(features[known], right[known])


def _taken(concepts: Concepts, keys: Keys, equivalents: Keys) -> Flags:
    """True for each pair in `keys` in which a concept has an accepted equivalent in the terminology of the other
    concept.
    """
    size, groups = max(len(concepts.numbers), 1), int(concepts.groups.max(initial=0)) + 1
    ends = np.divmod(equivalents, size)
    has = [one * groups + concepts.groups[other] for one, other in (ends, ends[::-1])]
    mapped, pair = np.unique(np.concatenate(has)), np.divmod(keys, size)
    either = [np.isin(one * groups + concepts.groups[other], mapped) for one, other in (pair, pair[::-1])]
    return np.asarray(either[0] | either[1])


def _decided(snapshot: Snapshot, concepts: Concepts) -> Keys:
    """Returns the pairs with an accepted or rejected mapping."""
    mappings = snapshot.mappings
    settled = pc.is_in(mappings["state"], pa.array(["accepted", "rejected"]))
    mappings = mappings.filter(pc.and_(settled, pc.not_equal(mappings["release"].fill_null(""), RELEASE)))
    source, target = (concepts.rows(mappings[end].to_numpy()) for end in ("source", "target"))
    return _pairs(source, target, len(concepts.numbers))


def _best(concepts: Concepts, keys: Keys, chance: npt.NDArray[np.float64]) -> Flags:
    """True for each pair in `keys` that is the most probable pair of the two terminologies for both of its concepts.

    If several pairs are equally probable, the first pair is used.
    """
    size, groups = max(len(concepts.numbers), 1), int(concepts.groups.max(initial=0)) + 1
    best = np.ones(len(keys), bool)
    pair = np.divmod(keys, size)
    order = np.lexsort((keys, -chance))
    for one, other in (pair, pair[::-1]):
        first = np.zeros(len(keys), bool)
        first[order[np.unique((one * groups + concepts.groups[other])[order], return_index=True)[1]]] = True
        best &= first
    return best


def _table(
    concepts: Concepts, keys: Keys, chance: npt.NDArray[np.float64], features: npt.NDArray[np.float64]
) -> pa.Table:
    left, right = _ends(concepts, keys)
    sure = chance >= EXACT
    lexical = features[:, 0] + features[:, 1] > 0
    return pa.table(
        {
            "source": concepts.numbers[left],
            "target": concepts.numbers[right],
            "predicate": np.where(sure, "skos:exactMatch", "skos:closeMatch").tolist(),
            "confidence": np.round(chance, 3),
            "justification": [_justification(bool(by_name)) for by_name in lexical],
            "evidence": list(_evidence(features)),
        }
    )


def _ends(concepts: Concepts, keys: Keys) -> tuple[Ints, Ints]:
    """Returns the two rows of each pair in `keys`."""
    left, right = np.divmod(keys, max(len(concepts.numbers), 1))
    return left.astype(np.int32), right.astype(np.int32)


def _justification(by_name: bool) -> str:
    """Returns the SSSOM justification of a mapping: https://mapping-commons.github.io/semantic-mapping-vocabulary/"""
    return "semapv:LexicalMatching" if by_name else "semapv:SemanticSimilarityThresholdMatching"


def _evidence(features: npt.NDArray[np.float64]) -> Iterator[str]:
    for row in features.round(3).tolist():
        yield orjson.dumps(dict(zip(FEATURES, row, strict=True))).decode()

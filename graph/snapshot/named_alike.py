"""graph: finds pairs of concepts with similar names.

Names are similar if they have the same words, or if one name has all words of the other concept's label.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import nsmallest
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr
from graph.hierarchy import ILLNESSES, KINDS
from graph.lexical import LINKS, Names, root

_NAMES = ("label", "exact")
_SHORT = 4
"""Synonyms with at most this many letters are ignored, because short abbreviations are ambiguous."""
_MOST_ALIKE = 50
"""Maximum number of concepts that are listed for a name.

Concepts with the most records come first. A label is too general if more than this number of concepts have it.
"""
_EMPTY = frozenset(
    map(root, "disease disorder syndrome finding condition abnormality symptom sign problem illness".split())
)
"""A label that has only these words is too general."""
_PATIENT = ILLNESSES | 1 << KINDS.index("situation")

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Key = frozenset[int]


def named_alike(names: Names, listed: Flags, records: Ints, kinds: Ints) -> Iterator[tuple[int, int, bool]]:
    """Yields a concept, a concept in `listed` with a similar name, and whether both names have the same words.

    If the third value is False, the second name has further words. Words are compared by their roots. For each concept,
    `listed` is true if the concept may be listed, `records` has the number of records about the concept, and `kinds`
    has its kind as a bit.
    """
    found = _Roots(names, listed)
    same = found.of(found.full)
    labels = found.of(found.full & found.labels)
    labels = {key: some for key, some in labels.items() if found.is_specific(key) and len(some) <= _MOST_ALIKE}
    rarest = _by_rarest(labels)
    for key, every in found.of(found.holding).items():
        holders = nsmallest(_MOST_ALIKE, every, lambda one: (-records[one], one))
        yield from ((concept, other, True) for concept in same[key] for other in holders)
        within = [some for one in key for some in rarest.get(one, ()) if some < key]
        for concept in (concept for some in within for concept in labels[some]):
            yield from ((concept, other, False) for other in holders if _alike(int(kinds[concept] | kinds[other])))


class _Roots:
    """Labels and exact synonyms as sets of roots.

    `holding` is true for names of concepts that may be listed. `full` is true for names whose roots all occur in names
    of such concepts.
    """

    def __init__(self, names: Names, listed: Flags) -> None:
        table = names.table
        self._concept = table["concept"].to_numpy()
        self.labels = np.asarray(pc.equal(table["kind"], "label"))
        short = np.asarray(pc.less_equal(pc.utf8_length(table["norm"]), _SHORT))
        fit = np.asarray(pc.is_in(table["kind"], pa.array(_NAMES))) & (self.labels | ~short)
        every, word_names = names.words()
        words = every.to_pylist()
        texts, codes = np.unique(np.array([root(word) for word in words], str), return_inverse=True)
        counted = np.array([word not in LINKS for word in words], bool)
        name, code = word_names.values, np.repeat(codes, word_names.sizes())
        kept = fit[name] & np.repeat(counted, word_names.sizes())
        self._of_name = Csr.of_pairs(table.num_rows, name[kept], code[kept])
        self.holding = fit & listed[self._concept] & (self._of_name.sizes() > 0)
        self._texts = texts.tolist()
        known = np.zeros(len(texts), bool)
        known[self._of_name.gather(np.flatnonzero(self.holding))] = True
        odd = np.repeat(np.arange(table.num_rows), self._of_name.sizes())[~known[self._of_name.values]]
        self.full = fit & (self._of_name.sizes() > 0)
        self.full[odd] = False

    def of(self, names: Flags) -> dict[Key, list[int]]:
        """For each set of roots, the concepts with a name in `names` that has exactly these roots."""
        found: dict[Key, dict[int, None]] = {}
        rows = np.flatnonzero(names)
        ends = np.cumsum([0, *self._of_name.sizes()[rows]]).tolist()
        roots = self._of_name.gather(rows).tolist()
        for (start, end), concept in zip(pairwise(ends), self._concept[rows].tolist(), strict=True):
            found.setdefault(frozenset(roots[start:end]), {})[concept] = None
        return {key: list(concepts) for key, concepts in found.items()}

    def is_specific(self, key: Key) -> bool:
        """True if one of the roots in `key` has at least three letters and is not in _EMPTY."""
        return any(len(self._texts[one]) > 2 and self._texts[one] not in _EMPTY for one in key)


def _by_rarest(keys: dict[Key, Any]) -> dict[int, list[Key]]:
    """Returns the sets of roots, grouped by their rarest root."""
    every = np.concatenate([np.empty(0, np.int64), *(np.fromiter(key, np.int64) for key in keys)])
    counts = np.bincount(every)
    found: dict[int, list[Key]] = {}
    for key in keys:
        found.setdefault(min(key, key=lambda one: (counts[one], one)), []).append(key)
    return found


def _alike(kinds: int) -> bool:
    """True if concepts of these kinds (as bits) may be related: if both have the same kind, or if both are diseases,
    phenotypes, findings or situations.
    """
    return not kinds & (kinds - 1) or not kinds & ~_PATIENT

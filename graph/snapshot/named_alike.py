"""graph: pairs of concepts whose names have the same words, or one of which has all words of the other's label."""

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
"""Letters up to which a synonym is an abbreviation of many things."""
_MOST_ALIKE = 50
"""Of so many concepts of one name those that most records are about are listed; a label that more concepts have than
this names nothing in particular."""
_EMPTY = frozenset(
    map(root, "disease disorder syndrome finding condition abnormality symptom sign problem illness".split())
)
"""A label of these words alone names nothing in particular."""
_PATIENT = ILLNESSES | 1 << KINDS.index("situation")

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Key = frozenset[int]


def named_alike(names: Names, listed: Flags, records: Ints, kinds: Ints) -> Iterator[tuple[int, int, bool]]:
    """A concept, one of those that may be listed, and whether the two have the same words or the other has more.

    Words are compared by their roots. `listed` and `records` say of each concept whether it may be listed and how many
    records are about it, `kinds` has its kind as a bit.
    """
    found = _Roots(names, listed)
    same = found.of(found.full)
    labels = found.of(found.full & found.labels)
    labels = {key: some for key, some in labels.items() if found.says(key) and len(some) <= _MOST_ALIKE}
    rarest = _by_rarest(labels)
    for key, every in found.of(found.holding).items():
        holders = nsmallest(_MOST_ALIKE, every, lambda one: (-records[one], one))
        yield from ((concept, other, True) for concept in same[key] for other in holders)
        within = [some for one in key for some in rarest.get(one, ()) if some < key]
        for concept in (concept for some in within for concept in labels[some]):
            yield from ((concept, other, False) for other in holders if _alike(int(kinds[concept] | kinds[other])))


class _Roots:
    """Labels and exact synonyms as sets of roots; `full` are those that have no other roots than `holding` names have,
    which are the names of concepts that may be listed."""

    def __init__(self, names: Names, listed: Flags) -> None:
        table = names.table
        self._concept = table["concept"].to_numpy()
        self.labels = np.asarray(pc.equal(table["kind"], "label"))
        short = np.asarray(pc.less_equal(pc.utf8_length(table["norm"]), _SHORT))
        fit = np.asarray(pc.is_in(table["kind"], pa.array(_NAMES))) & (self.labels | ~short)
        every, word_names = names.words()
        words = every.to_pylist()
        texts, codes = np.unique(np.array([root(word) for word in words], str), return_inverse=True)
        says = np.array([word not in LINKS for word in words], bool)
        name, code = word_names.values, np.repeat(codes, word_names.sizes())
        kept = fit[name] & np.repeat(says, word_names.sizes())
        self._of_name = Csr.of_pairs(table.num_rows, name[kept], code[kept])
        self.holding = fit & listed[self._concept] & (self._of_name.sizes() > 0)
        self._texts = texts.tolist()
        known = np.zeros(len(texts), bool)
        known[self._of_name.gather(np.flatnonzero(self.holding))] = True
        odd = np.repeat(np.arange(table.num_rows), self._of_name.sizes())[~known[self._of_name.values]]
        self.full = fit & (self._of_name.sizes() > 0)
        self.full[odd] = False

    def of(self, names: Flags) -> dict[Key, list[int]]:
        """The concepts of these names, by their roots."""
        found: dict[Key, dict[int, None]] = {}
        rows = np.flatnonzero(names)
        ends = np.cumsum([0, *self._of_name.sizes()[rows]]).tolist()
        roots = self._of_name.gather(rows).tolist()
        for (start, end), concept in zip(pairwise(ends), self._concept[rows].tolist(), strict=True):
            found.setdefault(frozenset(roots[start:end]), {})[concept] = None
        return {key: list(concepts) for key, concepts in found.items()}

    def says(self, key: Key) -> bool:
        """Whether a label says something: it has a word of three letters that is not empty."""
        return any(len(self._texts[one]) > 2 and self._texts[one] not in _EMPTY for one in key)


def _by_rarest(keys: dict[Key, Any]) -> dict[int, list[Key]]:
    """Sets of roots, by the one of theirs that the fewest sets have."""
    every = np.concatenate([np.empty(0, np.int64), *(np.fromiter(key, np.int64) for key in keys)])
    counts = np.bincount(every)
    found: dict[int, list[Key]] = {}
    for key in keys:
        found.setdefault(min(key, key=lambda one: (counts[one], one)), []).append(key)
    return found


def _alike(kinds: int) -> bool:
    """Whether two concepts, whose kinds these bits are, may be about the same; illnesses and situations may."""
    return not kinds & (kinds - 1) or not kinds & ~_PATIENT

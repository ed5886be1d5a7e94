"""graph: compares two labels by the roots of their words.

Numbers and single letters are compared too, because they are often the only difference between siblings.
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.lexical import LINKS, normalise, root, stem

UNKNOWN, EQUAL, WITHIN, MUCH, LITTLE, NOTHING, NUMBERS_DIFFER = range(7)
"""The relations of two labels:

UNKNOWN         a label is missing
EQUAL           the labels have the same words
WITHIN          one label has all words of the other
MUCH            at least half of the words are shared
LITTLE          fewer than half of the words are shared
NOTHING         no words are shared
NUMBERS_DIFFER  the numbers differ (`type 1` and `type 2`)
"""

RELATIONS = NUMBERS_DIFFER
"""The number of relations, without NUMBERS_DIFFER, which is not evidence."""

_ENDINGS = frozenset(("disease", "disorder", "syndrome"))

_TAG = re.compile(
    r" \((?:disorder|finding|situation|event|procedure|observable entity|substance|organism|body structure|product|"
    r"morphologic abnormality|qualifier value|physical object)\)$"
)

Ints = npt.NDArray[np.int64]


def untagged(text: str) -> str:
    """Removes the semantic tag from a fully specified name of SNOMED CT."""
    return _TAG.sub("", text)


class Wording:
    """Computes the relations of labels. A label is given by the number of its concept.

    Each label is split into words once, when the label is first used.
    """

    def __init__(self, labels: pa.ChunkedArray) -> None:
        self._labels = labels
        self._roots: dict[int, tuple[frozenset[str], frozenset[str]]] = {}

    @staticmethod
    def key(norm: str) -> str:
        """A key of the words of a name. The key ignores word order, plurals and link words.

        `type 2 diabetes` and `diabetes type 2` have the same key. Words are stemmed but not reduced to roots, because
        tetany is not tetanus, and an abnormality is not a malformation.
        """
        return " ".join(sorted({stem(word) for word in norm.split() if word not in LINKS}))

    @classmethod
    def key_of(cls, label: str | None) -> str:
        return cls.key(normalise(untagged(label or "")))

    def relations(self, one: Ints, other: Ints, known: npt.NDArray[np.bool_]) -> Ints:
        """Returns the relation of the labels of each pair, such as EQUAL. `known` is true for concepts with a label."""
        there = known[one] & known[other]
        found = np.full(len(one), UNKNOWN, np.int64)
        for row in np.flatnonzero(there).tolist():
            found[row] = self._relation(int(one[row]), int(other[row]))
        return found

    def _relation(self, one: int, other: int) -> int:
        (words, numbers), (others, other_numbers) = self._of(one), self._of(other)
        if not words or not others:
            return UNKNOWN
        if words == others:
            return EQUAL
        if numbers and other_numbers and numbers != other_numbers:
            return NUMBERS_DIFFER
        shared = len(words & others)
        if not shared:
            return NOTHING
        if shared == min(len(words), len(others)):
            return WITHIN
        return MUCH if 2 * shared >= len(words | others) else LITTLE

    def _of(self, concept: int) -> tuple[frozenset[str], frozenset[str]]:
        found = self._roots.get(concept)
        if found is None:
            label = normalise(untagged(self._labels[concept].as_py() or ""))
            words = [word for word in label.split() if word not in LINKS]
            stems = (stem(word) for word in words)
            numbers = frozenset(word for word in stems if len(word) == 1 or any(map(str.isdigit, word)))
            roots = frozenset(root(word) for word in words)
            found = self._roots[concept] = roots - _ENDINGS or roots, numbers
        return found

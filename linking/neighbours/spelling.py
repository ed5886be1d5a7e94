"""linking: computes the similarity of spelling for many pairs of texts at once.

graph/lexical/ngrams.py finds the texts that are similar to one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.columns import Csr, Ints

Floats = npt.NDArray[np.float32]

_SIZE = 3
_BLOCK = 50_000
_LONGEST = 400


class Spelling:
    """The distinct trigrams of each text, weighted by rarity. A space is added at each end of a text."""

    def __init__(self, texts: Sequence[str]) -> None:
        joined = "\0".join(f" {text[:_LONGEST]} " for text in texts) + "\0\0"
        chars = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
        owner = np.cumsum(chars == 0)[: 1 - _SIZE]
        packed = np.zeros(len(chars) - _SIZE + 1, np.uint64)
        whole = np.ones(len(packed), bool)
        for at in range(_SIZE):
            part = chars[at : at + len(packed)]
            packed |= (part & np.uint64(0xFFFF)) << np.uint64(16 * at)
            whole &= part != 0
        known, gram = np.unique(packed[whole], return_inverse=True)
        self._grams = Csr.of_pairs(len(texts), owner[whole], gram)
        having = np.bincount(self._grams.values, minlength=len(known))
        self._squares = (np.log((1 + len(texts)) / (1 + having)) + 1) ** 2
        text = np.repeat(np.arange(len(texts)), self._grams.sizes())
        self._lengths = np.sqrt(np.bincount(text, self._squares[self._grams.values], len(texts)))

    def cosines(self, left: Ints, right: Ints) -> Floats:
        """Returns the cosine of each pair of texts, from 0 to 1. Texts are given by their index."""
        parts = [self._block(left[at : at + _BLOCK], right[at : at + _BLOCK]) for at in range(0, len(left), _BLOCK)]
        return np.concatenate([np.zeros(0, np.float32), *parts])

    def _block(self, left: Ints, right: Ints) -> Floats:
        width = len(self._squares)
        mine, theirs = (self._keys(side, width) for side in (left, right))
        both: npt.NDArray[Any] = mine[np.isin(mine, theirs, assume_unique=True)]
        pair, gram = np.divmod(both, max(width, 1))
        product = np.bincount(pair, self._squares[gram], len(left))
        return np.asarray(product / np.maximum(self._lengths[left] * self._lengths[right], 1e-9), np.float32)

    def _keys(self, texts: Ints, width: int) -> npt.NDArray[np.int64]:
        """For each trigram of each text, a number that combines the index of the text in `texts` with the trigram."""
        pair = np.repeat(np.arange(len(texts)), self._grams.sizes()[texts])
        return np.asarray(pair * width + self._grams.gather(texts), np.int64)

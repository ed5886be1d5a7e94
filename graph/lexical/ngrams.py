"""graph: finds texts in spite of typing errors, by the cosine of character n-grams with TF-IDF weights.

A space is added at each end of a word. A gram is a sequence of two to four characters of a word with its spaces. The
weight of a gram is its count in the text times (ln((1 + texts) / (1 + texts with the gram)) + 1). Vectors are scaled to
unit length. The counts of the grams in a text are the sums of the counts in its words. So the index stores the grams of
each distinct word, and the words of each text. Such an index is smaller than an index of
the grams of each text, and gives the same cosines.

scikit-learn's TfidfVectorizer has the same weights, but it multiplies a query with all texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from graph.columns import Csr, Ints, first_of_each, load_array

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

_SIZES = (2, 3, 4)
_LONGEST_QUERY = 400
_BLOCK, _KEPT = 20_000, 200_000
_LEAST = 0.2
"""A word is used to find candidates if its similarity to the query is above this share of the highest similarity."""

_LISTED, _SCORED = 10_000, 200
"""The approximate number of texts with similar words, and the minimum number of these texts that are scored."""


class Ngrams:
    """An index of texts in normal form. The texts are numbered in the given order. Only spaces separate words."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: Csr, texts: Csr, having: Csr) -> None:
        self._keys, self._idf, self._weights, self._lengths = (arrays[name] for name in _ARRAYS)
        self._arrays, self._words, self._texts, self._having = arrays, words, texts, having
        self._common = texts.sizes()

    @classmethod
    def build(cls, texts: Sequence[str]) -> Ngrams:
        split = [text.split() for text in texts]
        size = np.fromiter(map(len, split), np.int64, len(split))
        every = list(chain.from_iterable(split))
        number = {word: place for place, word in enumerate(dict.fromkeys(every))}
        words = Csr(_offsets(size), np.fromiter(map(number.__getitem__, every), np.int32, len(every)))
        of_word = Csr.of_pairs(len(number), words.values, np.repeat(np.arange(len(split)), size))
        packed, word = _packed(list(number))
        keys, gram = np.unique(packed, return_inverse=True)
        word, gram, count = _counted(word, gram, len(keys))
        again = Csr(_offsets(np.bincount(word, count, len(number))), np.repeat(gram, count))
        idf, lengths = _idf_and_lengths(words, again, len(keys))
        order = np.argsort(gram, kind="stable")
        having = Csr(_offsets(np.bincount(gram, minlength=len(keys))), word[order].astype(np.int32))
        weights = (idf[gram] * count)[order].astype(np.float32)
        arrays = (keys, idf.astype(np.float32), weights, lengths.astype(np.float32))
        return cls(dict(zip(_ARRAYS, arrays, strict=True)), words, of_word, having)

    def save(self, folder: Path, name: str) -> None:
        for part, array in self._arrays.items():
            np.save(folder / f"{name}.{part}.npy", array)
        for part, rows in zip(_TABLES, (self._words, self._texts, self._having), strict=True):
            rows.save(folder, f"{name}.{part}")

    @classmethod
    def load(cls, folder: Path, name: str) -> Ngrams:
        files = {part: folder / f"{name}.{part}.npy" for part in _ARRAYS}
        arrays = {part: load_array(file) for part, file in files.items()}
        return cls(arrays, *(Csr.load(folder, f"{name}.{part}") for part in _TABLES))

    def __len__(self) -> int:
        return len(self._lengths)

    def search(self, texts: Sequence[str], k: int, keep: npt.NDArray[np.bool_] | None = None) -> tuple[Ints, Floats]:
        """For each query text, the rows and cosines of its k nearest stored texts, best first. A missing row is -1.

        `keep` is a mask of the rows that may be found. Only the first 400 characters of a query text are used. Unknown
        grams in the query text reduce all its cosines.
        """
        rows, scores = np.full((len(texts), k), -1, np.int32), np.zeros((len(texts), k), np.float32)
        for at, text in enumerate(texts):
            likeness = self._likeness(text)
            near = self._candidates(likeness, max(_SCORED, 4 * k), keep)
            cosine = self._cosines(likeness, near)
            best = np.lexsort((near, -cosine))[:k]
            rows[at, : len(best)], scores[at, : len(best)] = near[best], cosine[best]
        return rows, scores

    def score(self, text: str, rows: npt.ArrayLike) -> Floats:
        """Returns the cosines of `text` with the stored texts in `rows`."""
        return self._cosines(self._likeness(text), np.asarray(rows, dtype=np.int64))

    def _likeness(self, text: str) -> Floats:
        """Returns, for each known word, its contribution to the dot product of this text and a stored text.

        The contribution is for one occurrence of the word in the stored text.
        """
        keys, count = np.unique(_packed(text[:_LONGEST_QUERY].split())[0], return_counts=True)
        place = np.searchsorted(self._keys, keys)
        known = place < len(self._keys)
        known[known] = self._keys[place[known]] == keys[known]
        weight = np.where(known, 0, count * (np.log1p(len(self)) + 1))
        gram = place[known]
        weight[known] = count[known] * self._idf[gram]
        unit = (weight[known] / max(float(np.linalg.norm(weight)), 1e-9)).astype(np.float32)
        having = list(zip(self._having.offsets[gram].tolist(), self._having.offsets[gram + 1].tolist(), strict=True))
        each = [self._weights[start:end] * one for (start, end), one in zip(having, unit, strict=True)]
        words = [self._having.values[start:end] for start, end in having]
        return np.asarray(np.bincount(_joined(words), _joined(each), len(self._common)), np.float32)

    def _candidates(self, likeness: Floats, count: int, keep: npt.NDArray[np.bool_] | None) -> Numbers:
        """Returns the stored texts with the words most similar to a text, if possible at least `count` rows.

        `likeness` is the result of `_likeness` for the text.
        """
        words = np.flatnonzero(likeness > _LEAST * likeness.max(initial=0))
        words = words[np.argsort(-likeness[words], kind="stable")]
        words = words[: np.searchsorted(self._common[words].cumsum(), _LISTED) + 1]
        rows = _joined([self._texts[word] for word in words.tolist()])
        like = np.bincount(rows, np.repeat(likeness[words], self._common[words]), len(self))
        rows = rows if keep is None else rows[keep[rows]]
        like = like[rows]
        like = like / self._lengths[rows]
        if len(rows) > count:
            rows = rows[like >= np.partition(like, len(rows) - count)[len(rows) - count]]
        return np.unique(rows).astype(np.int64)

    def _cosines(self, likeness: Floats, rows: Numbers) -> Floats:
        size = self._words.offsets[rows + 1] - self._words.offsets[rows]
        text = np.repeat(np.arange(len(rows)), size)
        product = np.bincount(text, likeness[self._words.gather(rows)], len(rows))
        return np.asarray(product / np.maximum(self._lengths[rows], 1e-9), np.float32)


_ARRAYS = ("keys", "idf", "weights", "lengths")
_TABLES = ("words", "texts", "having")


def _joined(parts: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Concatenates rows like `Csr.gather`, but takes a third of the time for long rows."""
    return np.concatenate(parts) if parts else np.empty(0, np.int32)


def _packed(words: Sequence[str]) -> tuple[Keys, Numbers]:
    """Returns the grams of all words as numbers, and for each gram the index of its word."""
    joined = f" {' '.join(words)} " if words else ""
    # Only 16 bits of a character are used. A character with more bits may equal another character, but not the space
    # between words.
    chars = np.frombuffer(joined.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    space = chars == ord(" ")
    chars &= np.uint64(0xFFFF)
    word = np.cumsum(space) - 1
    keys, of = [], []
    for size in _SIZES:
        count = max(len(chars) - size + 1, 0)
        packed, inside = np.zeros(count, np.uint64), np.ones(count, bool)
        for at in range(size):
            packed |= chars[at : at + count] << np.uint64(16 * at)
            if 0 < at < size - 1:
                inside &= ~space[at : at + count]
        keys.append(packed[inside])
        of.append(word[:count][inside])
    return np.concatenate(keys), np.concatenate(of)


def _counted(rows: Numbers, values: Numbers, width: int) -> tuple[Numbers, Numbers, Numbers]:
    """The distinct pairs of a row and a value, sorted, and the count of each pair. Values are less than `width`."""
    bits = width.bit_length()
    pairs = np.sort(rows << bits | values)
    first = np.flatnonzero(first_of_each(pairs))
    count = np.diff(first, append=len(pairs))
    pairs = pairs[first]
    return pairs >> bits, pairs & ((1 << bits) - 1), count


def _text_grams(words: Csr, grams: Csr, width: int) -> Iterator[tuple[int, Numbers, Numbers, Numbers]]:
    """Yields blocks of texts.

    A block has the number of texts and, for each pair of a text and a gram, the number of the text (from 0 in each
    block), the gram and its count. `grams` has the grams of each word, including repetitions.
    """
    for start in range(0, len(words.offsets) - 1, _BLOCK):
        offsets = words.offsets[start : start + _BLOCK + 1]
        word = words.values[offsets[0] : offsets[-1]]
        text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
        row = np.repeat(text, grams.sizes()[word])
        yield len(offsets) - 1, *_counted(row, grams.gather(word), width)


def _idf_and_lengths(words: Csr, grams: Csr, width: int) -> tuple[npt.NDArray[np.float64], ...]:
    """Returns the inverse document frequency of each gram, and the length of the vector of each text before scaling."""
    # For many texts, the grams are computed twice, because the grams of all texts would take too much memory.
    kept = [*_text_grams(words, grams, width)] if len(words.offsets) <= _KEPT else None
    having = np.zeros(width, np.int64)
    for _, _, gram, _ in kept or _text_grams(words, grams, width):
        having += np.bincount(gram, minlength=width)
    idf = np.log((len(words.offsets)) / (1 + having)) + 1
    squares = [
        np.bincount(text, (count * idf[gram]) ** 2, size)
        for size, text, gram, count in kept or _text_grams(words, grams, width)
    ]
    return idf, np.sqrt(np.concatenate([np.zeros(0), *squares]))


def _offsets(sizes: npt.ArrayLike) -> Numbers:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes, dtype=np.int64)])

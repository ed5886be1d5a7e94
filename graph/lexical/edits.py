"""graph: finds the known words that a misspelled word may mean.

An edit is one deleted, inserted, changed or swapped letter (optimal string alignment,
https://doi.org/10.1145/363958.363994). The first letter is rarely wrong, so a different first letter adds half an edit.
Words of four and five letters may have one edit. Longer words may have two edits. Words with digits may have no edits,
because digits distinguish types and genes. Words with non-ASCII letters may have no edits either.

The library rapidfuzz would compare a word with all known words. This index compares the word only with known words of
similar letters.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from graph.columns import Ints, Texts

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_SHORTEST, _LONGER, _LONGEST = 4, 6, 40
# A bit for each letter, and one for all other characters.
_ELSE = np.uint32(1 << 26)
_BITS = np.full(256, _ELSE, np.uint32)
_BITS[ord("a") : ord("z") + 1] = np.uint32(1) << np.arange(26, dtype=np.uint32)


class Edits:
    """Finds the words in `texts` that a misspelled word may mean. A result is an index in `texts`."""

    def __init__(self, texts: Texts) -> None:
        self._bytes, self._starts = texts.bytes()
        self._sizes = np.diff(self._starts)
        self._letters = np.bitwise_or.reduceat(_BITS[self._bytes], self._starts[:-1]) if len(texts) else _BITS[:0]

    def near(self, word: str) -> tuple[Ints, Floats]:
        """Returns the known words that `word` may mean, except `word` itself, and the edits of each, unsorted."""
        if not (_SHORTEST <= len(word) <= _LONGEST and word.isascii() and word.isalpha()):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        asked, most = np.frombuffer(word.encode(), np.uint8), 1 if len(word) < _LONGER else 2
        # An edit changes at most two letters, so a comparison of sets of letters quickly excludes nearly all words.
        odd = np.bitwise_count(self._letters ^ np.bitwise_or.reduce(_BITS[asked]))
        like = (odd <= 2 * most) & (np.abs(self._sizes - len(asked)) <= most) & (self._letters < _ELSE)
        words = np.flatnonzero(like).astype(np.int32)
        edits = self._edits(asked, words, most)
        words, edits = words[(edits > 0) & (edits <= most)], edits[(edits > 0) & (edits <= most)]
        return words, edits + np.float32(0.5) * (self._bytes[self._starts[words]] != asked[0])

    def _edits(self, asked: Bytes, words: Ints, most: int) -> npt.NDArray[np.int8]:
        """Returns the number of edits between `asked` and each of `words`. A result above `most` is not exact."""
        letters = self._spelt(words, len(asked) + most)
        before = row = np.repeat(np.arange(len(letters) + 1, dtype=np.int8)[:, None], len(words), axis=1)
        for at, letter in enumerate(asked, 1):
            before, last, row = row, before, np.full_like(row, most + 1)
            row[0] = at
            for to in range(max(1, at - most), min(len(letters), at + most) + 1):
                other = before[to - 1] + (letters[to - 1] != letter)
                row[to] = np.minimum(np.minimum(before[to], row[to - 1]) + 1, other)
                if at > 1 < to:
                    swapped = (letters[to - 1] == asked[at - 2]) & (letters[to - 2] == letter)
                    row[to] = np.where(swapped, np.minimum(row[to], last[to - 2] + 1), row[to])
        return np.asarray(row[self._sizes[words], np.arange(len(words))], np.int8)

    def _spelt(self, words: Ints, width: int) -> Bytes:
        """Returns a column for each of `words`, with one letter in each row. After the end of a word, rows are 0."""
        place = np.arange(width)[:, None]
        at = np.minimum(self._starts[words] + place, max(len(self._bytes) - 1, 0))
        return np.where(place < self._sizes[words], self._bytes[at], np.uint8(0))

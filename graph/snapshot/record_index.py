"""graph: builds and reads the inverted index of the texts of all records.

Records of all kinds are numbered in the order of `RECORDS` and, within a kind, in the order of ids. Each posting has
the weighted count of a word in a record, summed over all parts f of the record (BM25F,
https://doi.org/10.1145/1031171.1031181):

    sum of  weight(f) * count(f) / (1 - B + B * words(f) / mean words(f))

The mean is over the records that have the part f. Weights are 4 for titles, 2 for keywords and course codes, 1 for
summaries, abstracts, descriptions, outcome measures, goals and learning outcomes, and 0.25 for eligibility criteria.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, Ints, Texts, first_of_each, load_array, load_table, save_table
from graph.kinds import Part
from graph.lexical import Edits, normalise
from graph.snapshot.record_texts import RecordText, columns_of, names_of, texts_of
from graph.snapshot.records import Records

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

WEIGHTS = {Part.TITLE: 4.0, Part.KEYWORD: 2.0, Part.BODY: 1.0, Part.ELIGIBILITY: 0.25}
B = 0.75
_BLOCK = 10_000
"""Number of records whose texts are in memory at the same time while the index is built."""
_LONGEST_WORD = 64
WHOLE = 2
"""If a word of a query has up to this many letters, it must be a whole word of the text.

A longer word may be a prefix.
"""
_LAST = "\U0010ffff"
_BITS = 32


class Counted(NamedTuple):
    """How often each word occurs in one `Part` of each record. The pairs of record and word are distinct and sorted."""

    part: int
    row: Numbers
    word: Numbers
    times: Numbers


class RecordIndex:
    """The inverted index of the texts of all records. `words` has all words, sorted.

    Row i of `rows` has the records with word i. Row i of `weights` has the weighted counts of word i in these records.
    """

    def __init__(self, words: pa.Table, rows: Csr, weights: Floats, titles: pa.Table) -> None:
        self._word_table, self._rows, self._weights, self._titles = words, rows, weights, titles
        self.words, self._norms = Texts(words["word"]), Texts(titles["norm"])
        self._title_rows: Ints = titles["row"].to_numpy()

    @classmethod
    def build(cls, kinds: Mapping[str, Records]) -> RecordIndex:
        number: dict[str, int] = {}
        counts: list[Counted] = []
        titles: list[tuple[str, int]] = []
        for start, block in _blocks(kinds):
            counts += [_counted(part, start, block, number) for part in Part]
            titles += _titles_of(start, block)
        words = sorted(number)
        rank = np.empty(len(words), np.int64)
        rank[[number[word] for word in words]] = np.arange(len(words))
        rows, weights = _postings(counts, rank, sum(len(records.ids) for records in kinds.values()))
        norms, title_rows = zip(*sorted(titles), strict=True) if titles else ((), ())
        named = pa.table({"norm": pa.array(norms, pa.string()), "row": pa.array(title_rows, pa.int32())})
        return cls(pa.table({"word": pa.array(words, pa.string())}), rows, weights, named)

    def save(self, folder: Path) -> None:
        save_table(self._word_table, folder, "record_words")
        self._rows.save(folder, "record_rows")
        np.save(folder / "record_weights.npy", self._weights)
        save_table(self._titles, folder, "record_titles")

    @classmethod
    def load(cls, folder: Path) -> RecordIndex:
        words, titles = load_table(folder, "record_words"), load_table(folder, "record_titles")
        return cls(words, Csr.load(folder, "record_rows"), load_array(folder / "record_weights.npy"), titles)

    @cached_property
    def _edits(self) -> Edits:
        return Edits(self.words)

    def titled(self, norm: str) -> Ints:
        """Returns the records with this title. `norm` is the normal form of the title."""
        found = self._norms.find(norm)
        return self._title_rows[found.start : found.stop]

    def titles(self) -> list[str]:
        """The normal forms of all titles, sorted. `of_titles` finds the records of titles by index in this list."""
        return [str(norm) for norm in self._titles["norm"].to_pylist()]

    def of_titles(self, places: Ints) -> Ints:
        return self._title_rows[places]

    def starting(self, word: str) -> tuple[Ints, Floats]:
        """Returns the words of the index that start with `word`, each with a share.

        The share is the length of `word` divided by the length of the word of the index. If `word` has one or two
        letters, it must be a whole word of the index.
        """
        past = word + "\0" if len(word) <= WHOLE else word + _LAST
        low, high = self.words.between(word, past)
        places = np.arange(low, high, dtype=np.int32)
        sizes = np.diff(self.words.bytes()[1][low : high + 1])
        return places, (len(word.encode()) / np.maximum(sizes, 1)).astype(np.float32)

    def near(self, word: str) -> tuple[Ints, Floats]:
        """Returns the words of the index that a misspelled `word` may mean, with the fewest edits.

        Each has a share: 1 - edits / length of `word`.
        """
        places, edits = self._edits.near(word)
        fewest = edits < edits.min(initial=np.inf) + 0.5
        return places[fewest], (1 - edits[fewest] / len(word)).astype(np.float32)

    def counts(self, places: Ints, shares: Floats, size: int) -> tuple[Ints, Floats]:
        """Returns the records with any of the words at `places`, and the score of each record.

        The score is the sum of weighted count * share over these words. `size` is the number of all records.
        """
        if not len(places):
            return np.empty(0, np.int32), np.empty(0, np.float32)
        start, end = self._rows.offsets[places], self._rows.offsets[places + 1]
        if int(places[-1] - places[0]) + 1 == len(places):
            rows, weights = self._rows.values[start[0] : end[-1]], self._weights[start[0] : end[-1]]
        else:
            rows, weights = self._rows.gather(places), Csr(self._rows.offsets, self._weights).gather(places)
        if len(places) == 1:
            return rows, np.asarray(weights * shares[0], np.float32)
        counts = np.bincount(rows, weights * np.repeat(shares, end - start), size)
        having = np.flatnonzero(counts).astype(np.int32)
        return having, counts[having].astype(np.float32)


def material(kinds: Mapping[str, Records]) -> list[pa.Table]:
    """Returns all rows of the snapshot from which the index is built."""
    tables = []
    for records in kinds.values():
        abouts = records.abouts.select(["source", "field", "text"])
        tables += [
            records.table.select(columns_of(records.kind)),
            abouts.filter(pc.is_in(abouts["field"], pa.array(names_of(records.kind), pa.string()))),
        ]
    return tables


def _blocks(kinds: Mapping[str, Records]) -> Iterator[tuple[int, list[list[RecordText]]]]:
    """Yields blocks of records: the record number of the first record, and the texts of all records of the block."""
    start = 0
    for records in kinds.values():
        for first in range(0, len(records.ids), _BLOCK):
            rows = range(first, min(first + _BLOCK, len(records.ids)))
            yield start + first, texts_of(records, rows)
        start += len(records.ids)


def _counted(part: int, start: int, block: Sequence[Sequence[RecordText]], number: dict[str, int]) -> Counted:
    """Returns the counts of one part of a block of records. Adds every new word and its number to `number`."""
    norms = [normalise(" ".join(one.text for one in texts if one.part == part)) for texts in block]
    split = pc.split_pattern(pa.array(norms, pa.string()), " ")
    row = np.asarray(pc.list_parent_indices(split), np.int64)
    words = pc.dictionary_encode(pc.list_flatten(split))
    fit = (0 < len(text) <= _LONGEST_WORD for text in words.dictionary.to_pylist())
    known = zip(words.dictionary.to_pylist(), fit, strict=True)
    numbers = np.array([number.setdefault(text, len(number)) if fits else -1 for text, fits in known], np.int64)
    word = numbers[np.asarray(words.indices, np.int64)]
    pairs, count = np.unique(row[word >= 0] << _BITS | word[word >= 0], return_counts=True)
    return Counted(part, start + (pairs >> _BITS), pairs & ((1 << _BITS) - 1), count)


def _postings(counts: Sequence[Counted], rank: Numbers, size: int) -> tuple[Csr, Floats]:
    """Returns the records and weights of each word, sorted by the word's rank. `size` is the number of all records."""
    parts = list(_weighted(counts, size))
    row, word, weight = (np.concatenate([part[at] for part in parts]) for at in range(3))
    keys = rank[word.astype(np.int64)] << _BITS | row.astype(np.int64)
    order = np.argsort(keys, kind="stable")
    keys, weight = keys[order], weight[order]
    first = np.flatnonzero(first_of_each(keys))
    sums = np.add.reduceat(weight, first) if len(first) else weight
    sizes = np.bincount(keys[first] >> _BITS, minlength=len(rank))
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    return Csr(offsets, (keys[first] & ((1 << _BITS) - 1)).astype(np.int32)), sums.astype(np.float32)


def _weighted(counts: Sequence[Counted], size: int) -> Iterator[tuple[Numbers, Numbers, npt.NDArray[np.float64]]]:
    """Yields record, word and weight of the postings of each part."""
    for part, weight in WEIGHTS.items():
        own = [one for one in counts if one.part == part]
        row, word, count = (np.concatenate([np.zeros(0, np.int64), *(one[at] for one in own)]) for at in (1, 2, 3))
        length = np.bincount(row, count, size)
        mean = length.sum() / max(np.count_nonzero(length), 1)
        yield row, word, weight * count / (1 - B + B * length[row] / max(mean, 1))


def _titles_of(start: int, block: Sequence[Sequence[RecordText]]) -> Iterator[tuple[str, int]]:
    for row, texts in enumerate(block, start):
        for norm in {normalise(one.text) for one in texts if one.part == Part.TITLE} - {""}:
            yield norm, row

"""linking: ranks records of all kinds for a text. The texts of a record match by words, spelling and vectors.

A record whose identifier or title equals the text comes first, with the score 1. If the text is an identifier, the part
after the colon is also searched in the texts of all records. All other records are ranked by a score from 0 to 1. The
score for the words q of the text is BM25 without its constant factor, divided by the highest possible value
(https://doi.org/10.1561/1500000019):

    words = sum of  idf(q) * n(q) / (K + n(q))  /  sum of  idf(q)
    idf(q) = ln(1 + (N - r(q) + 0.5) / (r(q) + 0.5))

n(q) is the weighted count of the word in the record (see graph/snapshot/record_index.py), r(q) is the number of records
with the word, N is the number of all records, and K = 1.2. A word of three letters or more also matches longer words
that start with this word. The weight of this match is the number of letters of the shorter word, divided by the number
of letters of the longer word. If no record has a word that starts with a word of the text, the word of the text matches
the words with the most similar spelling (graph/lexical/edits.py). The weight of this match is 1 - edits / letters of
the word of the text. If a word of the text has no match, its idf is still in the denominator. For each
record, the idf of the words of the text that match the record is added up. The record is found by words if this sum is
at least a quarter of the sum for all words of the text that have a match. So the word `the` or `van` alone is not
enough.

If no record is found by words, titles are compared by character n-grams. If the cosine is at least 0.3, the record is
found, and the score for words is 0.9 times the cosine.

With vectors, the score is a convex combination of the score for words and a cosine (https://doi.org/10.1145/3596512):

    score = (1 - MEANT) * words + MEANT * cosine,  MEANT = 0.4

The cosine compares the text with the record's title and the beginning of its body. A negative cosine counts as 0, and a
record without a vector has the cosine 0. A record is also found by meaning alone if its cosine is at least 0.4. Records
with equal scores are sorted by kind and id.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from graph.columns import Ints
from graph.lexical import LONGEST_QUERY, MOST_WORDS, normalise
from graph.snapshot import WHOLE, RecordIndex, Records, Snapshot, starts
from linking.search.record_vectors import RecordVectors

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int8]

HOW = ("identifier", "exact title", "words", "some words", "similar spelling", "meaning")
_IDENTIFIER, _TITLE, _WORDS, _SOME, _SPELT, _MEANING = range(len(HOW))
DEEPEST = 2_000
"""Maximum number of records of a ranking that can be read."""
K = 1.2
MEANT, _LEAST_MEANT, _NEAR = 0.4, 0.4, 100
_SPELT_WEIGHT, _LEAST_SPELT = 0.9, 0.3
_ENOUGH = 0.25
"""Minimum sum of idf of the words of the text that match a record.

The minimum is a share of the sum for all words of the text that have a match.
"""


class AskedWord(NamedTuple):
    """The words of records that match a word of the text.

    If `starts` is true, `words` has one word, and all words that start with this word match. `edits` is true if
    the words in `words` match by similar spelling.
    """

    starts: bool
    edits: bool
    words: tuple[str, ...]


class RecordRanking(NamedTuple):
    """The best records (numbered among all records), their indices in HOW, their scores, and the number of hits.

    `asked` are the words of the text that was searched for.
    """

    rows: Ints
    how: Places
    scores: Scores
    total: int
    asked: tuple[AskedWord, ...]


class _ByWords(NamedTuple):
    """For each record, its score, True if the search finds the record, and the index in HOW."""

    scores: Scores
    found: Mask
    how: Places
    asked: tuple[AskedWord, ...]


def ranked_records(
    snapshot: Snapshot, text: str, kinds: Sequence[str], vectors: RecordVectors | None = None
) -> RecordRanking:
    """Returns the records of `kinds` that a text finds. The result is deterministic."""
    keep, named = of_kinds(snapshot.records, kinds), identified_records(snapshot, text, kinds)
    norm = normalise(named[0].id.partition(":")[2] if named else text[:LONGEST_QUERY])
    titled = titled_records(snapshot, norm, keep)
    by_words = _by_words(snapshot.record_index, norm, len(keep))
    scores, how, found = by_words.scores, by_words.how, by_words.found & keep
    if not (found.any() or named or titled):
        scores, how, found = _by_spelling(snapshot, norm, keep)
    if vectors is not None and not named:
        scores, how, found = _with_meaning(vectors, text, keep, scores, how, found)
    exact = dict.fromkeys(titled, _TITLE) | dict.fromkeys((one.row for one in named), _IDENTIFIER)
    return _joined(exact, scores, how, found, by_words.asked)


class Identified(NamedTuple):
    """The number of a record among all records, and its id."""

    row: int
    id: str


def identified_records(snapshot: Snapshot, text: str, kinds: Sequence[str]) -> list[Identified]:
    """Returns the records of `kinds` with the identifier `text`, at most one of each kind.

    The identifier may have any accepted spelling.
    """
    numbers = ((kind, snapshot.record(kind, text)) for kind in kinds)
    found = ((kind, number) for kind, number in numbers if number is not None)
    first = starts(snapshot.records)
    return [Identified(first[kind] + n, snapshot.records[kind].ids[n]) for kind, n in found]


def titled_records(snapshot: Snapshot, norm: str, keep: Mask) -> list[int]:
    """Returns the records in `keep` that have a title with the normal form `norm`."""
    return [row for row in snapshot.record_index.titled(norm).tolist() if keep[row]] if norm else []


def of_kinds(records: Mapping[str, Records], kinds: Sequence[str]) -> Mask:
    """For each record, True if its kind is one of `kinds`. Records are in the order of kinds."""
    return np.concatenate([np.full(len(own.ids), kind in kinds) for kind, own in records.items()])


def kind_of(records: Mapping[str, Records], row: int) -> tuple[str, int]:
    """Returns the kind of a record and its number within that kind. `row` is its number among all records."""
    able = ((kind, start) for kind, start in starts(records).items() if start <= row and len(records[kind].ids))
    *_, (kind, start) = able
    return kind, row - start


def _joined(
    exact: dict[int, int], scores: Scores, how: Places, found: Mask, asked: tuple[AskedWord, ...]
) -> RecordRanking:
    """Returns the exact matches in the order of HOW, then all other records by score."""
    first = sorted(exact, key=lambda row: (exact[row], row))
    found[first], scores[first] = False, 1
    how[first] = [exact[row] for row in first]
    rows = np.flatnonzero(found)
    order = np.concatenate([np.array(first, np.int64), _best(rows, scores[rows])])
    return RecordRanking(order.astype(np.int32), how[order], scores[order], len(first) + len(rows), asked)


def _by_words(index: RecordIndex, norm: str, size: int) -> _ByWords:
    asked, parts = list[AskedWord](), list[tuple[Ints, Floats, float]]()
    for text in list(dict.fromkeys(norm.split()))[:MOST_WORDS]:
        word, rows, counts = _looked_up(index, text, size)
        asked.append(word)
        parts.append((rows, counts, float(np.log(1 + (size - len(rows) + 0.5) / (len(rows) + 0.5)))))
    most = sum(idf for _, _, idf in parts) or 1
    rows = np.concatenate([np.empty(0, np.int32), *(rows for rows, _, _ in parts)])
    weights = [counts / (K + counts) * np.float32(idf / most) for _, counts, idf in parts]
    bits = np.repeat(2.0 ** np.arange(len(parts)), [len(rows) for rows, _, _ in parts])
    scores = np.asarray(np.bincount(rows, np.concatenate([np.empty(0, np.float32), *weights]), size), np.float64)
    # The words of each record are encoded as bits, because there are far fewer sets of words than records.
    words = np.bincount(rows, bits, size).astype(np.int32)
    found, how = _by_set([word.edits for word in asked], [idf if len(rows) else 0 for rows, _, idf in parts])
    return _ByWords(scores, found[words], how[words], tuple(asked))


def _by_set(edits: Sequence[bool], idf: Sequence[float]) -> tuple[Mask, Places]:
    """Returns, for each set of words (as bits), True if a record with exactly these words is found, and the index in
    HOW.

    For a word that no record has, `idf` is 0.
    """
    has = (np.arange(1 << len(idf))[:, None] >> np.arange(len(idf))) & 1 == 1
    found = has @ np.array(idf) >= _ENOUGH * sum(idf)
    how = np.where(has.all(1), _WORDS, _SOME)
    how[(has & np.array(edits, bool)).any(1)] = _SPELT
    found[0] = False
    return found, how.astype(np.int8)


def _looked_up(index: RecordIndex, text: str, size: int) -> tuple[AskedWord, Ints, Floats]:
    """Returns the words of records that match the word `text`, the records with these words, and their weights."""
    places, shares = index.starting(text)
    if len(places):
        return AskedWord(len(text) > WHOLE, False, (text,)), *index.counts(places, shares, size)
    places, shares = index.near(text)
    words = tuple(index.words.key(place).decode() for place in places.tolist())
    return AskedWord(False, True, words), *index.counts(places, shares, size)


def _by_spelling(snapshot: Snapshot, norm: str, keep: Mask) -> tuple[Scores, Places, Mask]:
    """Returns three arrays with a value for each record.

    The arrays have the score of the title with the most similar spelling, the index in HOW, and True for a hit.
    """
    scores = np.zeros(len(keep))
    if norm:
        (places, *_), (cosines, *_) = snapshot.record_ngrams.search([norm], _NEAR)
        near = (places >= 0) & (cosines >= _LEAST_SPELT)
        np.maximum.at(scores, snapshot.record_index.of_titles(places[near]), _SPELT_WEIGHT * cosines[near])
    return scores, np.full(len(keep), _SPELT, np.int8), (scores > 0) & keep


def _with_meaning(
    vectors: RecordVectors, text: str, keep: Mask, scores: Scores, how: Places, found: Mask
) -> tuple[Scores, Places, Mask]:
    """Adds cosines to the scores, for the best records by words and for the nearest records."""
    vector = vectors.encode(text[:LONGEST_QUERY])
    near, cosines = vectors.nearest(vector, _NEAR, keep)
    also = near[(cosines >= _LEAST_MEANT) & ~found[near]]
    rows = np.flatnonzero(found)
    compared = np.concatenate([also, _best(rows, scores[rows])])
    combined = (1 - MEANT) * scores
    combined[compared] += MEANT * np.maximum(0, vectors.cosines(vector, compared))
    found[also], how[also] = True, _MEANING
    return combined, how, found


def _best(rows: npt.NDArray[np.int64], scores: Scores) -> npt.NDArray[np.int64]:
    """Returns the best DEEPEST rows in order of score. Rows with equal scores stay in order."""
    if len(rows) > DEEPEST:
        least = np.partition(scores, len(rows) - DEEPEST)[len(rows) - DEEPEST]
        rows, scores = rows[scores >= least], scores[scores >= least]
    return rows[np.lexsort((rows, -scores))][:DEEPEST]

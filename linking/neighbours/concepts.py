"""linking: computes a vector for each concept. Finds the nearest concepts in the same and in other terminologies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, Ints
from linking.encoding import Meaning, Progress

Floats = npt.NDArray[np.float32]

_KINDS = ("label", "exact")
_BLOCK = 256
_CHUNKS = 64
_NONE = np.float32(-2)
"""A value below any cosine. A row with this value is never found."""


class Concepts(NamedTuple):
    """Live concepts that have a name with a vector. Each concept has a row. Rows are sorted by concept number.

    `groups` has the number of the terminology of each concept. The rows of a terminology are contiguous. `names` has
    the normal forms of the names of each concept. `labels` has the normal form of each label.
    """

    numbers: Ints
    groups: Ints
    names: Csr
    labels: list[str]
    vectors: Floats

    def rows(self, numbers: npt.ArrayLike) -> Ints:
        """Returns the row of each of these concept numbers; -1 for a concept without a row."""
        wanted = np.asarray(numbers, np.int32)
        if not len(self.numbers):
            return np.full(len(wanted), -1, np.int32)
        place = np.minimum(np.searchsorted(self.numbers, wanted), len(self.numbers) - 1)
        return np.where(self.numbers[place] == wanted, place, -1).astype(np.int32)


class Near(NamedTuple):
    """For each row of `Concepts`, the nearest rows and their cosines, nearest first.

    A missing result has row -1 and cosine -2.
    """

    rows: Ints
    cosines: Floats


def concept_vectors(meaning: Meaning) -> Concepts:
    """Returns a unit vector for each concept: the mean of the vectors of its English labels and exact synonyms."""
    snapshot = meaning.snapshot
    concept, form = _named(meaning)
    numbers, row = np.unique(concept, return_inverse=True)
    numbers = numbers.astype(np.int32)
    names = Csr.of_pairs(len(numbers), row, form)
    vectors = np.zeros((len(numbers), meaning.of(names.values[:0]).shape[1]), np.float32)
    for start in range(0, len(numbers), 8 * _BLOCK):
        offsets = names.offsets[start : start + 8 * _BLOCK + 1]
        some = meaning.of(names.values[offsets[0] : offsets[-1]])
        vectors[start : start + 8 * _BLOCK] = np.add.reduceat(some, offsets[:-1] - offsets[0], axis=0)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    ontology = snapshot.concepts["ontology"].take(pa.array(numbers)).combine_chunks().fill_null("")
    groups = np.asarray(pc.dictionary_encode(ontology).indices, dtype=np.int32)
    labels = _labels(meaning, numbers, names)
    return Concepts(numbers, groups, names, labels, vectors)


def _named(meaning: Meaning) -> tuple[Ints, Ints]:
    """Returns pairs of a live concept and the normal form of one of its English names. Every form has a vector."""
    snapshot, forms = meaning.snapshot, meaning.snapshot.names.forms
    table = snapshot.names.table
    keep = pc.and_(pc.is_in(table["kind"], pa.array(_KINDS)), pc.starts_with(table["language"].fill_null("en"), "en"))
    keep = np.asarray(keep) & snapshot.live[table["concept"].to_numpy()]
    form_of = np.zeros(table.num_rows, np.int32)
    form_of[forms.names.values] = np.repeat(np.arange(len(forms.texts)), forms.names.sizes())
    keep &= meaning.has(form_of)
    return table["concept"].to_numpy()[keep], form_of[keep]


def _labels(meaning: Meaning, numbers: Ints, names: Csr) -> list[str]:
    """For each concept, returns the normal form of its label, or of its first name if the concept has no label."""
    table, forms = meaning.snapshot.names.table, meaning.snapshot.names.forms.texts
    own = table.filter(pc.equal(table["kind"], "label"))
    first = dict(zip(own["concept"].to_pylist()[::-1], own["norm"].to_pylist()[::-1], strict=True))
    return [first.get(number) or forms[int(names[row][0])].as_py() for row, number in enumerate(numbers.tolist())]


def nearest(concepts: Concepts, k: int, progress: Progress | None = None) -> tuple[Near, Near]:
    """For each concept, finds the `k` nearest concepts in its own terminology, and the `k` nearest in all others.

    Every pair of concepts is compared.
    """
    size = len(concepts.numbers)
    found = [Near(np.full((size, k), -1, np.int32), np.full((size, k), _NONE)) for _ in range(2)]
    for rows, own in _blocks(concepts.groups):
        scores = concepts.vectors[rows] @ concepts.vectors.T
        scores[np.arange(len(scores)), np.arange(rows.start, rows.stop)] = _NONE
        _top(scores[:, own], k, own.start, found[0], rows)
        scores[:, own] = _NONE
        _top(scores, k, 0, found[1], rows)
        if progress:
            progress(rows.stop, size)
    return found[0], found[1]


def _blocks(groups: Ints) -> Iterator[tuple[slice, slice]]:
    """Yields pairs of slices: up to _BLOCK rows of a terminology, and all rows of the same terminology."""
    ends = [*np.flatnonzero(np.diff(groups)) + 1, len(groups)] if len(groups) else []
    first = 0
    for end in map(int, ends):
        for start in range(first, end, _BLOCK):
            yield slice(start, min(start + _BLOCK, end)), slice(first, end)
        first = end


def _top(scores: Floats, k: int, offset: int, into: Near, rows: slice) -> None:
    """Writes the `k` columns with the highest scores to `into`, for each row of `scores`.

    `rows` are the rows of `into`, and `offset` is added to each column. If scores are equal, the first column is used.
    """
    # At least k columns reach the k-th largest maximum of the parts of a row. So only few columns must be sorted.
    width = scores.shape[1] // _CHUNKS
    folded = scores[:, : width * _CHUNKS].reshape(len(scores), _CHUNKS, width).max(axis=1) if width > k else scores
    count = folded.shape[1]
    bound = np.partition(folded, count - k, axis=1)[:, count - k] if count > k else np.full(len(scores), -1.5)
    row, column = np.nonzero(scores >= np.maximum(bound, -1.5)[:, None])
    cosine = scores[row, column]
    order = np.lexsort((column, -cosine, row))
    row, column, cosine = row[order], column[order], cosine[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    keep = rank < k
    place = rows.start + row[keep], rank[keep]
    into.rows[place], into.cosines[place] = column[keep] + offset, cosine[keep]

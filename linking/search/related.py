"""linking: finds related records, of one or several kinds, by their concepts and their texts.

The similarity by concepts is the cosine of the weighted concepts of the two records. A record with a concept also has
the concepts up to three levels above that concept. Each level halves the weight. The equivalents of all these concepts
are added. Each weight is multiplied by the rarity of its concept: ln((1 + records) / records that have the concept).
The similarity by text is the cosine of the vectors of the two texts. The score is the mean of the two cosines, from 0
to 1. Without vectors, the score is the similarity by concepts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from graph.columns import Csr
from graph.kinds import Part
from graph.snapshot import Snapshot, roles
from linking.encoding import KeptVectors, Mask, Vectors

Numbers = npt.NDArray[np.int64]

LEVELS, FALL = 3, 0.5
LEAST = 0.2
"""Minimum score of two related records."""

SHOWN = 5
_TEXT = 300


class Shared(NamedTuple):
    """A concept that two records share. `concept` is the concept number.

    `share` is the part of the score that comes from the concept and its equivalents, 0 to 1. `level` is the number of
    levels from a concept of the first record up to this concept. `level` is 0 if the record has the concept itself.
    `other_level` is the same for the other record.
    """

    concept: int
    level: int
    other_level: int
    share: float


class Related(NamedTuple):
    """A related record, with its kind and number.

    `shared` has the concepts with the largest share. `text` is the cosine of the texts, or None.
    """

    kind: str
    number: int
    score: float
    shared: list[Shared]
    text: float | None


def texts(snapshot: Snapshot, kind: str) -> list[str]:
    """For each record, its title and the beginning of its body text."""
    records = snapshot.records[kind]
    more = next((name for name, part in records.kind.searched.items() if part == Part.BODY), "title")
    columns = (records.table[name].to_pylist() for name in ("title", more))
    return [f"{title or ''}. {(body or '')[:_TEXT]}".strip(". ") for title, body in zip(*columns, strict=True)]


def linked_model(snapshot: Snapshot) -> str | None:
    """The model of the last finished link job. None if no link job has finished."""
    jobs = [job for job in snapshot.tables["Job"].to_pylist() if job["kind"] == "link" and job["state"] == "done"]
    return str(orjson.loads(jobs[-1]["inputs"])[0]["file"]) if jobs else None


def related(
    snapshot: Snapshot, vectors: KeptVectors | None, kind: str, number: int, other_kinds: Sequence[str], first: int
) -> list[Related]:
    """Returns at most `first` records of `other_kinds` that are related to a record, best first.

    `kind` and `number` identify the record.
    """
    return _relations(snapshot, vectors).of(kind, number, other_kinds, first)


class Relations:
    """The concepts of all records of a snapshot with their weights. Records are numbered in order of kinds."""

    def __init__(self, snapshot: Snapshot, vectors: KeptVectors | None) -> None:
        self._kinds = list(snapshot.records)
        self._starts = np.cumsum([0, *(len(snapshot.records[kind].ids) for kind in self._kinds)])
        size = int(self._starts[-1])
        record, concept, weight, self._levels = _weighed(snapshot, self._kinds, self._starts)
        having = np.bincount(concept, minlength=len(snapshot.ids))
        weight *= np.log((1 + size) / having[concept])
        weight /= np.maximum(np.sqrt(np.bincount(record, weight**2, size)), 1e-9)[record]
        self._of_record = _rows(record, size, concept)
        order = np.argsort(concept, kind="stable")
        self._of_concept = _rows(concept, len(snapshot.ids), record[order])
        self._weights, self._by_concept = weight, weight[order]
        self._equivalents, self._stub = snapshot.equivalents, snapshot.stub
        self._texts, self._has = _texts(snapshot, self._kinds, vectors)

    def of(self, kind: str, number: int, other_kinds: Sequence[str], first: int) -> list[Related]:
        row = int(self._starts[self._kinds.index(kind)]) + number
        through, text = self._through_concepts(row), self._through_text(row)
        score = through if text is None else (through + np.where(self._has, np.maximum(text, 0), 0)) / 2
        wanted = np.zeros(len(score), bool)
        for other in other_kinds:
            place = self._kinds.index(other)
            wanted[self._starts[place] : self._starts[place + 1]] = True
        wanted[row] = False
        found = np.flatnonzero(wanted & (score >= LEAST))
        best = found[np.lexsort((found, -score[found]))][: max(first, 0)]
        return [self._related(row, int(other), float(score[other]), text) for other in best]

    def _related(self, row: int, other: int, score: float, text: Vectors | None) -> Related:
        place = int(np.searchsorted(self._starts, other, side="right")) - 1
        cosine = float(text[other]) if text is not None and self._has[other] else None
        number = other - int(self._starts[place])
        rounded = None if cosine is None else round(cosine, 3)
        # With vectors, the concepts make up half of the score.
        scale = score if text is None else 2 * score
        return Related(self._kinds[place], number, round(min(score, 1.0), 3), self._shared(row, other, scale), rounded)

    def _through_concepts(self, row: int) -> Vectors:
        concepts = self._of_record[row]
        start, end = self._of_concept.offsets[concepts], self._of_concept.offsets[concepts + 1]
        places = Csr(self._of_concept.offsets, np.arange(len(self._by_concept))).gather(concepts)
        weights = self._by_concept[places] * np.repeat(self._own(row), end - start)
        return np.bincount(self._of_concept.values[places], weights, int(self._starts[-1])).astype(np.float32)

    def _through_text(self, row: int) -> Vectors | None:
        return self._texts @ self._texts[row] if self._has[row] else None

    def _own(self, row: int) -> Vectors:
        return self._weights[self._rows_of(row)]

    def _rows_of(self, row: int) -> slice:
        return slice(int(self._of_record.offsets[row]), int(self._of_record.offsets[row + 1]))

    def _shared(self, row: int, other: int, scale: float) -> list[Shared]:
        """Returns the concepts that two records share, the largest share first.

        Of several equivalents, only the concept with the most mappings is returned. `scale` converts a product of
        weights to a share of the score.
        """
        both, mine, theirs = np.intersect1d(self._of_record[row], self._of_record[other], return_indices=True)
        counts = self._own(row)[mine] * self._own(other)[theirs]
        places = {concept: place for place, concept in enumerate(both.tolist())}
        levels = self._levels[self._rows_of(row)][mine], self._levels[self._rows_of(other)][theirs]
        seen, found = set[int](), list[Shared]()
        for concept in both[np.lexsort((both, -counts))].tolist():
            same = {concept, *self._equivalents[concept].tolist()}
            if not same & seen and len(found) < SHOWN:
                best = min(same & places.keys(), key=self._rank)
                same.update(self._equivalents[best].tolist())
                share = float(counts[[places[one] for one in same & places.keys() - seen]].sum()) / scale
                level, other_level = (int(some[places[best]]) for some in levels)
                found.append(Shared(best, level, other_level, round(min(share, 1.0), 3)))
            seen |= same
        return found

    def _rank(self, concept: int) -> tuple[bool, int, int]:
        return bool(self._stub[concept]), -len(self._equivalents[concept]), concept


@lru_cache(maxsize=2)
def _relations(snapshot: Snapshot, vectors: KeptVectors | None) -> Relations:
    return Relations(snapshot, vectors)


def _weighed(
    snapshot: Snapshot, kinds: Sequence[str], starts: Numbers
) -> tuple[Numbers, Numbers, Vectors, npt.NDArray[np.int8]]:
    """Returns the weighted concepts of records, as four columns: record, concept, weight and level.

    The rows are sorted by record and concept. If a pair of record and concept occurs several times, only the highest
    weight is returned.
    """
    about = [(start, *_present(snapshot, kind)) for kind, start in zip(kinds, starts.tolist(), strict=False)]
    record = np.concatenate([np.zeros(0, np.int64), *(start + rows for start, rows, _ in about)])
    concept = np.concatenate([np.zeros(0, np.int64), *(concepts for _, _, concepts in about)])
    parts = list(_spread(snapshot, record, concept))
    keys, weights = (np.concatenate(columns) for columns in zip(*(part[:2] for part in parts), strict=True))
    levels = np.repeat(np.array([part[2] for part in parts], np.int8), [len(part[0]) for part in parts])
    order = np.lexsort((-weights, keys))
    keys, first = np.unique(keys[order], return_index=True)
    row, number = np.divmod(keys, max(len(snapshot.ids), 1))
    return row, number, weights[order][first], levels[order][first]


def _present(snapshot: Snapshot, kind: str) -> tuple[Numbers, Numbers]:
    """Returns the record and the concept of each annotation that states the concept as present."""
    annotations = snapshot.records[kind].abouts
    annotations = annotations.filter(roles.present(annotations))
    return annotations["source"].to_numpy().astype(np.int64), annotations["target"].to_numpy().astype(np.int64)


def _spread(snapshot: Snapshot, record: Numbers, concept: Numbers) -> Iterator[tuple[Numbers, Vectors, int]]:
    """For each level, yields keys (record * size + concept), weights and the level.

    Level 0 has the given concepts, and each higher level has the parents of the concepts one level lower.

    A concept shares its weight with its equivalents. So a concept with many mappings has no more weight than a concept
    without mappings.
    """
    parents, equivalents, size = snapshot.hierarchy.parents, snapshot.equivalents, len(snapshot.ids)
    for level in range(LEVELS + 1):
        if level:
            record, concept = np.repeat(record, parents.sizes()[concept]), parents.gather(concept).astype(np.int64)
        record, concept = np.divmod(np.unique(record * size + concept), size)
        count = equivalents.sizes()[concept]
        weight = (FALL**level / np.sqrt(1 + count)).astype(np.float32)
        yield record * size + concept, weight, level
        yield np.repeat(record, count) * size + equivalents.gather(concept), np.repeat(weight, count), level


def _texts(snapshot: Snapshot, kinds: Sequence[str], kept: KeptVectors | None) -> tuple[Vectors, Mask]:
    """Returns the vector of the text of each record, and a mask of the records whose text has a vector."""
    every = [text for kind in kinds for text in texts(snapshot, kind)]
    if kept is None:
        return np.zeros((len(every), 1), np.float32), np.zeros(len(every), bool)
    return kept.of(every)


def _rows(row: Numbers, size: int, values: Numbers) -> Csr:
    """Returns a Csr with `size` rows. `row` has the row of each value, and must be sorted."""
    sizes = np.bincount(row, minlength=size)
    return Csr(np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)]), values)

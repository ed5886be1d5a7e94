"""graph: the vectors of one snapshot's names; what a text means, as far as an encoder knows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.csr import Ints
from graph.meaning.encoder import Progress, Vectors
from graph.meaning.index import Mask
from graph.meaning.vectors import VectorCache
from graph.site_names import LOCAL
from graph.snapshot import Snapshot

SEMANTIC_KINDS = ("label", "exact", "abbreviation", LOCAL, "narrow", "related")


class Meaning:
    """Finds normal forms by their meaning. Forms are numbered as in `snapshot.names.forms`."""

    def __init__(
        self, snapshot: Snapshot, cache: VectorCache, progress: Progress | None = None, only: Mask | None = None
    ) -> None:
        """Encodes what the cache lacks of the names of live concepts; `only` those of some concepts."""
        self.snapshot, self._cache = snapshot, cache
        forms = snapshot.names.forms
        self.forms = _wanted(snapshot, only)
        rows = cache.rows(forms.texts.take(pa.array(self.forms)).to_pylist(), progress)
        self._index = cache.index
        self._row = np.full(len(forms.texts), -1, np.int32)
        self._row[self.forms] = rows
        self._form = np.full(len(self._index), -1, np.int32)
        self._form[rows] = self.forms

    @property
    def model(self) -> str:
        return self._cache.encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that somebody asks about; they are not kept."""
        return self._cache.encoder.encode(texts)

    def kept(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Vectors of texts that belong to the store; they are kept."""
        return self._cache.of(texts, progress)

    def nearest(self, vectors: Vectors, k: int, keep: Mask | None = None) -> tuple[Ints, Vectors]:
        """The k forms that are likest to each vector, and their cosines; -1 and 0 where there are fewer.

        `keep` says of every form whether it may be found.
        """
        there = self._form >= 0
        if keep is not None:
            there &= keep[self._form]
        rows, scores = self._index.search(vectors, k, there)
        return np.where(rows < 0, -1, self._form[rows]), scores

    def cosines(self, vector: Vectors, forms: Ints) -> Vectors:
        """Of one vector with these forms; 0 with one that has none."""
        return np.where(self._row[forms] < 0, np.float32(0), self.of(forms) @ vector)

    def of(self, forms: Ints) -> Vectors:
        """The vectors of these forms; any other's for one that has none."""
        return self._index.vectors(np.maximum(self._row[forms], 0).astype(np.int64))

    def has(self, forms: Ints) -> Mask:
        return np.asarray(self._row[forms] >= 0)


def _wanted(snapshot: Snapshot, only: Mask | None) -> Ints:
    """The forms that are a name of a live concept whose terminology is loaded."""
    concepts, table = snapshot.concepts, snapshot.names.table
    live = ~np.asarray(pc.or_(concepts["deprecated"].fill_null(False), concepts["stub"].fill_null(True)))
    if only is not None:
        live &= only
    keep = live[table["concept"].to_numpy()] & np.asarray(pc.is_in(table["kind"], pa.array(SEMANTIC_KINDS)))
    forms = snapshot.names.forms.names
    wanted = np.zeros(len(forms.offsets) - 1, bool)
    wanted[np.repeat(np.arange(len(wanted)), forms.sizes())[keep[forms.values]]] = True
    return np.flatnonzero(wanted).astype(np.int32)

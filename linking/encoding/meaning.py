"""linking: finds the names of a snapshot that are nearest to a text, by their vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from graph.columns import Ints
from graph.snapshot import Snapshot
from linking.encoding.encoder import Progress, Vectors
from linking.encoding.index import Mask
from linking.encoding.turns import names_in_turn, wanted
from linking.encoding.vectors import VectorCache


class Meaning:
    """Finds the normal forms of names by their vectors. Forms are numbered as in `snapshot.names.forms`."""

    def __init__(
        self,
        snapshot: Snapshot,
        cache: VectorCache,
        progress: Progress | None = None,
        only: Mask | None = None,
        encodes: bool = True,
    ) -> None:
        """Encodes the names of live concepts, except the names that have a vector already.

        Names of concepts in use come first (see `names_in_turn`). If `only` is given, only the names of the concepts
        that are True in `only` are encoded. If `encodes` is false, nothing is encoded, and a name without a vector is
        found by words alone.
        """
        self.snapshot, self._cache = snapshot, cache
        forms = snapshot.names.forms
        self.forms = wanted(snapshot, only)
        if encodes:
            cache.fill(names_in_turn(snapshot, self.forms), progress)
        rows = cache.known(forms.texts.take(pa.array(self.forms)).to_pylist())
        self._index = cache.index
        self._row = np.full(len(forms.texts), -1, np.int32)
        self._row[self.forms] = rows
        self._form = np.full(len(self._index), -1, np.int32)
        self._form[rows[rows >= 0]] = self.forms[rows >= 0]
        self.encoded = int((rows >= 0).sum())

    @property
    def whole(self) -> bool:
        """True if every name in `forms` has a vector."""
        return self.encoded == len(self.forms)

    @property
    def model(self) -> str:
        return self._cache.encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Returns the vectors of `texts`, such as queries, without storing the vectors."""
        return self._cache.encoder.encode(texts)

    def kept(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """Returns the vectors of `texts`, which are texts of the store. New vectors are stored in the cache."""
        return self._cache.of(texts, progress)

    def nearest(self, vectors: Vectors, k: int, keep: Mask | None = None) -> tuple[Ints, Vectors]:
        """The `k` forms nearest to each vector, and their cosines. A missing result has form -1 and cosine 0.

        `keep` is True for each form that may be found.
        """
        allowed = self._form >= 0
        if keep is not None:
            allowed &= keep[self._form]
        rows, scores = self._index.search(vectors, k, allowed)
        return np.where(rows < 0, -1, self._form[rows]), scores

    def cosines(self, vector: Vectors, forms: Ints, instead: Vectors | float = 0) -> Vectors:
        """Returns the cosines of a vector with these forms. For a form without a vector, the value is `instead`."""
        return np.where(self._row[forms] < 0, np.float32(instead), self.of(forms) @ vector)

    def of(self, forms: Ints) -> Vectors:
        """The vectors of these forms. For a form without a vector, the result is an arbitrary vector."""
        return self._index.vectors(np.maximum(self._row[forms], 0).astype(np.int64))

    def has(self, forms: Ints) -> Mask:
        return np.asarray(self._row[forms] >= 0)

"""linking: finds the records nearest to a text, by the vectors that the last `link` job stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from graph.columns import Ints
from graph.snapshot import Snapshot
from linking.encoding import KeptVectors, Mask, Numbers, Vectors
from linking.search.related import texts


class RecordVectors:
    """The vectors of records. Records are numbered as in graph/snapshot/record_index.py.

    A record that was ingested after the last `link` job has no vector.
    """

    def __init__(self, snapshot: Snapshot, kept: KeptVectors, encode: Callable[[Sequence[str]], Vectors]) -> None:
        self._kept, self._encode = kept, encode
        self._rows = kept.rows([text for kind in snapshot.records for text in texts(snapshot, kind)])

    def encode(self, text: str) -> Vectors:
        """The vector of a query. The vector is not stored."""
        return np.asarray(self._encode([text])[0], np.float32)

    def nearest(self, vector: Vectors, k: int, keep: Mask) -> tuple[Ints, Vectors]:
        """Returns the records of the k texts nearest to a vector, sorted by record number, and their cosines.

        `keep` is True for each record that may be found.
        """
        rows, cosines = self._kept.nearest(vector, k, self._rows[(self._rows >= 0) & keep])
        near = np.zeros(int(self._rows.max(initial=0)) + 1, np.float32)
        near[rows] = cosines
        records = np.flatnonzero(np.isin(self._rows, rows) & keep).astype(np.int32)
        return records, near[self._rows[records]]

    def cosines(self, vector: Vectors, records: Numbers | Ints) -> Vectors:
        """Returns the cosines of a vector with the vectors of these records; 0 for a record without a vector."""
        return self._kept.cosines(vector, self._rows[records])

"""graph: medicines that a resource of their own tells of: an event on such a one is an event on each of its codes.

The two may be read in either order, and the codes may change later, so they are joined when a snapshot is made.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr
from graph.store import Scanned, places, rows_of

# No identifier of a terminology holds a blank (ontologies.curies), so that none is ever taken for a medicine.
_START = "Medication "
Ints = npt.NDArray[np.int32]


def medicine(record: str) -> str:
    """The id of the concept that stands for a Medication, of the pseudonym of that resource."""
    return _START + record


def are_medicines(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.starts_with(ids, _START)


class Medicines:
    """The codes of all medicines; `ids` are those of the concepts that are numbered."""

    def __init__(self, store: Scanned, ids: pa.ChunkedArray) -> None:
        said = rows_of(store, "STANDS_FOR", ["source", "target"])
        self._ids = pc.unique(said["source"])
        self._codes = Csr.of_pairs(len(self._ids), places(said["source"], self._ids), places(said["target"], ids))

    def coded(self, targets: pa.ChunkedArray, concepts: Ints) -> tuple[Ints, Ints] | None:
        """Of events on `targets`, numbered where these are concepts: which of them, and on which concept.

        One on a medicine is there once for each code; None where all are on concepts.
        """
        others = np.flatnonzero(concepts < 0)
        if not len(others):
            return None
        own = places(targets.take(pa.array(others)), self._ids)
        known = own[own >= 0]
        times = np.ones(len(concepts), np.int64)
        times[others] = 0
        times[others[own >= 0]] = self._codes.sizes()[known]
        which, each = (np.repeat(some, times) for some in (np.arange(len(concepts), dtype=np.int32), concepts))
        each[each < 0] = self._codes.gather(known)
        return which, each

"""graph: medicines that are separate resources. An event with such a medicine counts as an event on each code of the
medicine.

Events and medicines may be read in any order, and the codes may change. So events and codes are joined only when a
snapshot is built.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr
from graph.store import Scanned, places, rows_of

# The identifier of a concept never contains a space (ontologies.curies), so it cannot begin with this text.
_START = "Medication "
Ints = npt.NDArray[np.int32]


def medicine(record: str) -> str:
    """Returns the id of the concept that stands for a Medication resource, from the pseudonym of the resource."""
    return _START + record


def are_medicines(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.starts_with(ids, _START)


class Medicines:
    """The codes of all medicines. `ids` are the sorted ids of concepts."""

    def __init__(self, store: Scanned, ids: pa.ChunkedArray) -> None:
        rows = rows_of(store, "STANDS_FOR", ["source", "target"])
        self._ids = pc.unique(rows["source"])
        self._codes = Csr.of_pairs(len(self._ids), places(rows["source"], self._ids), places(rows["target"], ids))

    def coded(self, targets: pa.ChunkedArray, concepts: Ints) -> tuple[Ints, Ints] | None:
        """Returns pairs of an event and a concept. `concepts` has the concept number of each target; -1 if the target
        is not a concept.

        An event with a medicine is repeated for each code. If all targets are concepts, nothing changes, and the
        result is None.
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

"""graph: finds the codes and identifiers of medicines and devices that are separate resources of FHIR.

An event with such a medicine counts as an event on each code of the medicine. If the event has no lot or model, it gets
the lot or model of the medicine.

Events and medicines may be read in any order, and the codes may change. So events and codes are joined only when a
snapshot is built.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr
from graph.snapshot.keys import hashes
from graph.store import Scanned, places, rows_of

# The identifier of a concept never contains a space (ontologies.curies), so it cannot begin with this text.
_START = "Medication "
Ints = npt.NDArray[np.int32]


def medicine(record: str) -> str:
    """Returns the id of the concept that stands for a Medication resource, from the pseudonym of the resource."""
    return _START + record


def are_medicines(ids: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    return pc.starts_with(ids, _START)


class Uses:
    """The patients with events of each medicine, as pairs of a key of the medicine and the number of the patient."""

    def __init__(self) -> None:
        self._keys, self._patients = [np.empty(0, np.uint64)], [np.empty(0, np.int32)]

    def add(self, medicines: pa.ChunkedArray, patients: Ints) -> None:
        """Adds a pair for each event. `medicines` are ids of medicines."""
        distinct = pc.unique(medicines)
        self._keys.append(hashes(distinct, b"medicine")[np.asarray(pc.index_in(medicines, distinct), np.int64)])
        self._patients.append(patients)

    def pairs(self) -> tuple[npt.NDArray[np.uint64], Ints]:
        """The distinct pairs, sorted."""
        keys, patients = np.concatenate(self._keys), np.concatenate(self._patients)
        order = np.lexsort((patients, keys))
        keys, patients = keys[order], patients[order]
        new = np.append(True, (keys[1:] != keys[:-1]) | (patients[1:] != patients[:-1]))[: len(keys)]
        return keys[new], patients[new]


class Medicines:
    """The codes and identifiers of all medicines. `ids` are the sorted ids of concepts."""

    def __init__(self, store: Scanned, ids: pa.ChunkedArray) -> None:
        order = [("source", "ascending"), ("target", "ascending")]
        rows = rows_of(store, "STANDS_FOR", ["source", "target", "identifier"]).sort_by(order)
        self._rows, self._ids = rows, pc.unique(rows["source"])
        self._codes = Csr.of_pairs(len(self._ids), places(rows["source"], self._ids), places(rows["target"], ids))

    def keys(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        """The key of each medicine, and a hash of its codes and identifier, sorted by key."""
        codes: dict[str, str] = {}
        for source, *stated in zip(*(column.to_pylist() for column in self._rows.columns), strict=True):
            codes[source] = f"{codes.get(source, '')}\n{stated}"
        medicines, coded = pa.array([*codes], pa.string()), pa.array([*codes.values()], pa.string())
        keys, digests = hashes(medicines, b"medicine"), hashes(coded, b"codes")
        order = np.argsort(keys)
        return keys[order], digests[order]

    def identifiers(self, targets: pa.ChunkedArray) -> pa.ChunkedArray:
        """The identifier of the medicine with each id in `targets`; null if there is no such medicine or identifier."""
        return self._rows["identifier"].take(pc.index_in(targets, self._rows["source"]))

    def coded(self, targets: pa.ChunkedArray, concepts: Ints) -> tuple[Ints, Ints] | None:
        """Returns pairs of an event and a concept. `targets` has the target of each event: a concept or a medicine.
        `concepts` has the concept number of each target; -1 if the target is not a concept.

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

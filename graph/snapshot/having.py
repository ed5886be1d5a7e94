"""graph: saves the patients of each concept, from the index of events."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from graph.columns import Csr
from graph.events import COUNTS, KINDS, UNSURE, Index, Part
from graph.kinds import NOT_OWN


def save_having(index: Index, concepts: int, folder: Path) -> None:
    """Saves, for each concept, the patients with an event that counts, and the patients with an uncertain event.

    graph/snapshot/standing.py decides which events count.
    """
    for name, standing in (("patient_by_concept", COUNTS), ("patient_unsure", UNSURE)):
        _joined([_having(part, standing, concepts) for part in index.parts], concepts).save(folder, name)


def _having(part: Part, standing: int, concepts: int) -> Csr:
    """For each concept, the patients of a part with an event that has the given standing.

    The events of a part are sorted by concept and patient, so equal pairs are neighbours.
    """
    own = np.array([kind not in NOT_OWN for kind in KINDS])
    rows = np.flatnonzero((part.whole("standing") == standing) & own[part.whole("kind")])
    concept = np.repeat(np.arange(concepts, dtype=np.int32), np.diff(part.offsets))[rows]
    patient = part.whole("patient")[rows]
    first = np.append(True, (concept[1:] != concept[:-1]) | (patient[1:] != patient[:-1]))[: len(rows)]
    sizes = np.bincount(concept[first], minlength=concepts)
    return Csr(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), patient[first] + np.int32(part.first))


def _joined(parts: Sequence[Csr], concepts: int) -> Csr:
    """The rows of all parts. The patients of a part have higher numbers than the patients of earlier parts."""
    if len(parts) == 1:
        return parts[0]
    sizes = np.array([part.sizes() for part in parts]).sum(axis=0)
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    values, start = np.empty(int(offsets[-1]), np.int32), offsets[:-1].copy()
    for part in parts:
        values[np.arange(len(part.values)) + np.repeat(start - part.offsets[:-1], part.sizes())] = part.values
        start += part.sizes()
    return Csr(offsets, values)

"""graph: codes that are here only because records of patients have them: to know of them is to know of patients.

They are stubs in no hierarchy, relation, mapping or public record, which no concept is replaced by, and of which no
release or mapping told anything.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.columns import load_table
from graph.hierarchy import Hierarchy
from graph.snapshot.records import Records
from graph.store import places


def save_private(concepts: pa.Table, tree: Hierarchy, records: Iterable[Records], folder: Path) -> None:
    """Saves their numbers beside the other parts of a snapshot, which are saved already; `records` are of all kinds."""
    known = ~np.asarray(concepts["stub"].fill_null(True))
    for name in ("release", "job"):
        known |= np.asarray(concepts[name].is_valid())
    for low, high in (tree.pairs(), _ends(folder, "mapping"), _ends(folder, "relation")):
        known[low] = known[high] = True
    for some in records:
        known[some.abouts["target"].to_numpy()] = True
    replacing = places(concepts["replaced_by"].drop_null(), concepts["id"])
    known[replacing[replacing >= 0]] = True
    np.save(folder / "private.npy", np.flatnonzero(~known).astype(np.int32))


def _ends(folder: Path, table: str) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    rows = load_table(folder, table)
    return rows["source"].to_numpy(), rows["target"].to_numpy()

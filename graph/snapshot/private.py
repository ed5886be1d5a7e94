"""graph: finds private codes, which exist only because records of patients have these codes.

Showing a private code would disclose something about patients. Private codes are stubs without a release or mapping.
They occur in no hierarchy, relation or public record, and replace no concept.
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
    """Saves the private codes.

    The rest of the snapshot must already be saved. `records` are the records of all kinds.
    """
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

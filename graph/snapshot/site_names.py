"""graph: saves the site names of a snapshot, each with its count: how often the site uses the name.

If a concept is obsolete, its site names move to its replacement. Site names are not evidence that concepts mean the
same.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import save_table
from graph.store import CountedStore, places

LOCAL = "local"
"""The kind of a site name."""
_STEPS = 4
"""Chains of up to 2 ** _STEPS replacements are followed."""


def name_counts(names: pa.Table, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Returns how often the site uses each name. `rows` has the row numbers of the names in `names`.

    The result is 0 for a name of a terminology, and for a negative row (no name).
    """
    counts, own = np.zeros(len(rows), np.int64), rows >= 0
    counts[own] = names["count"].take(pa.array(rows[own])).to_numpy()
    return counts


def moved(rows: pa.Table, concepts: pa.Table) -> pa.Table:
    """Moves the site names of obsolete concepts to the replacements. `rows` has all names of the concepts."""
    local = np.asarray(pc.equal(rows["kind"], LOCAL).fill_null(False))
    if not local.any():
        return rows
    concept = rows["concept"].to_numpy()
    current = np.where(local, _replacements(concepts)[concept], concept).astype(np.int32)
    return rows.set_column(rows.column_names.index("concept"), "concept", pa.array(current))


def _replacements(concepts: pa.Table) -> np.ndarray:
    """For each concept, its replacement if the concept is obsolete, else the concept itself."""
    replaced = pc.and_(concepts["deprecated"].fill_null(False), concepts["replaced_by"].is_valid())
    obsolete, current = np.flatnonzero(np.asarray(replaced)), np.arange(concepts.num_rows)
    target = places(concepts["replaced_by"].take(pa.array(obsolete)), concepts["id"])
    current[obsolete] = np.where(target < 0, obsolete, target)
    for _ in range(_STEPS):
        current = current[current]
    return current


def save_site_names(store: CountedStore, rows: pa.Table, folder: Path) -> None:
    """Saves the site names, each with its release. `rows` has the ids of the Label nodes of the names."""
    own = rows.filter(pc.equal(rows["kind"], LOCAL)).select(["id", "concept", "text", "language", "count"])
    of = store.nodes("Label", own["id"].combine_chunks(), ["release"])
    own = own.join(of, "id").drop_columns(["id"])
    order = [(name, "ascending") for name in ("release", "text", "language", "concept", "count")]
    save_table(own.select(["concept", "text", "language", "count", "release"]).sort_by(order), folder, "site_name")

"""graph: the names that a site gives concepts itself, in a snapshot: what people say, and how often they meant it.

They follow what replaces an obsolete concept. They are no evidence that two concepts mean the same.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import save_table
from graph.store import Still, places

LOCAL = "local"
"""The kind of these names."""
_STEPS = 4
"""Each doubles how many replacements, one after the other, are followed."""


def said(names: pa.Table, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """How often a concept was meant by each of these names; 0 for a terminology's, and for what is no name, below 0."""
    counts, own = np.zeros(len(rows), np.int64), rows >= 0
    counts[own] = names["count"].take(pa.array(rows[own])).to_numpy()
    return counts


def moved(rows: pa.Table, concepts: pa.Table) -> pa.Table:
    """The names, those of the site with what replaces their concept."""
    local = np.asarray(pc.equal(rows["kind"], LOCAL).fill_null(False))
    if not local.any():
        return rows
    concept = rows["concept"].to_numpy()
    living = np.where(local, _living(concepts)[concept], concept).astype(np.int32)
    return rows.set_column(rows.column_names.index("concept"), "concept", pa.array(living))


def _living(concepts: pa.Table) -> np.ndarray:
    """For each concept the one that replaces it where it is obsolete, else itself."""
    gone = pc.and_(concepts["deprecated"].fill_null(False), concepts["replaced_by"].is_valid())
    obsolete, living = np.flatnonzero(np.asarray(gone)), np.arange(concepts.num_rows)
    target = places(concepts["replaced_by"].take(pa.array(obsolete)), concepts["id"])
    living[obsolete] = np.where(target < 0, obsolete, target)
    for _ in range(_STEPS):
        living = living[living]
    return living


def save_site_names(store: Still, rows: pa.Table, folder: Path) -> None:
    """Saves the site's own of the names with the release that states each; `rows` have the ids of labels."""
    own = rows.filter(pc.equal(rows["kind"], LOCAL)).select(["id", "concept", "text", "language", "count"])
    of = store.nodes("Label", own["id"].combine_chunks(), ["release"])
    own = own.join(of, "id").drop_columns(["id"])
    order = [(name, "ascending") for name in ("release", "text", "language", "concept", "count")]
    save_table(own.select(["concept", "text", "language", "count", "release"]).sort_by(order), folder, "site_name")

"""graph: what accepted mappings say is the same as a concept, pair by pair; groups of one meaning go further."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graph.columns import Csr
from graph.groups import SAME, accepted


def equivalents(mappings: pa.Table, size: int) -> Csr:
    """For each of so many concepts the other ends of its accepted mappings that say the same."""
    said = accepted(mappings, SAME)
    ends = np.stack([said["source"].to_numpy(), said["target"].to_numpy()])
    one, other = np.concatenate([ends, ends[::-1]], axis=1)
    return Csr.of_pairs(size, one[one != other], other[one != other])

"""graph: finds the equivalents of each concept. Equivalents come only from accepted exact mappings.

The groups of concepts with the same meaning use more evidence.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from graph.columns import Csr
from graph.groups import SAME, accepted


def equivalents(mappings: pa.Table, size: int) -> Csr:
    """Returns, for each of `size` concepts, the other concepts to which it has an accepted exact mapping."""
    exact = accepted(mappings, SAME)
    ends = np.stack([exact["source"].to_numpy(), exact["target"].to_numpy()])
    one, other = np.concatenate([ends, ends[::-1]], axis=1)
    return Csr.of_pairs(size, one[one != other], other[one != other])

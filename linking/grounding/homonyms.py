"""linking: chooses between the meanings of a name, by how many terminologies use the name with each meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from graph.hierarchy import ILLNESSES, KINDS
from graph.snapshot import LOCAL
from linking.grounding.topics import Name

_RARE = 0.4
"""If the weight of a meaning is less than this share of the highest weight, the meaning is left out: `Anemia` is also a
fern.
"""
_OF_KIND = {"label": 1.0, "narrow": 0.4, "related": 0.4}
_SYNONYM = 0.7
# Names of genera, symbols of genes and names in catalogues of tests usually mean something else in a text.
_SELDOM = np.where(np.isin(KINDS, ("organism", "gene", "test")), 0.35, 1.0)

_SORT = ["illness" if ILLNESSES >> place & 1 else kind for place, kind in enumerate(KINDS)]


def meant(names: Sequence[Name], kinds: npt.NDArray[np.int8]) -> list[Name]:
    """Of several names with the same words, returns those that do not have a rare meaning.

    Site names are always kept. A meaning is also kept if it is of the same sort as the most frequent meaning, such as a
    disease and a phenotype with the same name. `kinds` are the kinds of all concepts, as in `Meanings`.
    """
    if len({name.meaning for name in names}) < 2:
        return list(names)
    weights: dict[int, dict[str, float]] = defaultdict(dict)
    for name in names:
        own = _OF_KIND.get(name.kind, _SYNONYM) * float(_SELDOM[kinds[name.meaning]])
        weights[name.meaning][name.ontology] = max(own, weights[name.meaning].get(name.ontology, 0.0))
    sums = {meaning: sum(each.values()) for meaning, each in weights.items()}
    least = _RARE * max(sums.values())
    sort = _SORT[kinds[max(sums, key=lambda meaning: sums[meaning])]]
    alike = {meaning for meaning, own in sums.items() if own >= least or _SORT[kinds[meaning]] == sort}
    kept = [name for name in names if name.meaning in alike or name.kind == LOCAL]
    return sorted(kept, key=lambda name: -sums[name.meaning])

"""linking: chooses between the meanings of a name, by the number of terminologies that use the name in each meaning."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from graph.hierarchy import ILLNESSES, KINDS
from graph.snapshot import LOCAL
from linking.grounding.topics import Name

_RARE = 0.4
"""Minimum weight of a meaning, as a share of the highest weight. `Anemia` is rarely the name of a fern."""
_OF_KIND = {"label": 1.0, "narrow": 0.4, "related": 0.4}
_SYNONYM = 0.7
# Names of genera, symbols of genes and names in catalogues of tests usually mean something else in a text.
_SELDOM = np.where(np.isin(KINDS, ("organism", "gene", "test")), 0.35, 1.0)

_SORT = ["illness" if ILLNESSES >> place & 1 else kind for place, kind in enumerate(KINDS)]


def meant(names: Sequence[Name], kinds: npt.NDArray[np.int8]) -> list[Name]:
    """Leaves out names with a rare meaning. `names` are names with the same words.

    Site names are never left out. A meaning of the same sort (see `_SORT`) as the most frequent meaning is not left out
    either: a disease and a phenotype may have the same name. `kinds` are the kinds of all concepts, as in `Meanings`.
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

"""graph: reads pairs of concepts: pairs with the same meaning, or pairs of a narrower and a broader concept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow.compute as pc

from graph.columns import Csr, load_table
from graph.hierarchy.hierarchy import Level


class Pair(NamedTuple):
    """A pair of concepts, as seen from one of them. `other` is the other concept. `row` is the row in `Pairs.table`.

    `first` is true if the pair is seen from the first (narrower) concept.
    """

    other: int
    first: bool
    probability: float
    level: Level
    row: int

    def turned(self, here: int) -> Pair:
        """The same pair, as seen from the other concept. `here` is the concept from which this pair is seen."""
        return self._replace(other=here, first=not self.first)


class Pairs:
    """The pairs in a table. `table` has the columns `one`, `other`, `probability`, `level` and `evidence`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.table, self._of = load_table(folder, name), Csr.load(folder, f"{name}_of")
        self._one, self._other, self._chance = (self.table[part].to_numpy() for part in ("one", "other", "probability"))

    def around(self, here: int, level: Level = Level.LIKELY) -> Iterator[Pair]:
        """Yields the pairs of the concept `here`. At the level CERTAIN, computed pairs are left out."""
        for row in self._of[here].tolist():
            own = Level.LIKELY if self._computed[row] else Level.CERTAIN
            if own is Level.CERTAIN or level is Level.LIKELY:
                one, other = int(self._one[row]), int(self._other[row])
                yield Pair(one + other - here, one == here, float(self._chance[row]), own, row)

    def evidence(self, pair: Pair) -> str:
        """The evidence for a pair, as JSON."""
        found: str = self.table["evidence"][pair.row].as_py()
        return found

    @cached_property
    def _computed(self) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.not_equal(self.table["level"], Level.CERTAIN.value))

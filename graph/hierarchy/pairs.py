"""graph: pairs of concepts with the same meaning, or of a narrower and a broader concept, read from either end."""

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
    """A row of the table, seen from one end of the pair.

    `first` is true if that end is the first (narrower) concept.
    """

    other: int
    first: bool
    probability: float
    level: Level
    row: int

    def turned(self, here: int) -> Pair:
        """The same pair, seen from its other end. `here` is the end from which it is seen now."""
        return self._replace(other=here, first=not self.first)


class Pairs:
    """A table of pairs. `table` has the columns `one`, `other`, `probability`, `level` and `evidence`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.table, self._of = load_table(folder, name), Csr.load(folder, f"{name}_of")
        self._one, self._other, self._chance = (self.table[part].to_numpy() for part in ("one", "other", "probability"))

    def around(self, here: int, level: Level = Level.LIKELY) -> Iterator[Pair]:
        """Yields the pairs of a concept that are used at a level."""
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

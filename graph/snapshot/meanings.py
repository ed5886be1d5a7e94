"""graph: reads the kind, the preferred concept and the use of each concept."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Ints, load_array
from graph.hierarchy import ILLNESSES, masks
from graph.lexical import ABBREVIATION, Names

Mask = npt.NDArray[np.bool_]


class Meanings:
    """The kind, the preferred concept and the use of each concept.

    kinds      the index in KINDS of the kind of each concept
    preferred  the preferred concept of the group of each concept
    use        the number of public records about the reach of each concept
    """

    def __init__(self, folder: Path, concepts: pa.Table, names: Names) -> None:
        self._concepts, self._names = concepts, names
        self.kinds, self.preferred = load_array(folder / "kind.npy"), load_array(folder / "preferred.npy")
        self.use = load_array(folder / "use.npy")

    @cached_property
    def obsolete(self) -> Mask:
        """True for each concept if all labelled concepts of its group are obsolete."""
        deprecated = np.asarray(self._concepts["deprecated"].fill_null(False))
        return np.asarray(deprecated[self.preferred])

    @cached_property
    def illness(self) -> Mask:
        """True for each disease, phenotype or finding."""
        return np.asarray((masks(self.kinds) & ILLNESSES) > 0)

    @cached_property
    def abbreviated(self) -> Mask:
        """True for each concept that has an abbreviation among the names of its group."""
        table = self._names.table
        short = pc.match_substring_regex(table["text"], f"^{ABBREVIATION.pattern}$")
        own = np.zeros(len(self.preferred), bool)
        own[table["concept"].to_numpy()[np.asarray(short)]] = True
        return self.having(own)

    def shown(self, keep: Mask | None) -> Ints:
        """For each concept, the concept that is shown for its group; -1 if the group has no labelled concept of
        `keep`.
        """
        if keep is None:
            return self._shown
        wanted = np.flatnonzero(keep & self.labelled)
        found = np.full(len(self.preferred), -1, np.int32)
        # Concepts are written in reverse, so the lowest number remains. At the end, a preferred concept replaces the
        # number.
        found[self.preferred[wanted[::-1]]] = wanted[::-1]
        kept = wanted[self.preferred[wanted] == wanted]
        found[kept] = kept
        return np.asarray(found[self.preferred], np.int32)

    def having(self, keep: Mask) -> Mask:
        """True for each concept that has a concept of `keep` in its group."""
        found = np.zeros(len(self.preferred), bool)
        found[self.preferred[keep]] = True
        return np.asarray(found[self.preferred])

    @cached_property
    def _shown(self) -> Ints:
        return np.where(self.labelled[self.preferred], self.preferred, -1).astype(np.int32)

    @cached_property
    def labelled(self) -> Mask:
        return np.asarray(pc.not_equal(self._concepts["label"].fill_null(""), ""))

"""graph: what is known of the meaning of each concept: its kind, which concept is shown for it, and its use."""

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
    """For each concept: `kinds` has the place of its kind in KINDS, `preferred` the concept that its group prefers,
    `use` how many public records are about anything it stands for.
    """

    def __init__(self, folder: Path, concepts: pa.Table, names: Names) -> None:
        self._concepts, self._names = concepts, names
        self.kinds, self.preferred = load_array(folder / "kind.npy"), load_array(folder / "preferred.npy")
        self.use = load_array(folder / "use.npy")

    @cached_property
    def gone(self) -> Mask:
        """For each concept whether all of its meaning that have a label are deprecated."""
        deprecated = np.asarray(self._concepts["deprecated"].fill_null(False))
        return np.asarray(deprecated[self.preferred])

    @cached_property
    def illness(self) -> Mask:
        """For each concept whether it is a disease, a phenotype or a finding."""
        return np.asarray((masks(self.kinds) & ILLNESSES) > 0)

    @cached_property
    def abbreviated(self) -> Mask:
        """For each concept whether its meaning has an abbreviation for a name."""
        table = self._names.table
        short = pc.match_substring_regex(table["text"], f"^{ABBREVIATION.pattern}$")
        own = np.zeros(len(self.preferred), bool)
        own[table["concept"].to_numpy()[np.asarray(short)]] = True
        return self.having(own)

    def shown(self, keep: Mask | None) -> Ints:
        """For each concept the one that is shown for its meaning; -1 where none of it in `keep` has a label."""
        if keep is None:
            return self._shown
        wanted = np.flatnonzero(keep & self.labelled)
        found = np.full(len(self.preferred), -1, np.int32)
        # Written from the last to the first, so that the lowest stays; the preferred one is written at the end.
        found[self.preferred[wanted[::-1]]] = wanted[::-1]
        kept = wanted[self.preferred[wanted] == wanted]
        found[kept] = kept
        return np.asarray(found[self.preferred], np.int32)

    def having(self, keep: Mask) -> Mask:
        """For each concept whether any of its meaning is in `keep`."""
        found = np.zeros(len(self.preferred), bool)
        found[self.preferred[keep]] = True
        return np.asarray(found[self.preferred])

    @cached_property
    def _shown(self) -> Ints:
        return np.where(self.labelled[self.preferred], self.preferred, -1).astype(np.int32)

    @cached_property
    def labelled(self) -> Mask:
        return np.asarray(pc.not_equal(self._concepts["label"].fill_null(""), ""))

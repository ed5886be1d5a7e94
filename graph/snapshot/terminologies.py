"""graph: finds the terminologies of a snapshot by prefix or alias."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import FrozenBitMap

from graph.errors import UnknownOntology

Mask = npt.NDArray[np.bool_]


class Terminologies:
    """Terminologies by prefix or by alias (`SNOMED CT`, `ICD-10`).

    Case and punctuation are ignored.
    """

    def __init__(self, concepts: pa.Table, alias: pa.Table) -> None:
        self._stub = concepts["stub"]
        encoded = concepts["ontology"].combine_chunks().dictionary_encode()
        self._codes: npt.NDArray[np.int32] = encoded.indices.to_numpy()
        self._prefixes: list[str] = encoded.dictionary.to_pylist()
        self._known = lru_cache(8)(self._known_without)
        self.aliases = dict(zip(alias["alias"].to_pylist(), alias["prefix"].to_pylist(), strict=True))

    def prefix(self, name: str) -> str:
        """Returns the prefix of the terminology that has `name` as its prefix or alias, in lower case.

        If the name is unknown, returns the name itself.
        """
        return (self.aliases.get(name.lower()) or self._squeezed.get(_squeezed(name)) or name).lower()

    def asked(self, names: Sequence[str], stubs: bool = False, hidden: FrozenBitMap = FrozenBitMap()) -> set[str]:  # noqa: B008
        """Returns the result of `prefix` for each of `names`. Raises UnknownOntology if a terminology is not loaded.

        If `stubs` is true, a terminology that is not loaded is accepted if it has a stub that is not in `hidden`. The
        error lists only loaded terminologies, because other terminologies may be known only from codes of patients.
        """
        known = self._known(hidden) if stubs and names else self.loaded
        wanted = {self.prefix(name): name for name in names}
        for prefix in sorted(wanted.keys() - {one.lower() for one in known}):
            raise UnknownOntology(wanted[prefix], self.loaded)
        return set(wanted)

    def concepts(self, names: Sequence[str]) -> Mask:
        """True for each concept of a terminology in `names`."""
        wanted = {self.prefix(name) for name in names}
        return np.array([name.lower() in wanted for name in self._prefixes], bool)[self._codes]

    @cached_property
    def _squeezed(self) -> dict[str, str]:
        """The prefix of each alias. The aliases have no punctuation.

        If a prefix equals an alias of another terminology, the prefix has priority.
        """
        every = [*self.aliases.items(), *((prefix, prefix) for prefix in self.aliases.values())]
        return {_squeezed(alias): prefix for alias, prefix in every}

    def _known_without(self, hidden: FrozenBitMap) -> list[str]:
        """Returns the prefixes of concepts that are not hidden."""
        lost = np.bincount(self._codes[hidden.to_array()], minlength=len(self._prefixes))
        every = np.bincount(self._codes, minlength=len(self._prefixes))
        return [self._prefixes[code] for code in np.flatnonzero(every > lost).tolist()]

    @cached_property
    def loaded(self) -> list[str]:
        """The prefixes of the terminologies that have concepts of a release, sorted."""
        here = np.unique(self._codes[~np.asarray(self._stub.fill_null(True))])
        return sorted(filter(None, (self._prefixes[code] for code in here.tolist())), key=str.lower)


def _squeezed(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))

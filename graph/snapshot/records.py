"""graph: reads the records and patients of a snapshot, and their concepts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.columns import Csr, Texts, bitmap, load_array, load_table
from graph.groups import FEWEST_PATIENTS
from graph.kinds import KINDS
from graph.snapshot.roles import LISTED, ROLES

LINKS = {link.table: (kind.name, link.end) for kind in KINDS.values() for link in kind.links}
"""The edge tables between records, each with the kinds of its start and end.

The edges can be followed in both directions.
"""
ANSWERED = tuple(kind.name for kind in KINDS.values() if kind.plural)
"""The kinds of records that can be queried."""


class Ids:
    """A sorted column of ids. The number of an id is its index."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._texts = Texts(column)

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, text: str) -> int | None:
        """Returns the number that belongs to this id, or None."""
        return self._texts.first(text)

    def __getitem__(self, number: int) -> str:
        return self._texts.key(number).decode()


class Postings:
    """For each concept, the numbers of its records or patients."""

    def __init__(self, folder: Path, name: str) -> None:
        self._by_concept = Csr.load(folder, name)
        self.concepts = BitMap(np.flatnonzero(self._by_concept.sizes()))

    def of(self, reach: BitMap) -> BitMap:
        """Returns the records or patients with any concept of `reach`."""
        return bitmap(self._by_concept.gather(reach & self.concepts))


class Records:
    """The records of one `kind`. `table` has their rows, sorted by id. `about(reach)` returns the records about a
    reach.

    `concepts` has the concepts that at least one record is about, in a role of LISTED (graph/snapshot/roles.py).
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.kind = KINDS[kind]
        self.table = load_table(folder, kind)
        self.ids = Ids(self.table["id"])
        others = load_table(folder, f"{kind}_other")
        self._others, self._of_other = Ids(others["id"]), others["record"]
        self.abouts = load_table(folder, f"{kind}_about")
        self.abouts_of = Csr.load(folder, f"{kind}_abouts")
        posted = Postings(folder, f"{kind}_by_concept")
        self.about, self.concepts = posted.of, posted.concepts
        self._by_role = {str(role): Postings(folder, f"{kind}_by_{role}") for role in ROLES}

    def about_as(self, reach: BitMap, roles: Sequence[str]) -> BitMap:
        """Returns the numbers of all records that are about a concept of `reach` in one of `roles`."""
        if tuple(roles) == LISTED:
            return self.about(reach)
        return BitMap.union(BitMap(), *(self._by_role[role].of(reach) for role in roles))

    def find(self, id_: str) -> int | None:
        """Returns the record number for this identifier; None if no record has this identifier."""
        found = self.ids.find(id_)
        other = self._others.find(id_) if found is None else None
        return found if other is None else int(self._of_other[other].as_py())


class Patients:
    """The patients of a snapshot: their years of birth (0 if unknown), other data, and the concepts of their events.

    `having(reach)` returns the patients with an event on a concept of the reach. `concepts` has the concepts of all
    events. `having` and `concepts` use only events that count (graph/snapshot/standing.py). `unsure(reach)` returns the
    patients with an uncertain event on a concept of the reach. `keys` has a 64-bit key for each patient. Only a reader
    of the store can compute the keys. `gone` has the numbers that belong to no patient (graph/snapshot/numbering.py).
    """

    def __init__(self, folder: Path) -> None:
        self.born = load_array(folder / "patient.born.npy")
        self.keys = load_array(folder / "patient.key.npy")
        self.gone = bitmap(load_array(folder / "patient.gone.npy"))
        table = load_table(folder, "patient")
        self.sex, self.race = table["sex"], table["race"]
        self.ethnicity, self.care_site = table["ethnicity"], table["care_site"]
        posted = Postings(folder, "patient_by_concept")
        self.having, self.concepts = posted.of, posted.concepts
        self.unsure = Postings(folder, "patient_unsure").of
        self._sources = load_table(folder, "patient_source")
        # Cached sets must not be changed in place.
        self.of_sex = lru_cache(8)(self._of_sex)
        self.born_between = lru_cache(1024)(self._born_between)

    def __len__(self) -> int:
        return len(self.born)

    @cached_property
    def everyone(self) -> BitMap:
        return BitMap(range(len(self.born))) - self.gone

    @cached_property
    def decades(self) -> tuple[int, int]:
        """The decades in which all but a few patients were born: the first year, and the year after the last year."""
        known = np.sort(self.born[self.born > 0])
        if not len(known):
            return 0, 0
        first, last = known[:FEWEST_PATIENTS][-1], known[-FEWEST_PATIENTS:][0]
        return int(first) // 10 * 10, int(last) // 10 * 10 + 10

    @cached_property
    def by_source(self) -> dict[str, BitMap]:
        """For each source, the patients with a record in the source.

        The key is the keyed hash of the source's name. The key of the unnamed source is empty.
        """
        own = np.asarray(self._sources["patient"])
        names, which = self._sources["source"].to_pylist(), dict[str, list[int]]()
        for row, name in enumerate(names):
            which.setdefault(name, []).append(row)
        return {name: bitmap(own[rows]) for name, rows in which.items()}

    def cell_key(self, some: BitMap) -> int:
        """Returns the combined key of a set of patients. Two different sets almost surely have different keys."""
        return int(np.bitwise_xor.reduce(self.keys[some.to_array()], initial=np.uint64(0)))

    def _of_sex(self, sex: str) -> BitMap:
        return BitMap(np.flatnonzero(np.asarray(pc.equal(self.sex, sex).fill_null(False))))

    def _born_between(self, first: int | None, last: int | None) -> BitMap:
        """The patients born in these years, inclusive.

        If a bound is given, patients with unknown year of birth are left out.
        """
        born = np.asarray(self.born)
        keep = np.ones(len(born), bool) if first is None and last is None else born > 0
        if first is not None:
            keep &= born >= first
        if last is not None:
            keep &= born <= last
        return BitMap(np.flatnonzero(keep)) - self.gone


def starts(kinds: Mapping[str, Records]) -> dict[str, int]:
    """Returns, for each kind, the number that its first record has among the records of all kinds."""
    sizes = [len(records.ids) for records in kinds.values()]
    return dict(zip(kinds, accumulate(sizes, initial=0), strict=False))

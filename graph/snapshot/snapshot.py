"""graph: reads a snapshot. A snapshot has all data of one epoch of a store, as columns.

All answers are read from a snapshot. A snapshot is built only from a store, so both engines give the same bytes, and an
answer never mixes two epochs. Concepts and records are numbered in the order of their ids; indexes contain these
numbers. Patients keep their numbers from one snapshot to the next (graph/snapshot/numbering.py).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, lru_cache, partial
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyroaring import BitMap, FrozenBitMap

from graph.columns import Column, Csr, Ints, Texts, bitmap, column_of, load_array, load_table, sums_of
from graph.events import Index
from graph.hierarchy import Hierarchy, Level, Pairs
from graph.kinds import RECORDS
from graph.lexical import Names, Ngrams
from graph.snapshot.equivalents import equivalents
from graph.snapshot.files import epoch_of
from graph.snapshot.identify import identified
from graph.snapshot.meanings import Meanings
from graph.snapshot.not_counted import NotCounted
from graph.snapshot.record_index import RecordIndex
from graph.snapshot.records import ANSWERED, LINKS, Ids, Patients, Records
from graph.snapshot.terminologies import Terminologies
from graph.snapshot.unmapped import Unmapped

SAVED = ("ValueSet", "Cohort", "CohortRun")
TABLES = ("Release", "Job", "Refusal", *SAVED)
Numbers = FrozenBitMap
NONE: Numbers = FrozenBitMap()
T = TypeVar("T")


class Snapshot:
    """One epoch of a store, in memory. Raises DamagedFile if a file is damaged."""

    def __init__(self, folder: Path) -> None:
        self.epoch = epoch_of(folder)
        self.folder = folder
        sums_of(folder)
        self.concepts = load_table(folder, "concept")
        self.ids = Ids(self.concepts["id"])
        self.hierarchy = Hierarchy.load(folder)
        self.labels = load_table(folder, "label")
        self.labels_of = Csr.load(folder, "labels")
        self.site_names = load_table(folder, "site_name")
        self.mappings = load_table(folder, "mapping")
        self.mappings_of = Csr.load(folder, "mappings")
        self.references = load_table(folder, "reference")
        self.neighbours = load_table(folder, "neighbour")
        self.neighbours_of = Csr.load(folder, "neighbours")
        self.relations = load_table(folder, "relation")
        self.relations_of = Csr.load(folder, "relations")
        self.kinds = {kind: Records(folder, kind) for kind in ANSWERED}
        self.records = {kind: self.kinds[kind] for kind in RECORDS}
        """The kinds of records that are listed for concepts and searched."""
        self.record_index = RecordIndex.load(folder)
        self.record_ngrams = Ngrams.load(folder, "record_ngrams")
        self.links = {name: Csr.load(folder, name) for table in LINKS for name in (table, f"^{table}")}
        self.tables = {kind: load_table(folder, kind) for kind in TABLES}
        self.counts = load_table(folder, "counts")
        self.patients = Patients(folder)
        self.events = Index(folder)
        self.private = bitmap(load_array(folder / "private.npy"))
        """Codes that only records of patients have (graph/snapshot/private.py)."""
        # The table is kept with its reader, because the `id` of a freed table may be reused.
        self._columns: dict[tuple[int, str, bool], tuple[pa.Table, Column]] = {}
        self.names = Names.load(folder)
        self.ngrams = Ngrams.load(folder, "ngrams")
        self._local, self._alias = load_table(folder, "local"), load_table(folder, "alias")
        self.same, self.narrower = Pairs(folder, "same"), Pairs(folder, "narrower")
        self.conflicts, self.conflicts_of = load_table(folder, "conflict"), Csr.load(folder, "conflict_of")
        self.meanings = Meanings(folder, self.concepts, self.names)
        self.not_counted = NotCounted.load(folder)
        self.unmapped = Unmapped(folder, self.hierarchy, np.asarray(self.concepts["stub"].fill_null(False)))
        self.reached_patients = lru_cache(4096)(self._reached_patients)
        self._derived: dict[Callable[[Snapshot], Any], Any] = {}
        self._deriving = RLock()

    def derived(self, make: Callable[[Snapshot], T]) -> T:
        """Returns the result of `make` for this snapshot. The result is computed once and cached."""
        if make not in self._derived:
            with self._deriving:
                if make not in self._derived:
                    self._derived[make] = make(self)
        found: T = self._derived[make]
        return found

    def _reached_patients(self, concept: int, level: Level = Level.LIKELY) -> BitMap:
        """Returns the patients with an event on any concept in the reach of `concept`."""
        return self.patients.having(self.hierarchy.reach(concept, level))

    @cached_property
    def _locals(self) -> Texts:
        return Texts(self._local["id"])

    def refusals(self, job: str) -> range:
        """Returns the rows of a job in the table Refusal."""
        found = self._refused.find(job)
        return range(found.start, found.stop)

    @cached_property
    def _refused(self) -> Texts:
        return Texts(self.tables["Refusal"]["job"])

    @cached_property
    def loaded(self) -> dict[str, str]:
        """The time at which each release was loaded."""
        releases = self.tables["Release"]
        return dict(zip(releases["id"].to_pylist(), releases["loaded"].to_pylist(), strict=True))

    @cached_property
    def terminologies(self) -> Terminologies:
        return Terminologies(self.concepts, self._alias)

    @cached_property
    def stub(self) -> npt.NDArray[np.bool_]:
        """True for each concept that no loaded release defines."""
        return np.asarray(self.concepts["stub"].fill_null(True))

    @cached_property
    def live(self) -> npt.NDArray[np.bool_]:
        """True for each concept that a loaded release defines and that is not obsolete."""
        return ~(self.stub | self.deprecated)

    @cached_property
    def deprecated(self) -> npt.NDArray[np.bool_]:
        """True for each concept that is obsolete in its terminology."""
        return np.asarray(self.concepts["deprecated"].fill_null(False))

    def concept(self, identifier: str, hidden: Numbers = NONE) -> int | None:
        """Returns the concept number for this identifier, in any form that `ontologies.pasted` reads; None if unknown.

        Concepts in `hidden` are treated as unknown.
        """
        find = partial(self._find, hidden) if hidden else self.ids.find
        found = identified(identifier, find, self.terminologies.aliases)
        return next((one for one in self._of_omop(identifier) if one not in hidden), None) if found is None else found

    def numbers(self, identifier: str) -> list[int]:
        """Returns the concept with this identifier. For `omop:NUMBER`, also returns the concepts with this OMOP id."""
        found = self.concept(identifier)
        return list(dict.fromkeys([*([] if found is None else [found]), *self._of_omop(identifier)]))

    def _of_omop(self, identifier: str) -> list[int]:
        prefix, _, number = identifier.strip().partition(":")
        if prefix.lower() != "omop" or not (number.isascii() and number.isdigit() and len(number) < 19):
            return []
        return self._omop[1][slice(*np.searchsorted(self._omop[0], [int(number), int(number) + 1]))].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _omop(self) -> tuple[npt.NDArray[np.int64], Ints]:
        """The OMOP concept_ids in ascending order, and the concept of each concept_id."""
        column = self.concepts["omop"]
        concepts = np.flatnonzero(np.asarray(column.is_valid()))
        ids = np.asarray(column.drop_null(), np.int64)
        order = np.argsort(ids, kind="stable")
        return ids[order], concepts[order].astype(np.int32)

    def _find(self, hidden: Numbers, id_: str) -> int | None:
        found = self.ids.find(id_)
        return None if found is None or found in hidden else found

    def record(self, kind: str, identifier: str) -> int | None:
        """Returns the record number for this identifier, in the same forms as for `concept`; None if unknown."""
        return identified(identifier, self.kinds[kind].find, self.terminologies.aliases)

    def identified(self, text: str, hidden: Numbers = NONE) -> list[int]:
        """Returns concepts with this text as CURIE, or as the part of the CURIE after the colon; live concepts first.

        If the terminology of a code is not loaded, equivalents of the code come after the code.
        """
        found = self.concept(text, hidden)
        same = self._locals.find(text.lower())
        some = [found] if found is not None else self._local["concept"].slice(same.start, len(same)).to_pylist()
        some = [concept for concept in some if concept not in hidden]
        flags = {c: [self.concepts[name][c].as_py() for name in ("deprecated", "stub")] for c in some}
        ranked = sorted(flags, key=lambda c: (*flags[c], c))
        equivalents = (equivalent for c in ranked if flags[c][1] for equivalent in self.equivalents[c].tolist())
        return list(dict.fromkeys([*ranked, *equivalents]))

    @cached_property
    def equivalents(self) -> Csr:
        """For each concept, the other concepts of its accepted exact mappings."""
        return equivalents(self.mappings, len(self.ids))

    def meaning_ids(self, concept: int, hidden: Numbers = NONE) -> list[str]:
        """Returns the CURIEs of all concepts with the same meaning as `concept`, except concepts in `hidden`."""
        return [self.ids[other] for other in self.hierarchy.meant(concept).tolist() if other not in hidden]

    def column(self, table: pa.Table, name: str, rows: Sequence[int] | Ints | BitMap, empty: bool = True) -> list[Any]:
        """Returns the values of the column `name` of `table` in `rows`, in the order of `rows`.

        If `empty` is false, an empty text becomes None.
        """
        read = self._column(table, name, empty).values
        return read(rows.to_array() if isinstance(rows, BitMap) else rows)

    def texts(self, table: pa.Table, name: str, rows: npt.NDArray[Any], empty: bool = True) -> list[bytes] | None:
        """Like `column`, but returns each value as JSON. Returns None if the column does not hold texts."""
        read = self._column(table, name, empty).texts
        return read and read(rows)

    def _column(self, table: pa.Table, name: str, empty: bool) -> Column:
        known = self._columns.get((id(table), name, empty))
        if known is None:
            known = self._columns[id(table), name, empty] = table, column_of(table[name], empty)
        return known[1]

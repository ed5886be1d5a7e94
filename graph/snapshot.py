"""graph: the read side; a columnar picture of a store at one epoch, memory-mapped, from which every answer is read.

A picture is made from `Store.scan` alone, so both engines answer with the same bytes, and an answer never mixes two
epochs. Concepts and records are numbered in the order of their ids; those numbers (ordinals) are what indexes hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.arrays import load_array
from graph.columns import Column, column_of, load_table
from graph.csr import Csr, Ints, Texts, bitmap
from graph.groups.evidence import SAME
from graph.groups.kinds import ILLNESSES, masks
from graph.groups.rules import rules
from graph.hierarchy import Hierarchy, Level
from graph.identify import identified
from graph.meaning.ngrams import Ngrams
from graph.names import LONGEST_QUERY, Hit, Names, normalise
from graph.not_counted import NotCounted
from graph.record_hits import RecordHit, record_hits
from graph.record_index import RecordIndex
from graph.record_search import identified_records, ranked_records, titled_records
from graph.search import ABBREVIATION, HOW, ranked
from graph.terminologies import Terminologies

if TYPE_CHECKING:
    from graph.meaning.meaning import Meaning
    from graph.meaning.record_vectors import RecordVectors

FORMAT = 17
"""Part of a snapshot's name: one that other code wrote in another form, or with other contents of the same rows, is not
opened, and no part of it taken over, but made anew."""

RECORDS = ("Study", "Course", "Publication", "Dataset")
LINKS = {
    "REPORTS": ("Publication", "Study"),
    "DESCRIBED_IN": ("Dataset", "Publication"),
    "LISTS": ("Dataset", "Dataset"),
}
"""The edge tables from record to record that can be followed either way."""
TABLES = ("Release", "Job")
PUBMED = "pubmed:"

_RANKINGS = 32
"""Of how many searches the ranking is kept."""


class Ids:
    """A sorted column of ids and their numbers."""

    def __init__(self, column: pa.ChunkedArray) -> None:
        self._texts = Texts(column)

    def __len__(self) -> int:
        return len(self._texts)

    def find(self, text: str) -> int | None:
        """The number of an id, or None."""
        return self._texts.first(text)

    def __getitem__(self, number: int) -> str:
        return self._texts.key(number).decode()


class Postings:
    """For each concept the numbers of those that point at it."""

    def __init__(self, folder: Path, name: str) -> None:
        self._by_concept = Csr.load(folder, name)
        self.concepts = BitMap(np.flatnonzero(self._by_concept.sizes()))

    def of(self, reach: BitMap) -> BitMap:
        """Those that point at any of these concepts."""
        return bitmap(self._by_concept.gather(reach & self.concepts))


class Records:
    """Records of one kind: `table` one row each in order of id; `about` a reach gives the numbers of those about it.

    `concepts` are those that any is about.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        self.table = load_table(folder, kind)
        self.ids = Ids(self.table["id"])
        self._by_pmid = load_array(folder / f"{kind}.by_pmid.npy")
        self._pmids = Texts(self.table["pmid"], self._by_pmid) if len(self._by_pmid) else None
        self.abouts = load_table(folder, f"{kind}_about")
        self.abouts_of = Csr.load(folder, f"{kind}_abouts")
        posted = Postings(folder, f"{kind}_by_concept")
        self.about, self.concepts = posted.of, posted.concepts

    def find(self, id_: str) -> int | None:
        """The number of a record by its id, of a publication by its PubMed id too; None if unknown or ambiguous."""
        found = self.ids.find(id_)
        if found is None and self._pmids is not None and id_.startswith(PUBMED):
            same = self._pmids.find(id_.removeprefix(PUBMED))
            found = int(self._by_pmid[same.start]) if len(same) == 1 else None
        return found


class Patients:
    """Pseudonymous patients as numbers: years of birth (0: unknown), sex, and who has an event on a concept.

    `having` a reach gives those with an event on it, `concepts` are those that any has one on; a family member's
    history is no event of the patient here.
    """

    def __init__(self, folder: Path) -> None:
        self.born = load_array(folder / "patient.born.npy")
        self.sex = load_table(folder, "patient")["sex"]
        posted = Postings(folder, "patient_by_concept")
        self.having, self.concepts = posted.of, posted.concepts

    def __len__(self) -> int:
        return len(self.born)

    def everyone(self) -> BitMap:
        return BitMap(range(len(self.born)))

    def of_sex(self, sex: str) -> BitMap:
        return BitMap(np.flatnonzero(np.asarray(pc.equal(self.sex, sex).fill_null(False))))

    def born_between(self, first: int | None, last: int | None) -> BitMap:
        """Both years inclusive; who has no known year of birth is in no bounded range."""
        born = np.asarray(self.born)
        keep = np.ones(len(born), bool) if first is None and last is None else born > 0
        if first is not None:
            keep &= born >= first
        if last is not None:
            keep &= born <= last
        return BitMap(np.flatnonzero(keep))


class Snapshot:
    """One epoch of a store, open for reading; closing is left to the garbage collector, as with any mapped file."""

    def __init__(self, folder: Path) -> None:
        self.epoch = _epoch(folder)
        self.folder = folder
        self.concepts = load_table(folder, "concept")
        self.ids = Ids(self.concepts["id"])
        self.hierarchy = Hierarchy.load(folder)
        self.labels = load_table(folder, "label")
        self.labels_of = Csr.load(folder, "labels")
        self.mappings = load_table(folder, "mapping")
        self.mappings_of = Csr.load(folder, "mappings")
        self.neighbours = load_table(folder, "neighbour")
        self.neighbours_of = Csr.load(folder, "neighbours")
        self.relations = load_table(folder, "relation")
        self.relations_of = Csr.load(folder, "relations")
        self.records = {kind: Records(folder, kind) for kind in RECORDS}
        self.record_starts = _starts(self.records)
        self.record_index = RecordIndex.load(folder)
        self.record_ngrams = Ngrams.load(folder, "record_ngrams")
        self.links = {name: Csr.load(folder, name) for table in LINKS for name in (table, f"^{table}")}
        self.tables = {kind: load_table(folder, kind) for kind in TABLES}
        self.counts = load_table(folder, "counts")
        self.patients = Patients(folder)
        # The table is kept with its reader, since its number may be another's when it is gone.
        self._columns: dict[tuple[int, str, bool], tuple[pa.Table, Column]] = {}
        # All files are mapped now: a newer snapshot may take this one's place at any time.
        self.names = Names.load(folder)
        self.ngrams = Ngrams.load(folder, "ngrams")
        self._local, self._alias = load_table(folder, "local"), load_table(folder, "alias")
        # A page is of the same ranking as the page before it.
        self._ranked = lru_cache(_RANKINGS)(
            lambda text, keep, meaning: ranked(self, text, None if keep is None else np.frombuffer(keep, bool), meaning)
        )
        self._ranked_records = lru_cache(_RANKINGS)(
            lambda text, kinds, vectors: ranked_records(self, text, kinds, vectors)
        )
        self.same, self.same_of = load_table(folder, "same"), Csr.load(folder, "same_of")
        self.narrower, self.narrower_of = load_table(folder, "narrower"), Csr.load(folder, "narrower_of")
        self.conflicts, self.conflicts_of = load_table(folder, "conflict"), Csr.load(folder, "conflict_of")
        self.kinds, self.preferred = load_array(folder / "kind.npy"), load_array(folder / "preferred.npy")
        self.use = load_array(folder / "use.npy")
        self.not_counted = NotCounted.load(folder)
        self.reached_patients = lru_cache(4096)(self._reached_patients)

    def _reached_patients(self, concept: int, level: Level = Level.LIKELY) -> BitMap:
        """Patients with an event on anything that the concept stands for."""
        return self.patients.having(self.hierarchy.reach(concept, level))

    @cached_property
    def _locals(self) -> Texts:
        return Texts(self._local["id"])

    @cached_property
    def terminologies(self) -> Terminologies:
        return Terminologies(self.concepts, self._alias)

    @cached_property
    def deprecated(self) -> npt.NDArray[np.bool_]:
        """For each concept whether its terminology has given it up."""
        return np.asarray(self.concepts["deprecated"].fill_null(False))

    def concept(self, identifier: str) -> int | None:
        """The number of a concept by its identifier, in any form that `ontologies.pasted` reads; None if unknown."""
        return identified(identifier, self.ids.find, self.terminologies.aliases)

    def record(self, kind: str, identifier: str) -> int | None:
        """The number of a record of a kind by its identifier, in any of these forms; None if unknown."""
        return identified(identifier, self.records[kind].find, self.terminologies.aliases)

    def identified(self, text: str) -> list[int]:
        """Concepts whose CURIE, or whose part after the colon, is this text; live ones first.

        A code whose terminology is not loaded is followed by the concepts that are exactly mapped to it.
        """
        found = self.concept(text)
        same = self._locals.find(text.lower())
        some = [found] if found is not None else self._local["concept"].slice(same.start, len(same)).to_pylist()
        flags = {c: [self.concepts[name][c].as_py() for name in ("deprecated", "stub")] for c in some}
        ranked = sorted(flags, key=lambda c: (*flags[c], c))
        twins = (twin for c in ranked if flags[c][1] for twin in self.twins[c].tolist())
        return list(dict.fromkeys([*ranked, *twins]))

    @cached_property
    def twins(self) -> Csr:
        """For each concept the other ends of its accepted mappings that say the same."""
        said = self.mappings
        said = said.filter(pc.and_(pc.equal(said["state"], "accepted"), pc.is_in(said["predicate"], pa.array(SAME))))
        ends = np.stack([said["source"].to_numpy(), said["target"].to_numpy()])
        one, other = np.concatenate([ends, ends[::-1]], axis=1)
        return Csr.of_pairs(len(self.ids), one[one != other], other[one != other])

    def search(
        self,
        text: str,
        ontologies: Sequence[str] = (),
        limit: int = 50,
        keep: npt.NDArray[np.bool_] | None = None,
        meaning: Meaning | None = None,
    ) -> tuple[list[Hit], int]:
        """(the best hits, how many concepts were found in all); see graph/search.py.

        `ontologies` are prefixes or aliases; `keep` says of each concept whether it may be found.
        """
        keep = self._kept(ontologies, keep)
        found = self._ranked(text, None if keep is None else keep.tobytes(), meaning)
        shown = zip(*(column[:limit].tolist() for column in found), strict=True)
        return [self._hit(*each) for each in shown], len(found.concepts)

    def named(self, text: str, ontologies: Sequence[str] = (), keep: npt.NDArray[np.bool_] | None = None) -> bool:
        """Whether any that the same search may find is called exactly so, or has this identifier."""
        names = self.names.exact(normalise(text[:LONGEST_QUERY]))
        same = [*self.names.of_concepts(names).tolist(), *self.identified(text.strip())]
        return bool((self.speakers(self._kept(ontologies, keep))[same] >= 0).any())

    def _kept(self, ontologies: Sequence[str], keep: npt.NDArray[np.bool_] | None) -> npt.NDArray[np.bool_] | None:
        if not ontologies:
            return keep
        own = self.terminologies.concepts(ontologies)
        return own if keep is None else keep & own

    def _hit(self, concept: int, hit: int, how: int, name: int, score: float) -> Hit:
        if name < 0:
            return Hit(concept, HOW[how], self.ids[hit], "", round(score, 3))
        found = self.names[name]
        return Hit(concept, HOW[how], found.text, found.language, round(score, 3))

    @cached_property
    def gone(self) -> npt.NDArray[np.bool_]:
        """For each concept whether all of its meaning that have a label are deprecated."""
        return np.asarray(self.deprecated[self.preferred])

    @cached_property
    def illness(self) -> npt.NDArray[np.bool_]:
        """For each concept whether it is a disease, a phenotype or a finding."""
        return np.asarray((masks(self.kinds) & ILLNESSES) > 0)

    @cached_property
    def abbreviated(self) -> npt.NDArray[np.bool_]:
        """For each concept whether its meaning has an abbreviation for a name."""
        table = self.names.table
        short = pc.match_substring_regex(table["text"], f"^{ABBREVIATION.pattern}$")
        found = np.zeros(len(self.ids), bool)
        found[self.preferred[table["concept"].to_numpy()[np.asarray(short)]]] = True
        return np.asarray(found[self.preferred])

    def meant(self, concept: int) -> list[str]:
        """The CURIEs of all concepts of one meaning with this one."""
        return [self.ids[other] for other in self.hierarchy.meant(concept).tolist()]

    def speakers(self, keep: npt.NDArray[np.bool_] | None) -> Ints:
        """For each concept the one that is shown for its meaning; -1 where none of it in `keep` has a label."""
        if keep is None:
            return np.where(self._labelled[self.preferred], self.preferred, -1).astype(np.int32)
        wanted = np.flatnonzero(keep & self._labelled)
        found = np.full(len(self.ids), -1, np.int32)
        # Written from the last to the first, so that the lowest stays; the preferred one is written at the end.
        found[self.preferred[wanted[::-1]]] = wanted[::-1]
        kept = wanted[self.preferred[wanted] == wanted]
        found[kept] = kept
        return np.asarray(found[self.preferred], np.int32)

    def meaning_of(self, keep: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """For each concept whether any of its meaning is in `keep`."""
        found = np.zeros(len(self.ids), bool)
        found[self.preferred[keep]] = True
        return np.asarray(found[self.preferred])

    @cached_property
    def _labelled(self) -> npt.NDArray[np.bool_]:
        return np.asarray(pc.not_equal(self.concepts["label"].fill_null(""), ""))

    def search_records(
        self,
        text: str,
        kinds: Sequence[str] = RECORDS,
        start: int = 0,
        end: int = 50,
        vectors: RecordVectors | None = None,
    ) -> tuple[list[RecordHit], int]:
        """The hits from `start` to before `end`, best first, and how many records were found in all.

        `kinds` are of RECORDS, in their order. No more than DEEPEST can be shown. See graph/record_search.py.
        """
        found = self._ranked_records(text, tuple(kinds), vectors)
        return record_hits(self, found, start, end), found.total

    def names_record(self, text: str, kinds: Sequence[str] = RECORDS) -> bool:
        """Whether a record of these kinds has exactly this title or identifier."""
        titled = titled_records(self, normalise(text[:LONGEST_QUERY]), self.of_kinds(kinds))
        return bool(titled or identified_records(self, text, kinds))

    def of_kinds(self, kinds: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Of each record, kind after kind, whether it is of one of these."""
        every = [np.full(len(records.ids), kind in kinds) for kind, records in self.records.items()]
        return np.concatenate(every)

    def kind_of(self, row: int) -> tuple[str, int]:
        """The kind of a record by its number among all records, and its number among those of its kind."""
        kind = [kind for kind, start in self.record_starts.items() if start <= row and len(self.records[kind].ids)][-1]
        return kind, row - self.record_starts[kind]

    def column(self, table: pa.Table, name: str, rows: Sequence[int] | Ints | BitMap, empty: bool = True) -> list[Any]:
        """The values of one column at these rows, in their order; an empty text is None unless it may be `empty`."""
        read = self._column(table, name, empty).values
        return read(rows.to_array() if isinstance(rows, BitMap) else rows)

    def texts(self, table: pa.Table, name: str, rows: npt.NDArray[Any], empty: bool = True) -> list[bytes] | None:
        """The same as JSON; None where it is no column of texts."""
        read = self._column(table, name, empty).texts
        return read and read(rows)

    def _column(self, table: pa.Table, name: str, empty: bool) -> Column:
        known = self._columns.get((id(table), name, empty))
        if known is None:
            known = self._columns[id(table), name, empty] = table, column_of(table[name], empty)
        return known[1]


def _form() -> str:
    """What tells snapshots of other code, and of other rules for groups of one meaning, from ours."""
    return f"{FORMAT}{rules().digest()}"


def _starts(kinds: Mapping[str, Records]) -> dict[str, int]:
    """The number of the first record of each kind among all records."""
    sizes = [len(records.ids) for records in kinds.values()]
    return dict(zip(kinds, accumulate(sizes, initial=0), strict=False))


def snapshot_name(epoch: int) -> str:
    return f"snapshot-{_form()}-{epoch}"


def newest(folder: Path) -> Path | None:
    """The snapshot of the highest epoch in a state folder, or None."""
    return max(folder.glob(f"snapshot-{_form()}-*"), key=_epoch, default=None)


def forget_others(folder: Path, kept: Path) -> None:
    """Deletes the snapshots that `kept` has taken the place of, but for the last, which another may be opening.

    Who still reads one that is deleted keeps its mapped files.
    """
    others = [old for old in folder.glob("snapshot-*") if old != kept]
    last = max((old for old in others if _epoch(old) < _epoch(kept)), key=_epoch, default=None)
    for old in others:
        if old != last:
            shutil.rmtree(old, ignore_errors=True)


def _epoch(snapshot: Path) -> int:
    return int(snapshot.name.rpartition("-")[2])

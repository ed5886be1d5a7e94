"""graph: lists, for each concept, concepts with a similar name that have records or patients but are outside its reach.

These records and patients may be missing in a count. Only records and patients of a listed concept itself are used, not
the records and patients of its reach. Concept A is listed for concept B only if the reach of B does not contain A. Each
listed concept has a reason. The reason is the first in this list that applies:

- `SAME_NAME`: A and B, or other concepts of their groups, have a label or exact synonym with the same words, in any
  order
- `CONFLICT`: A and B could not be joined because of a conflict (see graph/groups/build.py)
- `CANDIDATE`: `tricuspid link` found a candidate mapping between A and B
- `WORDS`: a label or exact synonym of A has further words in addition to all words of the label of B, or of the label
  of the preferred concept in the group of B. This reason does not apply if A is broader than B, or if the kinds of A
  and B are incompatible, such as a test and a disease

If many concepts have the same name, only some are listed (graph/snapshot/named_alike.py).

A concept that is known only from records of fewer than FEWEST_PATIENTS patients is never listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.columns import Csr, bitmap, load_array, load_table
from graph.groups import CANDIDATES, FEWEST_PATIENTS
from graph.hierarchy import Hierarchy, Level, masks
from graph.lexical import Names
from graph.snapshot.named_alike import named_alike

WHY = ("SAME_NAME", "CONFLICT", "CANDIDATE", "WORDS")
_SAME_NAME, _CONFLICT, _CANDIDATE, _WORDS = range(len(WHY))

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Row = tuple[int, int, int]
"""A concept, the concept to list for it, and the index of the reason in WHY."""


class NotCounted(NamedTuple):
    """The concepts that are listed for each concept, one row for each pair; see the docstring of this module.

    `of` has the rows of each concept, sorted by reason, then by number of records (highest first), then by id. In each
    row, `other` is the listed concept, and `why` is an index in WHY. `likely` is true if the listed concept is in the
    reach at LIKELY (but not at CERTAIN). `records` and `patients` are the numbers of records and patients of the
    listed concept. `missed` has, for each concept and each level (in the order of Level), the number of records that
    are about a listed concept but about no concept of the reach.
    """

    of: Csr
    other: npt.NDArray[np.int32]
    why: npt.NDArray[np.int8]
    likely: Flags
    records: npt.NDArray[np.int32]
    patients: npt.NDArray[np.int32]
    missed: npt.NDArray[np.int32]

    def save(self, folder: Path) -> None:
        self.of.save(folder, "not_counted.of")
        for name in self._fields[1:]:
            np.save(folder / f"not_counted.{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> NotCounted:
        columns = (load_array(folder / f"not_counted.{name}.npy") for name in cls._fields[1:])
        return cls(Csr.load(folder, "not_counted.of"), *columns)


class Held(NamedTuple):
    """For each concept, the number of its records and patients, and whether it may be listed for other concepts.

    `about` has the records of each concept. Records of all kinds are numbered together.
    """

    about: Csr
    records: Ints
    patients: Ints
    listed: Flags


def save_not_counted(
    concepts: pa.Table, names: Names, mappings: pa.Table, hierarchy: Hierarchy, kinds: Sequence[str], folder: Path
) -> None:
    """Saves the concepts that are listed for each concept (`NotCounted`). `kinds` are kinds of records.

    The rest of the snapshot must already be saved.
    """
    held = _held(concepts, mappings, kinds, folder)
    preferred, of_kind = (load_array(folder / f"{name}.npy") for name in ("preferred", "kind"))
    alike = named_alike(names, held.listed, held.records, masks(of_kind))
    rows = [(one, other, _SAME_NAME if same else _WORDS) for one, other, same in alike]
    rows += _stated(mappings, folder, held)
    concept, other, why = _of_group(np.array(rows, np.int64).reshape(-1, 3), hierarchy, preferred)
    keep, likely = _outside(hierarchy, concept, other, why)
    order = np.lexsort((other, -held.records[other], why, concept))
    order = order[keep[order]]
    concept, likely = concept[order], likely[order]
    listed: npt.NDArray[np.int32] = other[order].astype(np.int32)
    of = Csr.of_pairs(concepts.num_rows, concept, np.arange(len(concept)))
    records, patients = (np.asarray(some[listed], np.int32) for some in (held.records, held.patients))
    missed = _missed(hierarchy, held.about, of, listed, likely)
    NotCounted(of, listed, why[order].astype(np.int8), likely, records, patients, missed).save(folder)


def _missed(
    hierarchy: Hierarchy, about: Csr, of_concept: Csr, other: npt.NDArray[np.int32], likely: Flags
) -> npt.NDArray[np.int32]:
    """Computes `NotCounted.missed`.

    If concepts of a group have the same listed concepts, the number is computed only once for these concepts.
    """
    found = np.zeros((len(of_concept.sizes()), len(Level)), np.int32)
    having, held = BitMap(np.flatnonzero(about.sizes())), _only(about, about.gather(np.unique(other)))
    holding = BitMap(np.flatnonzero(held.sizes()))

    def of(concepts: BitMap) -> BitMap:
        return bitmap(held.gather(concepts & holding))

    for place, level in enumerate(Level):
        closure = hierarchy.closures[level]
        groups: dict[int, dict[bytes, list[int]]] = {}
        for concept in np.flatnonzero(of_concept.sizes()).tolist():
            rows = of_concept[concept]
            others = other[rows if level is Level.CERTAIN else rows[~likely[rows]]]
            if not having.isdisjoint(bitmap(others)):
                groups.setdefault(int(closure.group[concept]), {}).setdefault(others.tobytes(), []).append(concept)
        for group, reached in closure.in_each(groups, of):
            for key, concepts in groups[group].items():
                records = bitmap(about.gather(np.frombuffer(key, np.int32)))
                found[concepts, place] = len(records - reached)
    return found


def _only(rows: Csr, values: npt.NDArray[Any]) -> Csr:
    """Removes from the rows all numbers that are not in `values`."""
    size, keep = len(rows.sizes()), np.zeros(int(rows.values.max(initial=-1)) + 1, bool)
    keep[values] = True
    kept = keep[rows.values]
    return Csr.of_pairs(size, np.repeat(np.arange(size), rows.sizes())[kept], rows.values[kept])


def _held(concepts: pa.Table, mappings: pa.Table, kinds: Sequence[str], folder: Path) -> Held:
    about = _together(Csr.load(folder, f"{kind}_by_concept") for kind in kinds)
    records = about.sizes()
    patients = Csr.load(folder, "patient_by_concept").sizes()
    known = ~np.asarray(concepts["stub"].fill_null(True))
    for end in ("source", "target"):
        known[mappings[end].to_numpy()] = True
    return Held(about, records, patients, (records > 0) | (patients >= FEWEST_PATIENTS) | (known & (patients > 0)))


def _together(some: Iterable[Csr]) -> Csr:
    """Merges several Csr, row by row, into one Csr.

    The values of each item are raised by an offset, so they are above the values of all earlier items.
    """
    size, rows, values, above = 0, [np.empty(0, np.int64)], [np.empty(0, np.int64)], 0
    for one in some:
        size = len(one.sizes())
        rows.append(np.repeat(np.arange(size), one.sizes()))
        values.append(one.values.astype(np.int64) + above)
        above = int(values[-1].max(initial=above - 1)) + 1
    return Csr.of_pairs(size, np.concatenate(rows), np.concatenate(values))


def _stated(mappings: pa.Table, folder: Path, held: Held) -> Iterator[Row]:
    """Yields pairs in conflict, and candidates.

    Candidates are the candidate mappings of `link`, and the doubtful computed pairs (graph/groups/build.py).
    """
    conflicts, doubtful = (load_table(folder, name) for name in ("conflict", "doubtful"))
    proposed = pc.and_(pc.equal(mappings["state"], "proposed"), pc.equal(mappings["release"], CANDIDATES))
    candidates = mappings.filter(proposed.fill_null(False))
    computed = ("one", "other")
    tables = (
        (_CONFLICT, conflicts, computed),
        (_CANDIDATE, candidates, ("source", "target")),
        (_CANDIDATE, doubtful, computed),
    )
    for why, table, ends in tables:
        for one, other in zip(*(table[end].to_pylist() for end in ends), strict=True):
            yield from ((a, b, why) for a, b in ((one, other), (other, one)) if held.listed[b])


def _of_group(rows: Ints, hierarchy: Hierarchy, preferred: npt.NDArray[Any]) -> tuple[Ints, Ints, Ints]:
    """Copies the rows of each concept to all concepts of its group. Each pair occurs once in the result.

    Rows with the reason WORDS are copied only from the preferred concept of a group.
    """
    closure = hierarchy.closures[Level.LIKELY]
    concept, other, why = rows.T
    shared = (why != _WORDS) | (preferred[concept] == concept)
    groups = closure.group[concept[shared]]
    times = closure.members.sizes()[groups]
    concept = np.concatenate([closure.members.gather(groups).astype(np.int64), concept[~shared]])
    other, why = (np.concatenate([np.repeat(part[shared], times), part[~shared]]) for part in (other, why))
    order = np.lexsort((why, other, concept))
    concept, other, why = concept[order], other[order], why[order]
    first = np.ones(len(concept), bool)
    first[1:] = (concept[1:] != concept[:-1]) | (other[1:] != other[:-1])
    return concept[first], other[first], why[first]


def _outside(hierarchy: Hierarchy, concept: Ints, other: Ints, why: Ints) -> tuple[Flags, Flags]:
    """Returns two masks of pairs. The first is true if `other` is outside the reach of `concept` at CERTAIN.

    The second is true if `other` is in the reach at LIKELY. The first is false for a broader concept with the reason
    WORDS.
    """
    certain = _reached(hierarchy, concept, other, Level.CERTAIN)
    likely = _reached(hierarchy, concept, other, Level.LIKELY)
    worded = np.flatnonzero((why == _WORDS) & ~likely)
    broader = worded[_reached(hierarchy, other[worded], concept[worded], Level.LIKELY)]
    keep = ~certain
    keep[broader] = False
    return keep, likely


def _reached(hierarchy: Hierarchy, concept: Ints, other: Ints, level: Level) -> Flags:
    """For each pair, True if the other concept is in the reach of the first."""
    closure, wanted = hierarchy.closures[level], bitmap(np.unique(other))
    group = closure.group[concept]
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    rows_of = {int(group[rows[0]]): rows for rows in parts if len(rows)}
    found = np.zeros(len(concept), bool)
    for one, reach in closure.in_each(rows_of, lambda concepts: concepts & wanted):
        found[rows_of[one]] = [end in reach for end in other[rows_of[one]].tolist()]
    return found

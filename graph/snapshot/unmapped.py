"""graph: saves and reads the unmapped codes of events, with their events, patients and first dates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.columns import Csr, bitmap, load_table, save_table
from graph.groups import FEWEST_PATIENTS
from graph.hierarchy import Hierarchy

_OWN = ["concept", "person"]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int32]


def by_person(ends: npt.NDArray[np.int32], start: pa.ChunkedArray) -> pa.Table:
    """Returns the number of events and the first date for each concept and person.

    `ends` has the concept and the person of each event. `start` has the start; an age (`P3Y`) is not a date.
    """
    one = np.ones(len(start), np.int64)
    return _added(pa.table({"concept": ends[0], "person": ends[1], "start": _date(start), "events": one}))


def _date(start: pa.ChunkedArray) -> pa.ChunkedArray:
    """Returns the date of each start. The date of an interval is its first date; the date of an age is null."""
    begins = pc.replace_substring_regex(start, "/.*", "")
    return pc.if_else(pc.match_substring_regex(begins, "^[0-9]{4}"), begins, pa.scalar(None, pa.string()))


def _added(rows: pa.Table) -> pa.Table:
    found = rows.group_by(_OWN).aggregate([("start", "min"), ("events", "sum")])
    return found.select([*_OWN, "start_min", "events_sum"]).rename_columns([*_OWN, "start", "events"])


def carried_unmapped(before: Path, concepts: Ints, numbers: Ints, stub: Flags) -> pa.Table:
    """Returns the rows of `by_person` from the last snapshot, with new numbers.

    `concepts` and `numbers` have the new number of each earlier concept and patient, or -1. `stub` is true for concepts
    that no terminology defines.
    """
    rows = load_table(before, "unmapped_person")
    concept, person = concepts[rows["concept"].to_numpy()], numbers[rows["person"].to_numpy()]
    start = rows["start"].cast(pa.string())
    moved = pa.table({"concept": concept, "person": person, "start": start, "events": rows["events"]})
    return moved.filter(pa.array((person >= 0) & np.append(stub, False)[concept]))


def save_unmapped(pieces: Sequence[pa.Table], folder: Path) -> None:
    """Saves one row for each unmapped code, sorted by concept number. `pieces` have the rows of `by_person`.

    `since_many` is the year in which the number of patients with the code reached FEWEST_PATIENTS.
    """
    order = [(name, "ascending") for name in ("concept", "start", "person")]
    rows = _added(pa.concat_tables(pieces)).sort_by(order)
    start = pc.dictionary_encode(rows["start"].combine_chunks())
    save_table(rows.set_column(rows.column_names.index("start"), "start", start), folder, "unmapped_person")
    concept = rows["concept"].to_numpy()
    concepts, first = np.unique(concept, return_index=True)
    sizes = np.diff(np.append(first, len(concept)))
    many = pa.array(np.where(sizes < FEWEST_PATIENTS, len(concept), first + FEWEST_PATIENTS - 1))
    start = pa.chunked_array([*rows["start"].chunks, pa.array([None], pa.string())], pa.string())
    table = {
        "concept": concepts,
        "events": np.add.reduceat(rows["events"].to_numpy(), first) if len(first) else np.empty(0, np.int64),
        "since": start.take(pa.array(first)),
        "since_many": pc.utf8_slice_codeunits(start.take(many), 0, 4),
    }
    save_table(pa.table(table), folder, "unmapped")
    Csr.of_pairs(len(concepts), np.repeat(np.arange(len(concepts)), sizes), rows["person"]).save(folder, "unmapped_of")


class Unmapped:
    """The unmapped codes of a snapshot, except codes in the reach of a concept of a loaded terminology."""

    def __init__(self, folder: Path, hierarchy: Hierarchy, stub: Flags) -> None:
        self._every, self._persons = load_table(folder, "unmapped"), Csr.load(folder, "unmapped_of")
        self._hierarchy, self._stub = hierarchy, stub

    @cached_property
    def _rows(self) -> list[int]:
        concepts = self._every["concept"].to_pylist()
        return [row for row, concept in enumerate(concepts) if self._alone(concept)]

    def _alone(self, concept: int) -> bool:
        """True if this concept is not in the reach of any concept that a terminology defines."""
        return bool(self._stub[self._hierarchy.reaching(BitMap([concept])).to_array()].all())

    @cached_property
    def table(self) -> pa.Table:
        return self._every.take(pa.array(self._rows, pa.int64())).combine_chunks()

    def together(self, rows: Sequence[int]) -> BitMap:
        """Returns the patients with any of the codes in `rows` of `table`."""
        return bitmap(self._persons.gather([self._rows[row] for row in rows])) if rows else BitMap()

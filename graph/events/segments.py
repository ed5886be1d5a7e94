"""graph: reuses or merges the parts of an earlier index of events in a new index, without reading the store.

Concepts keep their order in every snapshot. So the rows of a part stay in order if concepts are added, and only the
column `offsets` is written again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.columns import DamagedFile, is_whole, link_or_copy, sums_of
from graph.events.index import GONE, KINDS, LIKE, NUMBERS, OF_TEXTS, WHOLE, WITHOUT, Column, Part, file_of

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """Events of patients, who are numbered from 0. `columns` has the columns that `save_part` expects."""

    patients: int
    columns: dict[str, Column]
    aged: Ints


def carry(part: Part, before: Path, folder: Path, concepts: Ints, size: int, gone: Flags) -> None:
    """Links the files of a part from the snapshot folder `before` to the new index in `folder`.

    Events of patients who are gone get the standing GONE; `gone` is true for these patients. `concepts` has the new
    number of each earlier concept, or -1 if the concept no longer exists. A concept with -1 must not have events.
    `size` is the number of concepts in the new index.
    """
    made: dict[str, Column] = {}
    if len(concepts) != size or not np.array_equal(concepts, np.arange(size)):
        made["offsets"] = _moved(part.offsets, concepts, size)
    if gone.any():
        standing = part.whole("standing")
        made["standing"] = np.where(gone[part.whole("patient")], np.uint8(GONE), standing)
    written = {file_of(folder, part.file, name): values for name, values in made.items()}
    for file in files_of(part, before):
        if folder / file.name not in written:
            link_or_copy(file, folder)
    for file, values in written.items():
        np.save(file, values)


def _moved(offsets: npt.NDArray[np.int64], concepts: Ints, size: int) -> npt.NDArray[np.int64]:
    sizes = np.zeros(size, np.int64)
    sizes[concepts[concepts >= 0]] = np.diff(offsets)[concepts >= 0]
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def used(part: Part) -> Flags:
    """True for each concept that has events in the part, even if all patients of these events are gone."""
    return np.diff(part.offsets) > 0


def files_of(part: Part, before: Path) -> list[Path]:
    """The files of a part. `before` is the folder of its snapshot."""
    return [before / name for name in sums_of(before) if name.startswith(f"event_{part.file}.")]


def rows_of(part: Part, before: Path, concepts: Ints, gone: Flags) -> Rows | None:
    """Returns the events of the part's patients who are not gone. The patients get new numbers, in the same order.

    Returns None if an event has a concept that no longer exists. `before`, `concepts` and `gone` are as for `carry`.
    Raises DamagedFile if a file of the part is damaged.
    """
    for file in files_of(part, before):
        if not is_whole(file):
            raise DamagedFile(file, "wrong checksum")
    stay = ~gone
    number = np.where(stay, np.cumsum(stay, dtype=np.int32) - 1, -1).astype(np.int32)
    patient = number[part.whole("patient")]
    kept = np.flatnonzero(patient >= 0) if gone.any() else slice(None)
    concept = np.repeat(concepts, np.diff(part.offsets))[kept]
    if len(concept) and concept.min() < 0:
        return None
    found = {name: part.column(name) for name in (*WHOLE, *LIKE, *WITHOUT) if name != "patient"}
    # Equal columns share one array.
    each = {id(values): values[kept] for values in found.values() if values is not None}
    columns = {name: each[id(values)] for name, values in found.items() if values is not None}
    columns |= {"concept": concept, "patient": patient[kept]}
    aged = number[part.aged]
    return Rows(int(stay.sum()), columns, aged[aged >= 0])


def together(some: Sequence[Rows]) -> Rows:
    """Merges the rows of several parts into one part. Patients are numbered part by part."""
    if len(some) == 1:
        return some[0]
    first = np.cumsum([0, *(rows.patients for rows in some)], dtype=np.int32)
    names = dict.fromkeys(name for rows in some for name in rows.columns)
    columns = {name: [_values(rows, name) for rows in some] for name in names}
    columns["patient"] = [values + start for values, start in zip(columns["patient"], first, strict=False)]
    if "visit" in columns:
        columns["visit"] = _apart(columns["visit"])
    # Equal columns share one array.
    made = {(*map(id, found),): np.concatenate(found) for found in columns.values()}
    aged = np.concatenate([rows.aged + start for rows, start in zip(some, first, strict=False)])
    return Rows(int(first[-1]), {name: made[(*map(id, found),)] for name, found in columns.items()}, aged)


def _values(rows: Rows, name: str) -> Column:
    found = rows.columns.get(name)
    kind = np.float64 if name in NUMBERS else np.int32
    return np.full(len(rows.columns["concept"]), WITHOUT[name], kind) if found is None else found


def _apart(visits: list[Column]) -> list[Column]:
    """Renumbers the visits of several parts, so that visits of different parts have different numbers."""
    found: list[Column] = []
    past = 0
    for values in visits:
        found.append(np.where(values >= 0, values + np.int32(past), np.int32(-1)))
        past += int(values.max(initial=-1)) + 1
    return found


def texts_in(part: Part, gone: Flags, texts: Sequence[pa.Array]) -> list[Flags]:
    """Returns two masks: the coded texts and the free texts in the events of patients who are not gone.

    `texts` has all coded texts and all free texts of the index.
    """
    kept = ~gone[part.whole("patient")] if gone.any() else slice(None)
    every = []
    for names, own in zip(OF_TEXTS, texts, strict=True):
        found = np.zeros(len(own) + 1, bool)
        for values in (part.column(name) for name in names):
            if values is not None:
                found[values[kept]] = True
        every.append(found[:-1])
    return every


def renumbered(rows: Rows, numbers: Sequence[Ints]) -> Rows:
    """Replaces the numbers of texts in `rows`.

    `numbers` has the new numbers of the coded texts and the new numbers of the free texts.
    """
    changed = {
        name: np.append(number, np.int32(-1))[rows.columns[name]]
        for names, number in zip(OF_TEXTS, numbers, strict=True)
        for name in names
        if name in rows.columns
    }
    return rows._replace(columns=rows.columns | changed)


def kinds_of(part: Part, gone: Flags) -> Flags:
    """Returns a mask of KINDS for each concept.

    A kind is true if a patient of the part who is not gone has an event of this kind with the concept.
    """
    bits = np.left_shift(np.uint32(1), part.whole("kind"), dtype=np.uint32)
    if gone.any():
        bits[gone[part.whole("patient")]] = 0
    found = np.zeros(len(part.offsets) - 1, np.uint32)
    there = np.flatnonzero(used(part))
    if len(there):
        found[there] = np.bitwise_or.reduceat(bits, part.offsets[there])
    return (found[:, None] >> np.arange(len(KINDS), dtype=np.uint32) & 1).astype(bool)

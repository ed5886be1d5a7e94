"""graph: parts of an earlier index in a new index. They are carried over, or merged, without reading the store.

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
    """Events of `patients` patients, numbered from 0. `columns` are those of `save_part`."""

    patients: int
    columns: dict[str, Column]
    aged: Ints


def carry(part: Part, before: Path, folder: Path, concepts: Ints, size: int, gone: Flags) -> None:
    """Links the files of a part. Rows of patients who are gone get this standing.

    `concepts` has the present number of each earlier concept, -1 if it does not exist any more; such a concept has no
    rows. `size` is the present number of concepts. `gone` has a flag for each patient of the part.
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
    """True for each concept that has rows in the part, even if their patients are gone."""
    return np.diff(part.offsets) > 0


def files_of(part: Part, before: Path) -> list[Path]:
    """The files of a part in the folder of its snapshot."""
    return [before / name for name in sums_of(before) if name.startswith(f"event_{part.file}.")]


def rows_of(part: Part, before: Path, concepts: Ints, gone: Flags) -> Rows | None:
    """The events of the patients of a part who are not gone. The patients are numbered again, in the same order.

    Returns None if one of their concepts does not exist any more; `concepts` as for `carry`. Raises DamagedFile.
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
    # Equal columns are the same array.
    each = {id(values): values[kept] for values in found.values() if values is not None}
    columns = {name: each[id(values)] for name, values in found.items() if values is not None}
    columns |= {"concept": concept, "patient": patient[kept]}
    aged = number[part.aged]
    return Rows(int(stay.sum()), columns, aged[aged >= 0])


def together(some: Sequence[Rows]) -> Rows:
    """The rows of several parts as one part. The patients of each follow those of the one before."""
    if len(some) == 1:
        return some[0]
    first = np.cumsum([0, *(rows.patients for rows in some)], dtype=np.int32)
    names = dict.fromkeys(name for rows in some for name in rows.columns)
    columns = {name: [_values(rows, name) for rows in some] for name in names}
    columns["patient"] = [values + start for values, start in zip(columns["patient"], first, strict=False)]
    if "visit" in columns:
        columns["visit"] = _apart(columns["visit"])
    # Equal columns are the same array.
    made = {(*map(id, found),): np.concatenate(found) for found in columns.values()}
    aged = np.concatenate([rows.aged + start for rows, start in zip(some, first, strict=False)])
    return Rows(int(first[-1]), {name: made[(*map(id, found),)] for name, found in columns.items()}, aged)


def _values(rows: Rows, name: str) -> Column:
    found = rows.columns.get(name)
    kind = np.float64 if name in NUMBERS else np.int32
    return np.full(len(rows.columns["concept"]), WITHOUT[name], kind) if found is None else found


def _apart(visits: list[Column]) -> list[Column]:
    """Visits are numbered within a part. Different parts get different numbers."""
    found: list[Column] = []
    past = 0
    for values in visits:
        found.append(np.where(values >= 0, values + np.int32(past), np.int32(-1)))
        past += int(values.max(initial=-1)) + 1
    return found


def texts_in(part: Part, gone: Flags, texts: Sequence[pa.Array]) -> list[Flags]:
    """For each list of texts of the index, which of them a patient of the part has who is not gone."""
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
    """The rows with other numbers of the texts. `numbers` has the number of each text, for each list of texts."""
    changed = {
        name: np.append(number, np.int32(-1))[rows.columns[name]]
        for names, number in zip(OF_TEXTS, numbers, strict=True)
        for name in names
        if name in rows.columns
    }
    return rows._replace(columns=rows.columns | changed)


def kinds_of(part: Part, gone: Flags) -> Flags:
    """For each concept, which kinds of events (KINDS) patients of the part have who are not gone."""
    bits = np.left_shift(np.uint32(1), part.whole("kind"), dtype=np.uint32)
    if gone.any():
        bits[gone[part.whole("patient")]] = 0
    found = np.zeros(len(part.offsets) - 1, np.uint32)
    there = np.flatnonzero(used(part))
    if len(there):
        found[there] = np.bitwise_or.reduceat(bits, part.offsets[there])
    return (found[:, None] >> np.arange(len(KINDS), dtype=np.uint32) & 1).astype(bool)

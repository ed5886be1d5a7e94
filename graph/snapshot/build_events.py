"""graph: the part of a snapshot with the events of patients, as columns (graph.events)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.events import ABSENT, CODED, COUNTS, HIGHEST, KINDS, LOWEST, NUMBERS, WORDS, intervals, save_index

TEXTS = (*CODED, *WORDS, "kind", "start", "end", "visit")
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class EventRows:
    """Collects the events of a store in pieces, and saves them."""

    def __init__(self) -> None:
        self._pieces: list[pa.Table] = []

    def add(self, rows: pa.Table, concept: Ints, person: Ints, standing: npt.NDArray[np.uint8]) -> None:
        """Adds rows of the table EVENT. `standing` is a value of graph.events for each row."""
        own = {name: rows[name] for name in (*TEXTS, *NUMBERS)}
        self._pieces.append(pa.table({"concept": concept, "person": person, "standing": standing, **own}))

    def save(self, folder: Path, done: Flags, born: Ints) -> None:
        """Saves the index. `born` is the year of birth of each person, 0 if unknown.

        `done` is true for the concepts that are tests or procedures: an event on them counts even if its result is
        `absent`.
        """
        every = pa.concat_tables(self._pieces).combine_chunks() if self._pieces else _none()
        concept, standing = every["concept"].to_numpy(), every["standing"].to_numpy()
        columns: dict[str, npt.NDArray[Any]] = {
            "concept": concept,
            "patient": every["person"].to_numpy(),
            "standing": np.where(done[concept] & (standing == ABSENT), COUNTS, standing),
            "kind": np.asarray(pc.index_in(every["kind"], pa.array(KINDS)).fill_null(len(KINDS) - 1), np.uint8),
        }
        texts, words = (_sorted([every[name] for name in some]) for some in (CODED, WORDS))
        columns |= {name: _numbered(every[name], texts) for name in CODED}
        columns |= {name: _numbered(every[name], words) for name in WORDS}
        columns["visit"] = _numbered(every["visit"], _sorted([every["visit"]]))
        columns |= {name: np.asarray(every[name].cast(pa.float64()).fill_null(np.nan)) for name in NUMBERS}
        columns |= _days(every, columns["patient"], born, folder)
        save_index(folder, len(born), len(done), columns, texts, words)


def _none() -> pa.Table:
    numbers = {name: pa.array([], pa.float64()) for name in NUMBERS}
    ints = {"concept": pa.int32(), "person": pa.int32(), "standing": pa.uint8()}
    texts = {name: pa.array([], pa.string()) for name in TEXTS}
    return pa.table({name: pa.array([], kind) for name, kind in ints.items()} | texts | numbers)


def _sorted(columns: list[pa.ChunkedArray]) -> pa.Array:
    """The distinct texts of the columns, sorted."""
    chunks = [pc.unique(column).cast(pa.string()) for column in columns]
    distinct = pc.unique(pa.concat_arrays(chunks)).drop_null()
    return distinct.take(pc.sort_indices(distinct))


def _numbered(column: pa.ChunkedArray, texts: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, value_set=texts).fill_null(-1), np.int32)


def _days(every: pa.Table, person: Ints, born: Ints, folder: Path) -> dict[str, Ints]:
    """The days of the events. An event without an end ends when it starts.

    An age becomes an interval of dates if the year of birth is known. If it is not, and the patient has no dates, all
    days of the patient are days since birth; the file `event_aged` lists these patients.
    """
    start, start_to, aged = intervals(every["start"])
    end, end_to, end_aged = intervals(every["end"])
    known = every["end"].is_valid().to_numpy() & (end_to < HIGHEST) & (end_aged == aged)
    end, end_to = np.where(known, end, start), np.where(known, end_to, start_to)
    dated = np.zeros(len(born), bool)
    dated[person[~aged & (start > LOWEST)]] = True
    since = np.where(born > 0, _new_year(born), 0)[person]
    calendar = aged & (born > 0)[person]
    lost = aged & ~calendar & dated[person]
    # The birthday is any day of the year of birth.
    for first, last in ((start, start_to), (end, end_to)):
        begins, ends = calendar & (first > LOWEST), calendar & (last < HIGHEST)
        first[begins] += since[begins]
        last[ends] += since[ends] + 365
        first[lost], last[lost] = LOWEST, HIGHEST
    relative = np.unique(person[aged & ~calendar & ~lost])
    np.save(folder / "event_aged.npy", relative.astype(np.int32))
    end = np.maximum(end, start)
    return {"day": start, "day_to": start_to, "end": end, "end_to": np.maximum(end_to, end)}


def _new_year(years: Ints) -> Ints:
    """The first day of each year, as days since 1970-01-01."""
    return np.asarray((years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64), np.int32)

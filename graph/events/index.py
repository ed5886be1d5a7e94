"""graph: the index of events. Each part of the index has the events of some patients.

The columns of a part are sorted by concept, patient and day. All parts have the same columns. A query is answered for
each part separately, and the results are added up. Large columns are memory-mapped, so a query reads only the rows that
it needs. A part does not store the number of its first patient, so the next snapshot can reuse the part
(graph/events/segments.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import Csr, DamagedFile, Texts, load_array, load_table, save_table
from graph.events.days import HIGHEST, LOWEST
from graph.kinds import EventKind

KINDS: tuple[str, ...] = (*get_args(EventKind), "")
"""The kinds of events. The last kind, an empty text, is for events of any other kind."""
PART = 1 << 20
"""Maximum number of patients in a part."""
MAPPED = 256 << 20
"""Size in bytes above which a column is memory-mapped and its checksum is not checked (docs/decisions/0023)."""

Column = npt.NDArray[Any]
NOBODY: Column = np.empty(0, np.int32)
WHOLE = {"patient": np.int32, "day": np.int32, "kind": np.uint8, "standing": np.uint8}
LIKE = {"day_to": "day", "end": "day", "end_to": "end"}
"""Columns that are not saved if they are equal to another column, which is the value in this dict."""
CODED = (
    "unit", "answer", "source_concept", "type", "specialty", "place", "route", "qualifier", "reason", "status",
    "region", "admitted_from", "discharged_to", "plan_source", "sponsor_source", "reason_source",
)  # fmt: skip
"""Columns of coded texts. Each value is the index of a text in `Index.texts`, or -1."""
WORDS = ("text", "stop_reason", "identifier")
"""Columns of free texts. Each value is an index in the list of all free texts, or -1."""
OF_TEXTS = (CODED, WORDS)
"""The columns of coded texts, and the columns of free texts."""
NUMBERS = ("value", "quantity", "days", "refills", "low", "high", "occurrences", "gap")
"""Columns of numbers. A missing number is NaN."""
WITHOUT = {**dict.fromkeys((*CODED, *WORDS), -1), **dict.fromkeys(NUMBERS, np.nan), "visit": -1}
ORDER = (
    "concept", "patient", "day", "day_to", "end", "end_to", "kind", "standing", "visit", *NUMBERS, *CODED, *WORDS
)  # fmt: skip
"""The columns by which events are sorted. Because of this order, equal stores have equal files."""

_NO_WORDS = pa.array([], pa.string())
_NEEDED = ("offsets", *WHOLE, "observed", "observed_from", "observed_to", "aged")
_NAMES = (*_NEEDED, *LIKE, *WITHOUT)

ABSENT, COUNTS, UNSURE, GONE = range(4)
"""The values of the column `standing`, which states whether an event counts.

ABSENT  the patient was examined for the concept, and does not have it
COUNTS  the event counts
UNSURE  the event is uncertain
GONE    the patient was deleted, or has a new number and other rows
"""


class Part:
    """The events of some patients. The column `patient` has the number of the patient within the part, from 0.

    In the snapshot, the first patient of the part has the number `first`. `number` is the position of the part in the
    index. The names of the part's files contain `file`.
    """

    def __init__(self, folder: Path, number: int, file: int, first: int, patients: int) -> None:
        self.number, self.file, self.first, self.patients = number, file, first, patients
        files = {name: file_of(folder, file, name) for name in _NAMES}
        self._held = {name: _read(file) for name, file in files.items() if name in _NEEDED or file.exists()}

    def __len__(self) -> int:
        return int(self.offsets[-1])

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        return self._held["offsets"]

    def column(self, name: str) -> Column | None:
        """The column `name` of the part; None if no event of the part has a value in this column."""
        found = self._held.get(name)
        return self.column(LIKE[name]) if found is None and name in LIKE else found

    def whole(self, name: str) -> Column:
        """The column `name`, which must have a value for every event."""
        found = self.column(name)
        assert found is not None
        return found

    def at(self, name: str, rows: npt.NDArray[np.int64]) -> Column:
        """The values of the column `name` in `rows`. A missing value is -1 or NaN."""
        found = self.column(name)
        return np.full(len(rows), WITHOUT[name]) if found is None else found[rows]

    @cached_property
    def concept(self) -> npt.NDArray[np.int32]:
        """The concept number of each event."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int32), np.diff(self.offsets))

    @property
    def aged(self) -> Column:
        """The numbers of the patients whose events have ages instead of dates."""
        return self._held["aged"]

    @cached_property
    def observed(self) -> Csr:
        """The offsets of each patient's observation periods in `periods`, as a Csr without values."""
        return Csr(np.array(self._held["observed"]), np.empty(0, np.int32))

    @cached_property
    def periods(self) -> tuple[Column, Column]:
        """The first and last day of each observation period, sorted by patient and day."""
        return np.array(self._held["observed_from"]), np.array(self._held["observed_to"])


class Index:
    """The index of events. `parts` has its parts, and `texts` the texts of the coded columns."""

    def __init__(self, folder: Path) -> None:
        files, sizes = load_array(folder / "event_part.npy").T.tolist()
        starts = accumulate(sizes, initial=0)
        parts = enumerate(zip(files, starts, sizes, strict=False))
        self.parts = [Part(folder, number, *one) for number, one in parts]
        self._texts = load_table(folder, "event_text")["text"]
        self._words = load_table(folder, "event_words")["text"]
        self.aged = np.concatenate([part.aged + part.first for part in self.parts])
        """The patients whose events have ages instead of dates. Their days are days since birth."""

    @cached_property
    def folded_words(self) -> pa.Array:
        """The free texts with folded case (`str.casefold`)."""
        return pa.array([text.casefold() for text in self._words.to_pylist()], pa.string())

    @cached_property
    def texts(self) -> Texts:
        return Texts(self._texts)

    def codes(self, texts: list[str]) -> npt.NDArray[np.int64]:
        """Returns the indices of these texts in `Index.texts`. Leaves out texts that no event has."""
        found = pc.index_in(pa.array(texts, pa.string()), value_set=self._texts)
        return np.asarray(found.drop_null(), np.int64)

    def text(self, code: int) -> str:
        return str(self._texts[code].as_py())

    def all_texts(self) -> tuple[pa.Array, pa.Array]:
        """The texts of the coded columns, and the free texts."""
        return self._texts.combine_chunks(), self._words.combine_chunks()


def save_index(
    folder: Path,
    patients: int,
    concepts: int,
    columns: Mapping[str, Column],
    texts: pa.Array,
    words: pa.Array = _NO_WORDS,
    aged: Column = NOBODY,
) -> None:
    """Saves the index of events. Each column has a value for each event. `concept` and the columns WHOLE are required.

    `patient` and `concept` are numbers of the snapshot. `texts` has the texts of the coded columns. `words` has the
    texts of the columns of free texts. `aged` has the patients whose events have ages instead of dates.
    """
    sizes = [min(PART, patients - first) for first in range(0, patients, PART)] or [0]
    save_parts(folder, [*enumerate(sizes)], texts, words)
    part_of = columns["patient"] // PART
    for number, size in enumerate(sizes):
        rows = np.flatnonzero(part_of == number) if patients > PART else slice(None)
        own = {name: values[rows] for name, values in columns.items()}
        own["patient"] = own["patient"] - number * PART
        save_part(folder, number, size, concepts, own, aged[aged // PART == number] - number * PART)


def save_parts(folder: Path, parts: Sequence[tuple[int, int]], texts: pa.Array, words: pa.Array = _NO_WORDS) -> None:
    """Saves the data that all parts share. `texts` has the texts of the coded columns. `words` has the free texts.

    `parts` has the file number and the number of patients of each part.
    """
    np.save(folder / "event_part.npy", np.array(parts, np.int64))
    save_table(pa.table({"text": texts}), folder, "event_text")
    save_table(pa.table({"text": words}), folder, "event_words")


def save_part(
    folder: Path, number: int, patients: int, concepts: int, columns: Mapping[str, Column], aged: Column = NOBODY
) -> None:
    """Saves the events of one part in files with `number` in their names.

    The column `patient` and `aged` have numbers of patients within the part.
    """
    np.save(file_of(folder, number, "aged"), aged.astype(np.int32))
    order = _ordered(columns)
    sizes = np.bincount(columns["concept"], minlength=concepts)
    np.save(file_of(folder, number, "offsets"), np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
    for name, values in columns.items():
        if name in WHOLE:
            np.save(file_of(folder, number, name), values[order].astype(WHOLE[name]))
        elif name in LIKE and not np.array_equal(values, columns[LIKE[name]]):
            np.save(file_of(folder, number, name), values[order].astype(np.int32))
        elif name in WITHOUT and len(values) and not _empty(values):
            np.save(file_of(folder, number, name), values[order])
    _save_periods(folder, number, patients, columns)


def _ordered(columns: Mapping[str, Column]) -> npt.NDArray[np.int64]:
    """Returns the row numbers of events, sorted by the columns in ORDER.

    The first three columns are combined into one number, and the rows are sorted by this number. Rows with the same
    number are then sorted by the other columns.
    """
    first = [columns[name].astype(np.int64) for name in ORDER[:3]]
    key = np.zeros(len(first[0]), np.int64)
    for values in first:
        low = int(values.min()) if len(values) else 0
        key = key * (int(values.max()) - low + 1 if len(values) else 1) + (values - low)
    order = np.argsort(key, kind="stable")
    same = np.flatnonzero(key[order][1:] == key[order][:-1])
    if len(same):
        again = np.unique(np.concatenate([same, same + 1]))
        rows = order[again]
        by = [columns[name][rows] for name in reversed(ORDER[3:]) if name in columns]
        order[again] = rows[np.lexsort([*by, key[rows]])]
    return order


def _empty(values: Column) -> bool:
    return bool(np.isnan(values).all() if values.dtype.kind == "f" else (values < 0).all())


def _save_periods(folder: Path, number: int, patients: int, columns: Mapping[str, Column]) -> None:
    """Saves the observation periods of the patients of a part.

    If a patient has no event of the kind observation_period, the period is from the patient's first to last known day.
    """
    patient, day, end = columns["patient"], columns["day"], columns["end_to"]
    stated = (columns["kind"] == KINDS.index("observation_period")) & (day > LOWEST) & (end < HIGHEST)
    known = np.zeros(patients, bool)
    known[patient[stated]] = True
    rest = ~known[patient] & (day > LOWEST)
    first, last = np.full(patients, HIGHEST, np.int32), np.full(patients, LOWEST, np.int32)
    np.minimum.at(first, patient[rest], day[rest])
    np.maximum.at(last, patient[rest], np.where(end[rest] < HIGHEST, end[rest], columns["day_to"][rest]))
    alone = np.flatnonzero(first < HIGHEST)
    whose = np.concatenate([patient[stated], alone])
    start, stop = np.concatenate([day[stated], first[alone]]), np.concatenate([end[stated], last[alone]])
    order = np.lexsort([stop, start, whose])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(whose, minlength=patients))])
    for name, values in (("observed", offsets), ("observed_from", start[order]), ("observed_to", stop[order])):
        np.save(file_of(folder, number, name), values.astype(np.int64 if name == "observed" else np.int32))


def file_of(folder: Path, number: int, name: str) -> Path:
    return folder / f"event_{number}.{name}.npy"


def _read(file: Path) -> Column:
    """Reads and checks an array. A large array is memory-mapped instead. Raises DamagedFile if the file is damaged."""
    try:
        if file.stat().st_size <= MAPPED:
            return load_array(file)
        found: Column = np.load(file, allow_pickle=False, mmap_mode="r")
        return found.view(np.ndarray)
    except FileNotFoundError as absent:
        raise DamagedFile(file, "missing") from absent
    except (ValueError, EOFError) as wrong:
        raise DamagedFile(file, "not an .npy file of the expected size") from wrong

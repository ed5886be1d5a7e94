"""graph: reads the events of patients from a store, and converts them to the columns of graph.events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.events import ABSENT, CODED, COUNTS, HIGHEST, KINDS, LOWEST, NUMBERS, OF_TEXTS, WORDS, Rows, intervals
from graph.snapshot import standing
from graph.snapshot.medicines import Medicines, Uses
from graph.snapshot.unmapped import by_person
from graph.store import EDGES, Scanned, places

TEXTS = (*CODED, *WORDS, "kind", "start", "end", "visit")
READ = ("source", "target", *TEXTS, *NUMBERS)
"""The columns of the table EVENT that are read."""
_SCHEMA = pa.schema([EDGES["EVENT"].arrow.field(name) for name in READ])
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]


class EventRows:
    """Collects events. `ids` has the sorted ids of patient records. `number` has the patient of each record, or -1.

    `kinds` is true for the kinds of events (graph.events.KINDS) that a concept has. `absent` is true for concepts with
    an event whose status begins with `absent`. `unmapped` has the events with codes that no terminology defines. `uses`
    has the patients of each medicine.
    """

    def __init__(self, concepts: pa.Table, medicines: Medicines, ids: pa.ChunkedArray, number: Ints) -> None:
        self._concepts, self._medicines, self._ids, self._number = concepts["id"], medicines, ids, number
        self._stub = np.asarray(concepts["stub"].fill_null(False))
        self._pieces: list[pa.Table] = []
        self.kinds = np.zeros((concepts.num_rows, len(KINDS)), bool)
        self.absent = np.zeros(concepts.num_rows, bool)
        self.unmapped = [by_person(np.empty((2, 0), np.int32), pa.chunked_array([], pa.string()))]
        self.uses = Uses()

    def read(self, scanned: pa.Table) -> None:
        """Adds rows of the table EVENT with the columns READ."""
        whose = self._number[places(scanned["source"], self._ids)]
        rows = scanned.cast(_SCHEMA).filter(pa.array(whose >= 0))
        concept, whose = places(rows["target"], self._concepts), whose[whose >= 0]
        if coded := self._medicines.coded(rows["target"], concept):
            self.uses.add(rows["target"].filter(pa.array(concept < 0)), whose[concept < 0])
            which, concept = coded
            stated = pc.coalesce(rows["identifier"], self._medicines.identifiers(rows["target"]))
            rows = rows.set_column(rows.schema.get_field_index("identifier"), "identifier", stated)
            rows, whose = rows.take(pa.array(which)), whose[which]
        kind = np.asarray(pc.index_in(rows["kind"], pa.array(KINDS)).fill_null(len(KINDS) - 1), np.uint8)
        stands, nowhere = standing.codes(rows), self._stub[concept]
        self.kinds[concept, kind] = True
        self.absent[concept[stands == ABSENT]] = True
        ends = np.stack([concept, whose])[:, nowhere]
        self.unmapped.append(by_person(ends, rows["start"].filter(pa.array(nowhere))))
        own = {name: rows[name] for name in (*TEXTS, *NUMBERS)}
        self._pieces.append(pa.table({"concept": concept, "person": whose, "standing": stands, **own, "kind": kind}))

    def texts(self) -> tuple[pa.Array, ...]:
        """The distinct texts of the coded columns, and the distinct free texts. Both lists are sorted."""
        return tuple(_sorted([piece[name] for piece in self._pieces for name in names]) for names in OF_TEXTS)

    def rows(self, done: Flags, born: Ints, texts: Sequence[pa.Array]) -> Rows:
        """Returns the collected events as columns, and frees the memory of the collected events.

        `born` has the year of birth of each patient, or 0 if the year is unknown. `done` is true for each concept that
        is a test or procedure: its events count even if their status is `absent`. `texts` has the result of the method
        `texts`.
        """
        every = pa.concat_tables(self._pieces).combine_chunks() if self._pieces else _none()
        self._pieces.clear()
        concept, stands = every["concept"].to_numpy(), every["standing"].to_numpy()
        columns: dict[str, npt.NDArray[Any]] = {
            "concept": concept,
            "patient": every["person"].to_numpy(),
            "standing": np.where(done[concept] & (stands == ABSENT), COUNTS, stands),
            "kind": every["kind"].to_numpy(),
        }
        for names, own in zip(OF_TEXTS, texts, strict=True):
            columns |= {name: _numbered(every[name], own) for name in names}
        columns["visit"] = _of_one(_numbered(every["visit"], _sorted([every["visit"]])), columns["patient"])
        columns |= {name: np.asarray(every[name].cast(pa.float64()).fill_null(np.nan)) for name in NUMBERS}
        days, aged = _days(every, columns["patient"], born)
        return Rows(len(born), columns | days, aged)


def all_events(store: Scanned, rows: EventRows) -> None:
    for scanned in store.scan("EVENT", READ):
        rows.read(scanned)


def _none() -> pa.Table:
    numbers = {name: pa.array([], pa.float64()) for name in NUMBERS}
    ints = {"concept": pa.int32(), "person": pa.int32(), "standing": pa.uint8(), "kind": pa.uint8()}
    texts = {name: pa.array([], pa.string()) for name in TEXTS}
    return pa.table(texts | numbers | {name: pa.array([], kind) for name, kind in ints.items()})


def _sorted(columns: list[pa.ChunkedArray]) -> pa.Array:
    """The distinct texts of the columns, sorted."""
    chunks = [pc.unique(column).cast(pa.string()) for column in columns]
    distinct = pc.unique(pa.concat_arrays([pa.array([], pa.string()), *chunks])).drop_null()
    return distinct.take(pc.sort_indices(distinct))


def _numbered(column: pa.ChunkedArray, texts: pa.Array) -> Ints:
    return np.asarray(pc.index_in(column, value_set=texts).fill_null(-1), np.int32)


def _of_one(visit: Ints, patient: Ints) -> Ints:
    """Numbers the visits so that each number has one patient. An event may name a visit of another patient."""
    size, rows = int(visit.max(initial=-1)) + 1, np.flatnonzero(visit >= 0)
    low, high = np.full(size, len(visit), np.int32), np.full(size, -1, np.int32)
    np.minimum.at(low, visit[rows], patient[rows])
    np.maximum.at(high, visit[rows], patient[rows])
    if (low == high).all():
        return visit
    pairs = visit[rows].astype(np.int64) << 32 | patient[rows]
    found = np.full(len(visit), -1, np.int32)
    found[rows] = np.unique(pairs, return_inverse=True)[1]
    return found


def _days(every: pa.Table, person: Ints, born: Ints) -> tuple[dict[str, Ints], Ints]:
    """Returns the columns `day`, `day_to`, `end` and `end_to` of the events, and a list of patients.

    An event without an end ends on the day on which it starts. An age becomes an interval of dates if the year of birth
    is known. If the year is unknown and the patient has no dates, all days of the patient are days since birth, and the
    patient is in the list.
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
    # The birthday may be any day of the year of birth.
    for first, last in ((start, start_to), (end, end_to)):
        begins, ends = calendar & (first > LOWEST), calendar & (last < HIGHEST)
        first[begins] += since[begins]
        last[ends] += since[ends] + 365
        first[lost], last[lost] = LOWEST, HIGHEST
    relative = np.unique(person[aged & ~calendar & ~lost])
    end = np.maximum(end, start)
    days = {"day": start, "day_to": start_to, "end": end, "end_to": np.maximum(end_to, end)}
    return days, relative.astype(np.int32)


def _new_year(years: Ints) -> Ints:
    """The first day of each year, as days since 1970-01-01."""
    return np.asarray((years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64), np.int32)

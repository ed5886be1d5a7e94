"""cohorts: finds the events and the patients of a concept set. Recent results are cached with the snapshot."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine.compiled import Concept
from cohorts.engine.found import Found, Rows
from graph.columns import bitmap_of
from graph.events import KINDS, Part
from graph.kinds import NOT_OWN, EventKind
from graph.snapshot import Snapshot
from graph.value_sets import Concepts

Kinds = tuple[EventKind, ...]
_SHARE, _LEAST = 4, 1 << 20
"""The cache holds at most a quarter of the events of the snapshot, or a million events if a quarter is less."""
_FEW = 128
"""If a question has fewer than one row per 128 patients of a part, the rows are not sorted by a counting sort."""


class Postings:
    """The events and patients of concept sets, in the parts of a snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._concepts = snapshot.derived(Concept)
        self._held = _Held(max(_LEAST, sum(map(len, snapshot.events.parts)) // _SHARE))
        self.having = lru_cache(2048)(self._having)
        self.everyone = lru_cache(64)(self._everyone)
        self._gone = snapshot.patients.gone
        self._traits = lru_cache(64)(self._traits_of)

    def events(self, part: Part, concepts: Concepts | None, kinds: Kinds, nth: int = 0) -> Found:
        """The events of `part` with one of `concepts` and of `kinds`, sorted by patient and day.

        Only events with the standing COUNTS are returned. With `nth`, only the n-th event of each patient.
        """
        return self._held.get((part.number, concepts, kinds, nth), lambda: self._events(part, concepts, kinds, nth))

    def forget(self) -> None:
        """Empties the caches of events and of sets of patients."""
        self._held.forget()
        self.having.cache_clear()

    def _events(self, part: Part, concepts: Concepts | None, kinds: Kinds, nth: int) -> Found:
        from cohorts.engine.row_kernels import merged, rows_of

        if nth:
            found = self.events(part, concepts, kinds)
            return found.at(_nth(found.patient, nth))
        start, end, wanted, plain = self._bounds(part, concepts, kinds)
        if len(start) == 1 and plain:
            return Found(part, slice(int(start[0]), int(end[0])))
        patient, day, *rest = (part.whole(name) for name in ("patient", "day", "kind", "standing"))
        if len(start) > 1 and int((end - start).sum()) * _FEW > part.patients:
            return Found.of(part, *merged(start, end, (patient, day, *rest), wanted, plain, part.patients))
        rows = rows_of(start, end, rest, wanted, plain)
        return Found(part, rows[np.lexsort([day[rows], patient[rows]])] if len(start) > 1 else rows)

    def _bounds(self, part: Part, concepts: Concepts | None, kinds: Kinds) -> tuple[Any, Any, int, bool]:
        """For each concept, its first row in `part` and the row after its last row.

        Also returns the wanted kinds as bits, and True if all rows have a wanted kind and the standing COUNTS.
        """
        wanted = sum(1 << n for n, kind in enumerate(KINDS) if (kind in kinds if kinds else kind not in NOT_OWN))
        traits = self._traits(part)
        some = np.asarray(self._concepts.of(concepts).to_array(), np.int64) if concepts else np.arange(len(traits))
        some = some[traits[some] & wanted > 0]
        plain = not int(np.bitwise_or.reduce(traits[some])) & ~wanted
        return part.offsets[some], part.offsets[some + 1], wanted, plain

    def _traits_of(self, part: Part) -> npt.NDArray[np.uint32]:
        from cohorts.engine.row_kernels import traits

        return traits(part.offsets, part.whole("kind"), part.whole("standing"))

    def _having(self, part: Part, concepts: Concepts | None, kinds: Kinds) -> BitMap:
        """The patients of `part` with an event that `events` would return."""
        from cohorts.engine.row_kernels import having

        start, end, wanted, plain = self._bounds(part, concepts, kinds)
        columns = part.whole("patient"), part.whole("kind"), part.whole("standing")
        return bitmap_of(having(start, end, columns, wanted, plain, part.patients), part.first)

    def _everyone(self, part: Part) -> BitMap:
        """The patients of a part, without numbers that are gone."""
        return BitMap(range(part.first, part.first + part.patients)) - self._gone


class _Held:
    """A cache of recently used lists of events. Together, the lists have at most `most` events."""

    def __init__(self, most: int) -> None:
        self._most, self._size, self._lock = most, 0, Lock()
        self._lists: OrderedDict[Any, Found] = OrderedDict()

    def forget(self) -> None:
        with self._lock:
            self._size = 0
            self._lists.clear()

    def get(self, key: Any, make: Callable[[], Found]) -> Found:
        with self._lock:
            found = self._lists.get(key)
            if found is not None:
                self._lists.move_to_end(key)
                return found
        made = make()
        with self._lock:
            if key not in self._lists:
                self._lists[key] = made
                self._size += len(made)
            while self._size > self._most:
                self._size -= len(self._lists.popitem(last=False)[1])
        return made


def _nth(patient: npt.NDArray[np.int32], nth: int) -> Rows:
    """The positions of the n-th event of each patient. In the order of days, events without a date come first."""
    first = np.flatnonzero(np.append(True, patient[1:] != patient[:-1])) if len(patient) else np.empty(0, np.int64)
    past = np.append(first[1:], len(patient))
    place = first + nth - 1 if nth > 0 else past + nth
    return place[(place >= first) & (place < past)]

"""cohorts: converts concept sets, words, texts, ranges and dates of a definition for comparison with columns."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from cohorts.errors import NotAnswered
from cohorts.fields import Match
from cohorts.model import Dates, Range
from graph.events import HIGHEST, LOWEST, Index, interval
from graph.snapshot import Snapshot
from graph.value_sets import BadValueSet, Concepts, members

Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
NO_LIMIT = 1 << 30
"""The number of days of a window without a limit."""


def bound(days: int | None, sign: int) -> int:
    """The limit of a window in days, within NO_LIMIT. `sign` is -1 for its first day, and 1 for its last day."""
    return sign * NO_LIMIT if days is None else max(-NO_LIMIT, min(NO_LIMIT, days))


class Concept:
    """Finds the concepts of concept sets in a snapshot. The results are cached."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self.of = lru_cache(4096)(self._of)
        self.texts = lru_cache(1024)(self._texts)

    def _of(self, concepts: Concepts) -> BitMap:
        """The numbers of the concepts in the set. Raises NotAnswered if the set uses a value set that is not stored."""
        try:
            return members(self._snapshot, concepts)[0]
        except BadValueSet as wrong:
            raise NotAnswered(wrong.id, str(wrong)) from None

    def _texts(self, concepts: Concepts) -> Flags:
        """For each text of the event index, True if the text ends with the CURIE of a concept in the set.

        For example, the text of a status ends with a CURIE. The last value, at position -1, is false.
        """
        return np.append(np.isin(self._snapshot.derived(_concept_of_text), self.of(concepts).to_array()), False)


def _concept_of_text(snapshot: Snapshot) -> Ints:
    """For each text of the event index, the number of the concept whose CURIE is at the end of the text.

    -1 if there is no such concept.
    """
    texts = snapshot.events.texts
    found = [snapshot.ids.find(texts.key(number).decode().rpartition(" ")[2]) for number in range(len(texts))]
    return np.array([-1 if number is None else number for number in found], np.int32)


def words_of(index: Index, words: tuple[str, ...]) -> Flags:
    """For each text of `index`, True if the text has a word in `words`. The last value, at position -1, is false."""
    texts = (index.texts.key(number).decode() for number in range(len(index.texts)))
    return np.array([*(not set(words).isdisjoint(text.split()) for text in texts), False])


def matching(index: Index, how: Match, texts: tuple[str, ...]) -> Flags:
    """For each free text of `index`, True if it matches one of `texts`. The last value, at position -1, is false."""
    folded = index.folded_words
    found = np.zeros(len(folded) + 1, bool)
    for text in texts:
        found[:-1] |= np.asarray(_MATCHES[how](folded, text.casefold()))
    return found


_MATCHES: dict[str, Callable[[pa.ChunkedArray, str], pa.ChunkedArray]] = {
    "is": pc.equal,
    "contains": pc.match_substring,
    "starts_with": pc.starts_with,
    "ends_with": pc.ends_with,
}


def within(range: Range, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64], possible: bool = False) -> Flags:
    """True where all numbers from `low` to `high` are in the range. If `possible` is true, one of these numbers is
    enough.

    NaN is never in the range.
    """
    if possible:
        known = ~np.isnan(low)
        return known & ~_outside(range, low, high) if not range.outside else known & ~_inside(range, low, high)
    return _outside(range, low, high) if range.outside else _inside(range, low, high)


def _inside(range: Range, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Flags:
    found = ~np.isnan(low)
    if range.low is not None:
        found &= low > range.low if range.above else low >= range.low
    if range.high is not None:
        found &= high < range.high if range.below else high <= range.high
    return found


def _outside(range: Range, low: npt.NDArray[np.float64], high: npt.NDArray[np.float64]) -> Flags:
    low_, high_ = range.low, range.high
    if low_ is not None and high_ is not None and (low_, range.above or range.below) > (high_, False):
        # No number is in the range.
        return ~np.isnan(low)
    found = np.zeros(len(low), bool)
    if range.low is not None:
        found |= high <= range.low if range.above else high < range.low
    if range.high is not None:
        found |= low >= range.high if range.below else low > range.high
    return found


def days_of(dates: Dates) -> Range:
    """The range of dates, as days since 1970-01-01."""
    first, last = interval(dates.since), interval(dates.until)
    return Range(
        low=first.first if first.first > LOWEST else None,
        high=last.last if last.last < HIGHEST else None,
        outside=dates.outside,
    )


def years(days: Ints) -> Ints:
    """The calendar year of each day since 1970-01-01. All days must be known. Equal days are converted once."""
    low, high = (int(days.min()), int(days.max())) if len(days) else (0, 0)
    every = np.arange(low, high + 1).astype("datetime64[D]").astype("datetime64[Y]").astype(np.int32) + 1970
    return np.asarray(every[days - low], np.int32)

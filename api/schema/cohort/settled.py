"""api: selects the patients to count for the criteria of a caller below EXACT.

A caller who compares two counts learns something about the patients who are in only one of the two cohorts. So two
similar cohorts never differ by only a few patients:

- A criterion that changes the cohort by only a few patients (`is_few`) is not applied. Such criteria are removed one at
  a time: of two equivalent criteria, one must be kept. The order of removal does not depend on patients, so the order
  does not disclose which criterion changes more.
- A bound of birth years moves to the nearest cut: a year at which a range may begin or end. Cuts are chosen so that
  between two cuts, there are more than a few patients, and each criterion includes or excludes more than a few
  patients.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from pyroaring import BitMap

from api.disclosure import AT_LEAST, NOBODY, WIDEST, Group, is_few
from api.fields import in_time
from graph.columns import bitmap
from graph.snapshot import Patients

_FIRST, _LAST = 1880, 2060
_ROUND = (40, 20, 10, 5)
CUTS = np.array([*dict.fromkeys(cut for by in _ROUND for cut in range(_FIRST, _LAST + 1, by))])
"""Possible cuts, the roundest years first. With more cuts, a caller could average out the noise over many ranges."""
_KNOWN = 1
"""A range that begins with this year contains every known year of birth up to the end of the range."""
Years = tuple[int | None, int | None]
ANY_YEAR: Years = (None, None)


class Criterion(NamedTuple):
    """One criterion of a cohort, and the patients that it selects. `kind` is `all`, `any` or `none`. `width` is the
    number of concepts in the reach. `name` is the standard spelling.
    """

    kind: str
    name: str
    width: int
    patients: BitMap


class _Whole(NamedTuple):
    """The result of criteria without limits on birth years: the applied criteria, and the patients to count."""

    kept: list[Criterion]
    description: str
    group: BitMap
    cuts: list[list[int]]
    """Cuts for the patients to count, and cuts that are also suitable for each criterion. Empty until first used."""


_WHOLE: WeakKeyDictionary[Patients, dict[str, _Whole]] = WeakKeyDictionary()
"""Results that are cached for each snapshot, by the spelling of the criteria. They are removed together with the
snapshot.
"""
_MOST_KEPT = 500


def settled(patients: Patients, criteria: Sequence[Criterion], years: Years) -> Group:
    """Returns the patients to count for a cohort with these criteria and birth years."""
    while True:
        whole = _whole(patients, criteria)
        if years == ANY_YEAR:
            return Group(whole.group, whole.description)
        near, moved = (_moved(years, at, patients.decades) for at in _cuts_of(patients, whole))
        if near is None:
            return NOBODY
        fewer = _needed(patients, whole.kept, patients.born_between(*near))
        if len(fewer) == len(whole.kept) and moved != near:
            fewer = _needed(patients, whole.kept, patients.born_between(*moved)) if moved else whole.kept[1:]
        if len(fewer) == len(whole.kept):
            return _within(patients, whole, moved or near)
        # With fewer criteria, more cuts can be possible.
        criteria = fewer


def _within(patients: Patients, whole: _Whole, years: Years) -> Group:
    within = patients.born_between(*years)
    if is_few(patients, whole.group - within):
        return Group(whole.group, whole.description)
    return Group(whole.group & within, f"{whole.description} born {years}", born=years)


def _whole(patients: Patients, criteria: Sequence[Criterion]) -> _Whole:
    known = _WHOLE.setdefault(patients, {})
    key = described(distinct(criteria))
    found = known.get(key)
    if found is None:
        kept = _needed(patients, criteria, patients.everyone)
        if len(known) >= _MOST_KEPT:
            known.clear()
        found = known[key] = _Whole(kept, described(kept), meeting(kept, patients.everyone), [])
    return found


def _cuts_of(patients: Patients, whole: _Whole) -> list[list[int]]:
    if not whole.cuts:
        groups = [whole.group, *_changes(whole.kept, patients.everyone)]
        whole.cuts[:] = cuts(patients, groups[:1]), cuts(patients, groups)
    return whole.cuts


def described(criteria: Sequence[Criterion]) -> str:
    """Returns the standard spelling of the criteria."""
    return " ".join(f"{one.kind} {one.name}" for one in criteria)


def _order(one: Criterion) -> tuple[str, int, str]:
    """Returns the sort key of a criterion. Criteria are removed in this order: `none` and `any`, each from the
    narrowest to the broadest, then `all`, from the broadest to the narrowest.
    """
    return {"none": "0", "any": "1", "all": "2"}[one.kind], -one.width if one.kind == "all" else one.width, one.name


def _needed(patients: Patients, criteria: Sequence[Criterion], within: BitMap) -> list[Criterion]:
    """Returns the criteria that each change the number of patients among `within` by more than a few."""
    kept = distinct(criteria)
    while True:
        in_time()
        place = _needless(patients, kept, within)
        if place is None:
            return kept
        kept = distinct([*kept[:place], *kept[place + 1 :]])


def distinct(criteria: Sequence[Criterion]) -> list[Criterion]:
    """Returns the criteria in order without duplicates. A single `any` becomes `all`."""
    if len({one.name for one in criteria if one.kind == "any"}) == 1:
        criteria = [one._replace(kind="all") if one.kind == "any" else one for one in criteria]
    return sorted({one[:2]: one for one in criteria}.values(), key=_order)


def _needless(patients: Patients, kept: Sequence[Criterion], within: BitMap) -> int | None:
    """Returns the position of the first criterion in `kept` that changes the count by only a few patients, or None."""
    places = range(len(kept))
    return next((n for n, change in zip(places, _changes(kept, within), strict=True) if is_few(patients, change)), None)


def _changes(kept: Sequence[Criterion], within: BitMap) -> Iterator[BitMap]:
    """For each criterion, yields the patients who are included or excluded because of that criterion alone."""
    every, some, none = ([one.patients for one in kept if one.kind == kind] for kind in ("all", "any", "none"))
    having = BitMap.intersection(within, *every)
    chosen = BitMap.union(*some) if some else within
    out, kept_out = _once(none)
    yield from ((kept_out & one) & having & chosen for one in none)
    _, chosen_once = _once(some)
    yield from ((chosen_once & one & having) - out for one in some)
    left = (within & chosen) - out
    missing = [left - one for one in every]
    _, missing_once = _once(missing)
    yield from (missing_once & one for one in missing)


def _once(sets: Sequence[BitMap]) -> tuple[BitMap, BitMap]:
    """Returns the members of any set, and the members of exactly one set."""
    found, twice = BitMap(), BitMap()
    for one in sets:
        twice |= found & one
        found |= one
    return found, found - twice


def meeting(kept: Sequence[Criterion], within: BitMap) -> BitMap:
    """Returns the patients among `within` who meet all criteria."""
    every, some, none = ([one.patients for one in kept if one.kind == kind] for kind in ("all", "any", "none"))
    found = BitMap.intersection(within, *every)
    if some:
        found &= BitMap.union(*some)
    return found - BitMap.union(*none) if none else found


def cuts(patients: Patients, groups: Sequence[BitMap]) -> list[int]:
    """Returns the years at which a range of birth years may begin or end, ascending. Between two of these cuts, each
    group has more than a few patients.

    Each range of years is cut at the first of CUTS that leaves more than a few patients on both sides.
    """
    known = patients.born_between(_KNOWN, None)
    of = [np.asarray((group & known).to_array()) for group in groups]
    born = [np.clip(patients.born[some], _FIRST, _LAST) for some in of]
    counts = [np.bincount(some - _FIRST, minlength=_LAST - _FIRST + 1) for some in born]
    before = np.cumsum([[0, *count] for count in counts], axis=1)

    def few(first: int, end: int) -> bool:
        many = before[:, end - _FIRST] - before[:, first - _FIRST]
        unsure = np.flatnonzero(many < AT_LEAST + 2 * WIDEST).tolist()
        return any(is_few(patients, bitmap(of[n][(born[n] >= first) & (born[n] < end)])) for n in unsure)

    found, parts = list[int](), [(_FIRST, _LAST + 1)]
    while parts:
        first, end = parts.pop()
        inside = CUTS[(first < CUTS) & (end > CUTS)]
        below = before[:, inside - _FIRST] - before[:, [first - _FIRST]]
        least = np.minimum(below, before[:, [end - _FIRST]] - before[:, [first - _FIRST]] - below).min(axis=0)
        possible = inside[least >= AT_LEAST].tolist()
        cut = next((year for year in possible if not few(first, year) and not few(year, end)), None)
        if cut is not None:
            found.append(cut)
            parts += [(first, cut), (cut, end)]
    return sorted(found)


def _moved(years: Years, at: Sequence[int], ends: tuple[int, int]) -> Years | None:
    """Moves both bounds of `years` to the nearest cut in `at`, or to the earlier of two equally near cuts.

    `ends` are the first year of birth and the year after the last (`Patients.decades`). None means an empty range.
    """
    first, last = years
    edges = [ends[0], *at, ends[1]]

    def nearest(year: int) -> int:
        place = min(max(bisect_left(edges, year), 1), len(edges) - 1)
        return place if edges[place] - year < year - edges[place - 1] else place - 1

    start = 0 if first is None else nearest(first)
    end = len(at) + 1 if last is None else nearest(last + 1)
    if start >= end:
        return None
    return edges[start] if start else _KNOWN, edges[end] - 1 if end <= len(at) else None

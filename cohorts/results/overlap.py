"""cohorts: what two or more cohorts have in common: patients, and days in the cohorts."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine import Answer, Periods
from cohorts.results.members import Members, combined, on_parts, split, together, union
from graph.events import HIGHEST, LOWEST
from graph.snapshot import Snapshot

Names = tuple[str, ...]


class Common(NamedTuple):
    """The patients with at least one day in both cohorts, and the number of these days.

    `undated` are patients with a time in one of the cohorts whose start or end is unknown. They are left out.
    """

    patients: BitMap
    days: int
    undated: BitMap


class Overlap(NamedTuple):
    """The overlap of several cohorts.

    `exactly` has, for each combination of cohorts, the patients who are in exactly these cohorts. `days` has the common
    days for each pair of cohorts that have times.
    """

    exactly: dict[Names, BitMap]
    days: dict[tuple[str, str], Common]

    def inside(self, cohorts: Collection[str], outside: Collection[str] = ()) -> BitMap:
        """The patients who are in all of `cohorts` and in none of `outside`: an intersection or a difference."""
        wanted, other = set(cohorts), set(outside)
        return union(some for names, some in self.exactly.items() if wanted <= set(names) and other.isdisjoint(names))


def overlap(snapshot: Snapshot, answers: Mapping[str, Answer]) -> Overlap:
    """The overlap of named cohorts of one snapshot."""
    parts = zip(*(on_parts(snapshot, answer, lambda members: members) for answer in answers.values()), strict=True)
    some = [overlap_part(dict(zip(answers, members, strict=True))) for members in parts]
    days: dict[tuple[str, str], Common] = {}
    for part in some:
        for pair, common in part.days.items():
            days[pair] = _sum(days[pair], common) if pair in days else common
    return Overlap(together(part.exactly for part in some), days)


def _sum(one: Common, other: Common) -> Common:
    return Common(one.patients | other.patients, one.days + other.days, one.undated | other.undated)


def overlap_part(cohorts: Mapping[str, Members]) -> Overlap:
    """The overlap of named cohorts in one part of the event index."""
    patients = np.asarray(union(members.patients for members in cohorts.values()).to_array(), np.int64)
    flags = (np.isin(patients, members.patients.to_array()) for members in cohorts.values())
    code, found = combined(flags, len(patients))
    names = [tuple(name for name, inside in zip(cohorts, row, strict=True) if inside) for row in found]
    pairs = combinations([name for name, members in cohorts.items() if members.timed is not None], 2)
    return Overlap(
        split(code, names, patients), {(one, other): _common(cohorts[one], cohorts[other]) for one, other in pairs}
    )


def _common(one: Members, other: Members) -> Common:
    from cohorts.results.kernels import common

    periods = [members.periods("days in common") for members in (one, other)]
    undated = one.flags(np.concatenate([some.patient[_unknown(some)] for some in periods]))
    first, second = (_without(some, undated) for some in periods)
    days = common(first, second, one.part.patients)
    return Common(one.where(days > 0), int(days.sum()), one.where(undated))


def _unknown(periods: Periods) -> npt.NDArray[np.bool_]:
    return np.asarray((periods.start <= LOWEST) | (periods.end >= HIGHEST))


def _without(periods: Periods, patients: npt.NDArray[np.bool_]) -> Periods:
    kept = ~patients[periods.patient]
    return Periods(*(column[kept] for column in periods))

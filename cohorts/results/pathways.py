"""cohorts: finds the order in which chosen events first start, from the start in the cohort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from cohorts.engine import Answer, next_start, select
from cohorts.errors import NotAnswered
from cohorts.model import Events
from cohorts.results.members import Members, combined, on_parts, split, together, union
from graph.columns import first_of_each
from graph.events import HIGHEST, LOWEST
from graph.snapshot import Snapshot

Path = tuple[str, ...]
"""The steps in order of time: the name of an event, or `A + B` for events that start together."""
MOST_EVENTS = 200


class Pathways(NamedTuple):
    """The paths of the patients of a cohort (see `pathways`).

    `paths` has the patients of each path, the most frequent path first. Patients without any of the events have the
    path `()`. `rare` are the patients whose path is shared by too few patients. `undated` are the patients with an
    unknown start.
    """

    paths: dict[Path, BitMap]
    rare: BitMap
    undated: BitMap


def pathways(
    snapshot: Snapshot,
    answer: Answer,
    events: Mapping[str, Events],
    together_within: int = 0,
    fewest: int = 1,
    possible: bool = False,
) -> Pathways:
    """The paths that at least `fewest` patients have.

    Each event counts once: at its first start in the first time in the cohort. A partial date counts as its first
    possible day. Events without a date do not count. A step has all events that start at most `together_within` days
    after the first event of the step. The names of these events are in the order of `events`. Raises NotAnswered for a
    cohort without entry events, for more than MOST_EVENTS events, or if `together_within` is negative.
    """
    if len(events) > MOST_EVENTS or together_within < 0:
        raise NotAnswered("these paths", f"choose at most {MOST_EVENTS} events, and 0 or more days between them")
    some = tuple(events.values())
    parts = on_parts(snapshot, answer, lambda part: pathways_part(part, events, together_within), possible, some)
    found = together(part.paths for part in parts)
    kept = {path: patients for path, patients in found.items() if len(patients) >= fewest}
    ordered = sorted(kept, key=lambda path: (-len(kept[path]), path))
    rare = union(found[path] for path in found.keys() - kept.keys())
    return Pathways({path: kept[path] for path in ordered}, rare, union(part.undated for part in parts))


def pathways_part(members: Members, events: Mapping[str, Events], together_within: int = 0) -> Pathways:
    """All paths of the patients in `members`, who belong to one part of the event index."""
    from cohorts.results.kernels import steps

    patient, start, end = members.periods("paths")
    first = first_of_each(patient.astype(np.int64))
    dated = first & (start > LOWEST)
    undated = members.where(members.flags(patient[first & ~dated]))
    patient, start, end = patient[dated], start[dated], end[dated]
    days = np.full((len(events), len(patient)), HIGHEST, np.int32)
    for place, one in enumerate(events.values()):
        day = next_start(select(members.asked, members.part, one), patient, start)
        days[place] = np.where(day <= end, day, HIGHEST)
    code, found = combined(steps(days, together_within), len(patient))
    paths = [_path([*events], places) for places in found]
    return Pathways(split(code, paths, patient + members.part.first), BitMap(), undated)


def _path(names: list[str], places: tuple[int, ...]) -> Path:
    steps: list[list[str]] = [[] for _ in range(max(places, default=0))]
    for name, step in zip(names, places, strict=True):
        if step:
            steps[step - 1].append(name)
    return tuple(" + ".join(step) for step in steps)

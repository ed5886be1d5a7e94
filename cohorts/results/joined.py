"""cohorts: finds the records of research and education that share concepts with a cohort.

The concepts of a cohort are the concepts that the definition asks for and, with less weight, the concepts that many
patients of the cohort have. A concept has more weight if few records are about its reach: ln((all records + 1) /
(records about the reach + 1)), the inverse document frequency (K. Spärck Jones 1972, doi:10.1108/eb026526).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import log
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from pyroaring import BitMap

from cohorts.engine import Concept
from cohorts.model import Among, Definition, Events, Group, Occurs
from cohorts.parts import Place, places
from cohorts.results.members import union
from cohorts.saved import refuse_loop, stored
from graph.hierarchy import Hierarchy, Level
from graph.kinds import RECORDS
from graph.snapshot import Snapshot
from graph.value_sets import Concepts, definition
from graph.value_sets import Definition as ValueSet

FEWEST = 10
"""The minimum number of patients who must have a concept, so that the concept is frequent."""
_SHARE, _MOST = 0.1, 20


Reaches = dict[int, BitMap]
"""Concepts, each with the concepts by which records are about it."""


class Weighted(NamedTuple):
    """The weight of a concept, and the concepts by which records are about it."""

    weight: float
    reach: BitMap


class Joined(NamedTuple):
    """The number of a record, its score, and the shared concepts, ordered from the most to the least specific."""

    record: int
    score: float
    why: list[int]


def asked_for(snapshot: Snapshot, cohort: Definition) -> dict[int, Weighted]:
    """The concepts that a patient of the cohort must or may have, each with weight 1.

    Concepts that the patient must not have are left out. Concepts of events that end the time in the cohort are left
    out too. The concepts of saved cohorts that the definition uses are included. Raises NotAnswered.
    """
    return {concept: Weighted(1.0, reach) for concept, reach in _of_cohort(snapshot, cohort, ()).items()}


def _of_cohort(snapshot: Snapshot, cohort: Definition, above: tuple[str, ...]) -> Reaches:
    """`above` are the ids of the saved cohorts that contain this definition, the outermost first."""
    found: Reaches = {}
    for place in places(cohort):
        if _is_denied(place):
            continue
        if isinstance(place.part, Events) and place.part.concepts:
            _add(found, _of_set(snapshot, place.part.concepts))
        elif isinstance(place.part, Among):
            for id_ in place.part.cohorts:
                _add(found, _of_saved(snapshot, id_, above))
    return found


def _add(found: Reaches, more: Reaches) -> None:
    for concept, reach in more.items():
        found[concept] = found[concept] | reach if concept in found else reach


def _of_saved(snapshot: Snapshot, id_: str, above: tuple[str, ...]) -> Reaches:
    """The concepts of a saved cohort. The concepts are computed once for each snapshot."""
    known, saved = snapshot.derived(_known), stored(snapshot, id_)
    refuse_loop(saved.id, above)
    if saved.id not in known:
        known[saved.id] = _of_cohort(snapshot, saved.definition, (*above, saved.id))
    return known[saved.id]


def _known(_: Snapshot) -> dict[str, Reaches]:
    return {}


def _of_set(snapshot: Snapshot, concepts: Concepts) -> Reaches:
    """The included concepts that the set or its value sets name, and then the broadest of the other members."""
    tree, members_of = snapshot.hierarchy, snapshot.derived(Concept).of
    members = members_of(concepts)
    named: Reaches = {}
    for item in concepts.items:
        if item.is_value_set and not item.excluded:
            _add(named, _of_set(snapshot, definition(snapshot, item.id)))
        elif not item.excluded:
            _add(named, {one: tree.reach(one, Level.LIKELY) for one in snapshot.numbers(item.id)})
    found = {concept: reach for concept, reach in named.items() if concept in members}
    left = members - union(tree.reach(concept, concepts.level) for concept in found)
    _add(found, {one: tree.reach(one, Level.LIKELY) for one in _broadest(tree, left, concepts.level)})
    without = members_of(_excluded(concepts)) - members
    return {concept: reach - without for concept, reach in found.items()}


def _excluded(concepts: Concepts) -> Concepts:
    """The concepts that the items and parts of a set exclude, as a set."""
    parts = concepts.parts if isinstance(concepts, ValueSet) else ()
    items = [replace(item, excluded=False) for item in concepts.items if item.excluded]
    items += [item for part in parts if not part.excluded for item in part.none_of]
    excluded = (replace(part, excluded=False) for part in parts if part.excluded)
    return ValueSet(tuple(items), concepts.certain, tuple(excluded))


def _broadest(tree: Hierarchy, concepts: BitMap, level: Level) -> Iterator[int]:
    """The concepts that are in the reach of no other concept of the set. Of the same meaning, only one concept."""
    covered = BitMap()
    for concept in sorted(concepts, key=lambda one: -tree.reached(one, level)):
        if concept not in covered:
            yield concept
            covered |= tree.reach(concept, level)


def _is_denied(place: Place) -> bool:
    denied = any(isinstance(part, Occurs | Group) and part.at_most == 0 for part in place.above)
    return denied or place.path.startswith("censor")


def frequent_concepts(snapshot: Snapshot, patients: BitMap) -> dict[int, Weighted]:
    """The concepts for which many of `patients` have events, with the share of `patients` who have each concept."""
    least = max(FEWEST, _SHARE * len(patients))
    having = snapshot.patients.having
    counts = {concept: len(having(BitMap([concept])) & patients) for concept in snapshot.patients.concepts}
    many = sorted((concept for concept, count in counts.items() if count >= least), key=lambda one: (-counts[one], one))
    reach = snapshot.hierarchy.reach
    return {one: Weighted(counts[one] / len(patients), reach(one, Level.LIKELY)) for one in many[:_MOST]}


def _one_of_each_meaning(snapshot: Snapshot, concepts: Mapping[int, Weighted]) -> dict[int, Weighted]:
    """For each group of concepts with the same meaning, the concept with the highest weight.

    Its reach is the union of the reaches.
    """
    group = snapshot.hierarchy.closures[Level.LIKELY].group
    found = dict[int, tuple[int, Weighted]]()
    for concept, one in sorted(concepts.items(), key=lambda item: item[1].weight):
        before = found.get(int(group[concept]))
        reach = one.reach | before[1].reach if before else one.reach
        found[int(group[concept])] = concept, Weighted(one.weight, reach)
    return dict(found.values())


def joined(snapshot: Snapshot, concepts: Mapping[int, Weighted], kind: str, first: int) -> list[Joined]:
    """The records of a kind that share the most specific concepts with `concepts`, best first.

    Records with equal scores are sorted by number.
    """
    records = snapshot.records[kind]
    every = sum(some.table.num_rows for some in snapshot.records.values())
    scores, having = np.zeros(records.table.num_rows), {}
    for concept, (weight, reach) in _one_of_each_meaning(snapshot, concepts).items():
        about = sum(len(snapshot.records[one].about(reach)) for one in RECORDS)
        specific = weight * log((every + 1) / (about + 1))
        if specific > 0 and (found := records.about(reach)):
            scores[found.to_array()] += specific
            having[concept] = specific, found
    best = np.lexsort([np.arange(len(scores)), -scores])[:first]
    ordered = sorted(having, key=lambda concept: (-having[concept][0], concept))
    return [
        Joined(record, float(scores[record]), [concept for concept in ordered if record in having[concept][1]])
        for record in best.tolist()
        if scores[record] > 0
    ]

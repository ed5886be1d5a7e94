"""cohorts: finds the records of research and education that share concepts with a cohort.

The concepts of a cohort are the concepts that the definition asks for and, with less weight, the concepts that many
patients of the cohort have. A concept has more weight if few records are about its reach: ln((all records + 1) /
(records about the reach + 1)), the inverse document frequency (K. Spärck Jones 1972, doi:10.1108/eb026526).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import NamedTuple

import numpy as np
from pyroaring import BitMap

from cohorts.model import Definition, Events, Group, Occurs
from cohorts.parts import Place, places
from graph.hierarchy import Level
from graph.kinds import RECORDS
from graph.snapshot import Snapshot

FEWEST = 10
"""The minimum number of patients who must have a concept, so that the concept is frequent."""
_SHARE, _MOST = 0.1, 20


class Joined(NamedTuple):
    """The number of a record, its score, and the shared concepts, ordered from the most to the least specific."""

    record: int
    score: float
    why: list[int]


def asked_for(snapshot: Snapshot, definition: Definition) -> dict[int, float]:
    """The concepts that a patient of the cohort must or may have, each with weight 1.

    Concepts that the patient must not have are left out. Concepts of events that end the time in the cohort are left
    out too.
    """
    found = dict[int, float]()
    for place in places(definition):
        if isinstance(place.part, Events) and place.part.concepts and not _is_denied(place):
            numbers = (snapshot.concept(item.id) for item in place.part.concepts.items if not item.excluded)
            found |= {number: 1.0 for number in numbers if number is not None}
    return found


def _is_denied(place: Place) -> bool:
    denied = any(isinstance(part, Occurs | Group) and part.at_most == 0 for part in place.above)
    return denied or place.path.startswith("censor")


def frequent_concepts(snapshot: Snapshot, patients: BitMap) -> dict[int, float]:
    """The concepts for which many of `patients` have events, with the share of `patients` who have each concept."""
    least = max(FEWEST, _SHARE * len(patients))
    having = snapshot.patients.having
    counts = {concept: len(having(BitMap([concept])) & patients) for concept in snapshot.patients.concepts}
    many = sorted((concept for concept, count in counts.items() if count >= least), key=lambda one: (-counts[one], one))
    return {concept: counts[concept] / len(patients) for concept in many[:_MOST]}


def _one_of_each_meaning(snapshot: Snapshot, concepts: Mapping[int, float]) -> dict[int, float]:
    """For each group of concepts with the same meaning, the concept with the highest weight."""
    group = snapshot.hierarchy.closures[Level.LIKELY].group
    ordered = sorted(concepts.items(), key=lambda one: one[1])
    return dict({int(group[concept]): (concept, weight) for concept, weight in ordered}.values())


def joined(snapshot: Snapshot, concepts: Mapping[int, float], kind: str, first: int) -> list[Joined]:
    """The records of a kind that share the most specific concepts with `concepts`, best first.

    Records with equal scores are sorted by number.
    """
    records = snapshot.records[kind]
    every = sum(some.table.num_rows for some in snapshot.records.values())
    scores, having = np.zeros(records.table.num_rows), {}
    for concept, weight in _one_of_each_meaning(snapshot, concepts).items():
        reach = snapshot.hierarchy.reach(concept, Level.LIKELY)
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

"""api: the patients of a concept, as groups for the gate."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from api.disclosure import Group, is_known
from graph.hierarchy import Level
from graph.snapshot import Snapshot


def spelled(snapshot: Snapshot, concept: int, level: Level) -> str:
    """The same for all concepts of one meaning at a level, which have one reach."""
    first = snapshot.ids[int(snapshot.hierarchy.meant(concept, level)[0])]
    return first if level is Level.LIKELY else f"{first} {level}"


def reaching(snapshot: Snapshot, concepts: Sequence[int], level: Level) -> list[Group]:
    """For each concept those with an event on anything in its reach."""
    return [
        Group(snapshot.reached_patients(concept, level), f"all {spelled(snapshot, concept, level)}")
        for concept in concepts
    ]


def own(snapshot: Snapshot, concept: int) -> Group:
    """Those with an event on the concept itself."""
    return Group(snapshot.patients.having(BitMap([concept])), f"own {snapshot.ids[concept]}")


def is_in_care(snapshot: Snapshot, concept: int) -> bool:
    """Whether a caller below EXACT may know that anyone has the concept itself."""
    return is_known(snapshot.patients, own(snapshot, concept))

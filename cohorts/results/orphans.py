"""cohorts: finds concepts with events that are near a concept set of a definition, but in none of its sets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

import msgspec
import numpy as np
from pyroaring import BitMap

from cohorts.model import Definition
from cohorts.results.members import union
from graph.hierarchy import Level
from graph.lexical import is_ordinary, normalise, root
from graph.snapshot import NONE, Numbers, Snapshot
from graph.value_sets import Concepts, Item, definition, members

Nearness = Literal["broader", "sibling", "below_broader", "neighbour", "words"]
LARGEST = 2000
"""If a broader concept has more than this number of concepts in its reach, these concepts are not `below_broader`."""


class Orphan(NamedTuple):
    """A concept that is near a concept set but in no set, its patients, and why the concept is near.

    `broader`: the concept is directly broader than a concept of the set. `sibling`: the concept and a concept of the
    set share a directly broader concept. `below_broader`: the concept is in the reach of a `broader` concept.
    `neighbour`: the concept is a neighbour of a concept of the set by embedding. `words`: the label of the concept has
    all words of the label of a concept in the set, apart from ordinary words.
    """

    concept: int
    patients: BitMap
    near: tuple[Nearness, ...]


def orphans(snapshot: Snapshot, cohort: Definition, hidden: Numbers = NONE) -> dict[Concepts, list[Orphan]]:
    """For each concept set of the definition, in order, the near concepts that have events but are in no set.

    Concepts that a set excludes are left out too. Concepts that are near in more ways come first. `hidden` are concepts
    that do not exist for the caller. Raises BadValueSet.
    """
    sets = list(dict.fromkeys(concept_sets(cohort)))
    covered = union(_covered(snapshot, concepts) for concepts in sets)
    left = snapshot.patients.concepts - covered - BitMap(hidden)
    return {concepts: _orphans(snapshot, concepts, left) for concepts in sets}


def concept_sets(part: object) -> Iterator[Concepts]:
    """The concept sets in a definition or in a part of a definition, in order."""
    if isinstance(part, Concepts):
        yield part
    elif isinstance(part, msgspec.Struct):
        for value in msgspec.structs.astuple(part):
            yield from concept_sets(value)
    elif isinstance(part, tuple):
        for one in part:
            yield from concept_sets(one)


def _covered(snapshot: Snapshot, concepts: Concepts) -> BitMap:
    """The concepts that the items of `concepts` include or exclude."""
    items = tuple(Item(item.id, item.exact) for item in concepts.items)
    return members(snapshot, Concepts(items, concepts.certain))[0]


def _orphans(snapshot: Snapshot, concepts: Concepts, left: BitMap) -> list[Orphan]:
    near: dict[int, list[Nearness]] = defaultdict(list)
    for why, some in _near(snapshot, concepts):
        for concept in some & left:
            near[concept].append(why)
    ordered = sorted(near, key=lambda concept: (-len(near[concept]), concept))
    return [Orphan(one, snapshot.patients.having(BitMap([one])), tuple(near[one])) for one in ordered]


def _near(snapshot: Snapshot, concepts: Concepts) -> Iterator[tuple[Nearness, BitMap]]:
    """For each way of being near (see `Orphan`), the concepts that are near an included item of `concepts`."""
    own = BitMap(_included(snapshot, concepts))
    level, tree = concepts.level, snapshot.hierarchy
    closure = tree.closures[level]
    above = np.unique(closure.broader.gather(BitMap(np.unique(closure.group[own.to_array()]))))
    broader = BitMap(closure.members.gather(above))
    yield "broader", broader
    yield "sibling", BitMap(closure.members.gather(BitMap(closure.narrower.gather(above))))
    yield "below_broader", union(_below(snapshot, concept, level) for concept in broader) - broader
    yield "neighbour", _neighbours(snapshot, union(BitMap(tree.meant(concept, level)) for concept in own))
    yield "words", union(_same_words(snapshot, concept) for concept in own)


def _included(snapshot: Snapshot, concepts: Concepts) -> Iterator[int]:
    """The concepts that the included items of `concepts` name, also within value sets."""
    for item in concepts.items:
        if item.is_value_set and not item.excluded:
            yield from _included(snapshot, definition(snapshot, item.id).plain())
        elif not item.excluded:
            yield from snapshot.numbers(item.id)


def _below(snapshot: Snapshot, concept: int, level: Level) -> BitMap:
    tree = snapshot.hierarchy
    return tree.reach(concept, level) if tree.reached(concept, level) <= LARGEST else BitMap()


def _neighbours(snapshot: Snapshot, concepts: BitMap) -> BitMap:
    rows = snapshot.neighbours_of.gather(concepts)
    ends = (snapshot.neighbours[name].to_numpy()[rows] for name in ("source", "target"))
    return union(BitMap(np.unique(end)) for end in ends)


def _same_words(snapshot: Snapshot, concept: int) -> BitMap:
    words = _words(snapshot, concept)
    having = snapshot.derived(_by_word)
    return BitMap.intersection(*(having.get(word, BitMap()) for word in words)) if words else BitMap()


def _by_word(snapshot: Snapshot) -> dict[str, BitMap]:
    """For each word, the concepts with events whose label has this word."""
    found: dict[str, BitMap] = defaultdict(BitMap)
    for concept in snapshot.patients.concepts:
        for word in _words(snapshot, concept):
            found[word].add(concept)
    return dict(found)


def _words(snapshot: Snapshot, concept: int) -> set[str]:
    """The roots of the words of the concept's label, without ordinary words."""
    label = snapshot.concepts["label"][concept].as_py() or ""
    return {root(word) for word in normalise(label).split() if not is_ordinary(word)}

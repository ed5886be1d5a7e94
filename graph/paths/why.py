"""graph: explains why a record is in the reach of a concept, by a path to a concept of the record.

The search starts at the concepts of the records and goes up inside the reach. So it does not visit all concepts below a
broad concept. If several paths lead to a concept, the search uses the most probable path. Of equally probable paths, it
uses the path with the fewest computed steps, then the shortest path, then the path with the lowest ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import prod
from typing import NamedTuple

import pyarrow as pa
from pyroaring import BitMap

from graph.hierarchy import Level, Pair
from graph.paths.steps import IS_A, Step, Thing, inverse, narrower, same
from graph.snapshot import LISTED, NONE, Numbers, Records, Snapshot, listed

_USED = ("target", "confidence")


class Way(NamedTuple):
    """The steps from a concept to another concept in its reach, and the product of their probabilities."""

    probability: float
    steps: list[Step]


class Reason(NamedTuple):
    """The reason why a reach contains a record.

    `about` is the row of an annotation of the record. `concept` is the concept of the annotation; it is in the reach.
    """

    about: int
    concept: int
    level: Level
    way: Way


class _Link(NamedTuple):
    """A link to the concept `low` from a broader concept or from a concept with the same meaning.

    `pair` is None for a link of the hierarchy. `step` makes a step from the other concept along the pair.
    """

    low: int
    pair: Pair | None = None
    step: Callable[[Snapshot, int, Pair], Step] = same

    @property
    def probability(self) -> float:
        return self.pair.probability if self.pair else 1.0

    @property
    def computed(self) -> bool:
        return self.pair is not None and self.pair.level is Level.LIKELY


_Cost = tuple[float, int, int]


class _Search:
    """Finds paths from a concept to other concepts in its reach. Paths through concepts in `hidden` are left out."""

    def __init__(self, snapshot: Snapshot, concept: int, level: Level, hidden: Numbers) -> None:
        self._snapshot, self._concept, self._level, self._hidden = snapshot, concept, level, hidden
        self.reach = snapshot.hierarchy.reach(concept, level)
        self._before: dict[int, tuple[int, _Link]] = {}

    def to(self, targets: Iterable[int]) -> None:
        """Finds the paths to the concepts in `targets`, which must be in the reach."""
        wanted = set(targets)
        self._before = self._down(self._between(wanted), wanted)

    def reached(self, target: int) -> bool:
        return target == self._concept or target in self._before

    def pairs(self, target: int) -> list[tuple[int, _Link]]:
        """Returns the links of the path to `target`, last first, each with the concept at which the link starts."""
        found = []
        while target != self._concept:
            target, pair = self._before[target]
            found.append((target, pair))
        return found

    def way(self, target: int) -> Way:
        pairs = self.pairs(target)[::-1]
        return Way(prod(pair.probability for _, pair in pairs), [self._step(high, pair) for high, pair in pairs])

    def _between(self, targets: Iterable[int]) -> dict[int, list[_Link]]:
        """Returns, for each concept of the reach above a target, the links down towards the targets."""
        below: dict[int, list[_Link]] = {}
        found = sorted(targets)
        seen = set(found)
        for concept in found:
            for high, pair in self._above(concept):
                if high in self.reach and high not in self._hidden:
                    below.setdefault(high, []).append(pair)
                    if high not in seen:
                        seen.add(high)
                        found.append(high)
        return below

    def _above(self, concept: int) -> Iterator[tuple[int, _Link]]:
        for parent in self._snapshot.hierarchy.parents[concept].tolist():
            yield parent, _Link(concept)
        for pair in self._snapshot.same.around(concept, self._level):
            yield pair.other, _Link(concept, pair.turned(concept), same)
        for pair in self._snapshot.narrower.around(concept, self._level):
            if pair.first:
                yield pair.other, _Link(concept, pair.turned(concept), narrower)

    def _down(self, below: dict[int, list[_Link]], targets: set[int]) -> dict[int, tuple[int, _Link]]:
        """Returns, for each concept, the previous concept on the best path and the link between the two concepts.

        The method is Dijkstra's algorithm.
        """
        best: dict[int, tuple[_Cost, int]] = {self._concept: ((-1.0, 0, 0), -1)}
        came: dict[int, tuple[int, _Link]] = {}
        heap, open_targets = [((-1.0, 0, 0), self._concept)], set(targets)
        while heap and open_targets:
            cost, concept = heappop(heap)
            if cost != best[concept][0]:
                continue
            open_targets.discard(concept)
            chance, computed, length = cost
            for pair in below.get(concept, ()):
                next_cost = chance * pair.probability, computed + pair.computed, length + 1
                if pair.low not in best or (next_cost, concept) < best[pair.low]:
                    best[pair.low] = next_cost, concept
                    came[pair.low] = concept, pair
                    heappush(heap, (next_cost, pair.low))
        return came

    def _step(self, high: int, link: _Link) -> Step:
        if link.pair is None:
            return Step(Thing("Concept", high), inverse(IS_A), Thing("Concept", link.low))
        return link.step(self._snapshot, high, link.pair)


def reasons(
    snapshot: Snapshot,
    kind: str,
    records: Sequence[int],
    concept: int,
    level: Level,
    hidden: Numbers = NONE,
    roles: Sequence[str] = LISTED,
) -> list[Reason | None]:
    """Returns, for each record, the reason why the reach of a concept contains the record.

    Only annotations with one of `roles` are used. If several concepts of a record are in the reach, a concept at
    the level CERTAIN has priority, then the concept with the fewest steps, then the concept with the lowest id. Paths
    through concepts in `hidden` are left out. If no path is left, the reason is None.
    """
    search, certain = _Search(snapshot, concept, level, hidden), snapshot.hierarchy.reach(concept, Level.CERTAIN)
    rows = [_rows(snapshot.kinds[kind], record, search.reach, roles) for record in records]
    search.to(target for some in rows for target, _, _ in some)

    def order(row: tuple[int, float, int]) -> tuple[bool, int, tuple[int, float, int]]:
        return row[0] not in certain, len(search.pairs(row[0])), row

    found: list[Reason | None] = []
    for some in rows:
        ways = [row for row in some if search.reached(row[0])]
        if not ways:
            found.append(None)
            continue
        target, _, about = min(ways, key=order)
        at = Level.CERTAIN if target in certain else Level.LIKELY
        found.append(Reason(about, target, at, search.way(target)))
    return found


def _rows(records: Records, record: int, reach: BitMap, roles: Sequence[str]) -> list[tuple[int, float, int]]:
    """Returns the annotations of a record with a concept in the reach: (concept, negative confidence, row)."""
    rows = records.abouts_of[record]
    table = records.abouts.select(["target", "confidence", "assertion", "role"]).take(pa.array(rows))
    own = listed(table, roles)
    found = zip(rows[own].tolist(), *(table.filter(pa.array(own)).to_pydict()[name] for name in _USED), strict=True)
    return [(target, -(confidence or 0.0), row) for row, target, confidence in found if target in reach]

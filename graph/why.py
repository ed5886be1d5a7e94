"""graph: why a record is in a concept's reach: which of its concepts is, and the steps that lead there.

The search goes up from the concepts of the records, inside the reach only, so it never walks through all that is below
a broad concept. Of several ways to a concept the most probable is taken, then the one with the fewest computed steps,
then the shortest, then the one over the lowest ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush
from math import prod
from typing import NamedTuple

import pyarrow as pa
from pyroaring import BitMap

from graph.csr import Csr
from graph.hierarchy import Level
from graph.records import Records
from graph.snapshot import Snapshot
from graph.steps import IS_A, Joined, Step, Thing, inverse, narrower, same


class Way(NamedTuple):
    """Steps from a concept to one in its reach, and the product of the probabilities of those that were computed."""

    probability: float
    steps: list[Step]


class Reason(NamedTuple):
    """`about` is the row of what the record is about that lies in the reach, `concept` its concept."""

    about: int
    concept: int
    level: Level
    way: Way


class _Pair(NamedTuple):
    """A link from a broader concept to a narrower one or one that means the same; `table` is None for hierarchy."""

    low: int
    probability: float
    computed: bool
    table: str | None
    row: int


class _Pairs:
    """A table of pairs of concepts, looked up from either end."""

    def __init__(self, name: str, table: pa.Table, of: Csr) -> None:
        self.name, self._of = name, of
        self._one, self._other, self._chance = (table[part].to_numpy() for part in ("one", "other", "probability"))
        self._level, self._evidence = table["level"], table["evidence"]

    def around(self, concept: int, level: Level) -> Iterator[tuple[int, _Pair]]:
        """The other ends of the pairs of a concept at a level; those that are broader where the table is `narrower`."""
        for row in self._of[concept].tolist():
            one, computed = int(self._one[row]), self._level[row].as_py() != Level.CERTAIN
            if (computed and level is Level.CERTAIN) or (self.name == "narrower" and one != concept):
                continue
            chance = float(self._chance[row])
            yield one + int(self._other[row]) - concept, _Pair(concept, chance, computed, self.name, row)

    def joined(self, pair: _Pair) -> Joined:
        level = Level.LIKELY if pair.computed else Level.CERTAIN
        return Joined(pair.low, pair.probability, level, self._evidence[pair.row].as_py())


_Cost = tuple[float, int, int]


class _Search:
    """Ways from one concept to others in its reach."""

    def __init__(self, snapshot: Snapshot, concept: int, level: Level) -> None:
        self._snapshot, self._concept, self._level = snapshot, concept, level
        self.reach = snapshot.hierarchy.reach(concept, level)
        self._tables = {
            "same": _Pairs("same", snapshot.same, snapshot.same_of),
            "narrower": _Pairs("narrower", snapshot.narrower, snapshot.narrower_of),
        }

        self._before: dict[int, tuple[int, _Pair]] = {}

    def to(self, targets: Iterable[int]) -> None:
        """Finds the ways to these, which are in the reach."""
        wanted = set(targets)
        self._before = self._down(self._between(wanted), wanted)

    def pairs(self, target: int) -> list[tuple[int, _Pair]]:
        """The way to a target, backwards: each pair with its broader end."""
        found = []
        while target != self._concept:
            target, pair = self._before[target]
            found.append((target, pair))
        return found

    def way(self, target: int) -> Way:
        pairs = self.pairs(target)[::-1]
        return Way(prod(pair.probability for _, pair in pairs), [self._step(high, pair) for high, pair in pairs])

    def _between(self, targets: Iterable[int]) -> dict[int, list[_Pair]]:
        """For each concept of the reach that has any of the targets below it, the pairs that lead down to them."""
        below: dict[int, list[_Pair]] = {}
        found = sorted(targets)
        seen = set(found)
        for concept in found:
            for high, pair in self._above(concept):
                if high in self.reach:
                    below.setdefault(high, []).append(pair)
                    if high not in seen:
                        seen.add(high)
                        found.append(high)
        return below

    def _above(self, concept: int) -> Iterator[tuple[int, _Pair]]:
        for parent in self._snapshot.hierarchy.parents[concept].tolist():
            yield parent, _Pair(concept, 1.0, False, None, 0)
        for table in self._tables.values():
            yield from table.around(concept, self._level)

    def _down(self, below: dict[int, list[_Pair]], targets: set[int]) -> dict[int, tuple[int, _Pair]]:
        """Dijkstra's algorithm; for each concept the one before it on the best way, and the pair between them."""
        best: dict[int, tuple[_Cost, int]] = {self._concept: ((-1.0, 0, 0), -1)}
        came: dict[int, tuple[int, _Pair]] = {}
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

    def _step(self, high: int, pair: _Pair) -> Step:
        if pair.table is None:
            return Step(Thing("Concept", high), inverse(IS_A), Thing("Concept", pair.low))
        step = same if pair.table == "same" else narrower
        return step(self._snapshot, high, self._tables[pair.table].joined(pair))


def reasons(snapshot: Snapshot, kind: str, records: Sequence[int], concept: int, level: Level) -> list[Reason]:
    """Why each of these records of a kind is about the reach of a concept.

    Of several concepts of a record in the reach it is one at CERTAIN, then the one with the fewest steps, then by id.
    """
    search, certain = _Search(snapshot, concept, level), snapshot.hierarchy.reach(concept, Level.CERTAIN)
    rows = [_rows(snapshot.records[kind], record, search.reach) for record in records]
    search.to(target for some in rows for target, _, _ in some)

    def order(row: tuple[int, float, int]) -> tuple[bool, int, tuple[int, float, int]]:
        return row[0] not in certain, len(search.pairs(row[0])), row

    found = []
    for some in rows:
        target, _, about = min(some, key=order)
        at = Level.CERTAIN if target in certain else Level.LIKELY
        found.append(Reason(about, target, at, search.way(target)))
    return found


def _rows(records: Records, record: int, reach: BitMap) -> list[tuple[int, float, int]]:
    """What a record is about in a reach: the concept, the confidence with a minus before it, and the row."""
    table, rows = records.abouts, records.abouts_of[record]
    taken = table.select(["target", "confidence", "assertion"]).take(pa.array(rows)).to_pydict()
    said = zip(rows.tolist(), *taken.values(), strict=True)
    return [
        (target, -(confidence or 0.0), row)
        for row, target, confidence, assertion in said
        if target in reach and assertion in ("present", None)
    ]

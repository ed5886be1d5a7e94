"""graph: finds the shortest path between two concepts or public records. Paths never lead through patients.

Steps follow the hierarchy, relations, accepted mappings, annotations, pairs with the same meaning, and pairs of a
narrower and a broader concept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any, cast

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.kinds import RECORDS
from graph.paths.steps import IS_A, Ints, Step, Thing, inverse, narrower, same
from graph.snapshot import LISTED, NONE, Numbers, Snapshot, identified, listed

ABOUT = "schema:about"


def thing(snapshot: Snapshot, identifier: str, hidden: Numbers = NONE) -> Thing | None:
    """Returns the concept or record with this id, or None. The id may have any form that `ontologies.pasted` reads.

    The concepts in `hidden` are not found.
    """
    finds = {kind: records.find for kind, records in snapshot.records.items()} | {"Concept": snapshot.ids.find}

    def find(id_: str) -> Thing | None:
        found = (Thing(kind, number) for kind, own in finds.items() if (number := own(id_)) is not None)
        return next((one for one in found if one.kind != "Concept" or one.number not in hidden), None)

    return identified(identifier, find, snapshot.terminologies.aliases)


def shortest_path(snapshot: Snapshot, start: Thing, end: Thing, hidden: Numbers = NONE) -> list[Step] | None:
    """Returns the steps of a shortest path. The list is empty if `start` and `end` are the same.

    Returns None if there is no path. The result is deterministic.
    """
    ways = _Ways(snapshot, hidden)
    try:
        found = nx.bidirectional_shortest_path(cast("nx.Graph[Thing]", ways), start, end)
    except nx.NetworkXNoPath:
        return None
    return [ways.step(one, other) for one, other in pairwise(found)]


class _Ways:
    """A graph with the methods of networkx that the search needs. The graph reads the snapshot on demand."""

    def __init__(self, snapshot: Snapshot, hidden: Numbers) -> None:
        self._snapshot, self._hidden = snapshot, hidden
        self._accepted = np.asarray(pc.equal(snapshot.mappings["state"], "accepted").combine_chunks())
        self._mapped = _ends(snapshot.mappings)
        self._related = _ends(snapshot.relations)
        abouts = {kind: records.abouts for kind, records in snapshot.records.items()}
        self._targets = {kind: table["target"].to_numpy() for kind, table in abouts.items()}
        self._present = {kind: listed(table, LISTED) for kind, table in abouts.items()}

    @property
    def adj(self) -> _Ways:
        return self

    def is_directed(self) -> bool:
        return False

    def __contains__(self, one: Thing) -> bool:
        return True

    def __getitem__(self, one: Thing) -> Iterator[Thing]:
        if one.kind != "Concept":
            return _concepts(self._targets[one.kind][self._abouts(one)])
        return self._around(one.number)

    def _around(self, concept: int) -> Iterator[Thing]:
        hierarchy = self._snapshot.hierarchy
        yield from _concepts(hierarchy.parents[concept])
        yield from _concepts(hierarchy.children[concept])
        mapped, related = (self._mappings(concept), self._mapped), (self._relations(concept), self._related)
        for rows, ends in (mapped, related):
            yield from _concepts(ends[0][rows] + ends[1][rows] - concept)
        for pairs in (self._snapshot.same, self._snapshot.narrower):
            others = (pair.other for pair in pairs.around(concept))
            yield from (Thing("Concept", other) for other in others if other not in self._hidden)
        for kind in RECORDS:
            yield from (Thing(kind, record) for record in self._snapshot.records[kind].about(BitMap([concept])))

    def _mappings(self, concept: int) -> Ints:
        rows = self._snapshot.mappings_of[concept]
        accepted: Ints = rows[self._accepted[rows]]
        return accepted

    def _relations(self, concept: int) -> Ints:
        return self._snapshot.relations_of[concept]

    def _abouts(self, record: Thing) -> Ints:
        """Returns the annotations of a record with the assertion `present` and a role in LISTED.

        Paths use only these annotations.
        """
        rows = self._snapshot.records[record.kind].abouts_of[record.number]
        present: Ints = rows[self._present[record.kind][rows]]
        return present

    def step(self, one: Thing, other: Thing) -> Step:
        """Returns the step between two concepts or records. A step in the hierarchy has priority over other steps."""
        if one.kind != "Concept" or other.kind != "Concept":
            return self._about(one, other)
        here, there, hierarchy = one.number, other.number, self._snapshot.hierarchy
        if there in hierarchy.parents[here]:
            return Step(one, IS_A, other)
        if there in hierarchy.children[here]:
            return Step(one, inverse(IS_A), other)
        row = self._row(self._snapshot.mappings, self._mappings(here), self._mapped, here, there)
        row = row or self._row(self._snapshot.relations, self._relations(here), self._related, here, there)
        if row is None:
            return self._paired(here, there)
        why = (row.get(name) or None for name in ("justification", "confidence", "through"))
        return Step(one, row["predicate"], other, *why)

    def _paired(self, here: int, there: int) -> Step:
        for pairs, step in ((self._snapshot.same, same), (self._snapshot.narrower, narrower)):
            for pair in pairs.around(here):
                if pair.other == there:
                    return step(self._snapshot, here, pair)
        raise ValueError("no pair joins these two concepts")

    def _about(self, one: Thing, other: Thing) -> Step:
        """Returns the step between a record and a concept that the record is about.

        The step is the annotation with the highest confidence (the first of equal annotations).
        """
        record, concept, forth = (one, other, True) if other.kind == "Concept" else (other, one, False)
        rows = self._abouts(record)
        rows = rows[self._targets[record.kind][rows] == concept.number]
        best = max(self._snapshot.records[record.kind].abouts.take(rows).to_pylist(), key=_sure)
        why = (best[name] or None for name in ("method", "confidence", "text"))
        return Step(one, ABOUT if forth else f"^{ABOUT}", other, *why)

    def _row(
        self, table: pa.Table, rows: Ints, ends: tuple[Ints, Ints], here: int, there: int
    ) -> dict[str, Any] | None:
        """Returns the first of `rows` that joins the concepts `here` and `there`.

        Its predicate is given in the direction from `here`.
        """
        for row in rows[ends[0][rows] + ends[1][rows] - here == there].tolist():
            found: dict[str, Any] = table.slice(row, 1).to_pylist()[0]
            predicate = str(found["predicate"])
            return found | {"predicate": predicate if ends[0][row] == here else inverse(predicate)}
        return None


def _sure(about: dict[str, Any]) -> float:
    return about["confidence"] or 0.0


def _ends(table: pa.Table) -> tuple[Ints, Ints]:
    return table["source"].to_numpy(), table["target"].to_numpy()


def _concepts(numbers: Ints) -> Iterator[Thing]:
    return (Thing("Concept", number) for number in numbers.tolist())

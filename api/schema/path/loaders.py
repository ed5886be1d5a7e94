"""api: reads the steps of a path, with the labels of the concepts or records at both ends of each step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.fields import Context
from graph.kinds import RECORDS
from graph.paths import Step, Thing


class Shown(NamedTuple):
    id: str
    label: str | None
    kind: str


class ShownStep(NamedTuple):
    """The data of a PathStep."""

    source: Shown
    relation: str
    target: Shown
    method: str | None
    score: float | None
    text: str | None
    evidence: str | None


def shown_steps(context: Context, ways: Sequence[Sequence[Step]]) -> list[list[ShownStep]]:
    """Returns the steps of several paths, with the id, label and kind of the concept or record at each end."""
    every = dict.fromkeys(end for way in ways for step in way for end in (step.source, step.target))
    named = _shown(context, list(every))
    return [[ShownStep(named[s.source], s.relation, named[s.target], *s[3:]) for s in way] for way in ways]


def _shown(context: Context, things: Sequence[Thing]) -> dict[Thing, Shown]:
    """Returns the id and the label or title of each concept or record. Records of one kind are read together."""
    snapshot = context.snapshot
    tables = {"Concept": (snapshot.concepts, "label")}
    tables |= {kind: (snapshot.records[kind].table, "title") for kind in RECORDS}
    found: dict[Thing, Shown] = {}
    for kind, (table, name) in tables.items():
        some = [thing for thing in things if thing.kind == kind]
        ids, labels = (snapshot.column(table, column, [thing.number for thing in some]) for column in ("id", name))
        found |= {one: Shown(id_, label or None, kind) for one, id_, label in zip(some, ids, labels, strict=True)}
    return found

"""api: columns about mappings; a statement is numbered 2 * row, or 2 * row + 1 if seen from its object.

All statements of one pair with one predicate are one mapping, which has the number of the statement that counts: what
a steward decided, else a rejection, else what is accepted, else what is proposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from api.fields import Column, Context, Stored, linked, listed
from api.schema.concept.loaders import CONCEPT, gathered, joined, spread
from graph.paths import inverse

Rows = Sequence[int]
_WEIGHT = {"rejected": 0, "accepted": 1, "proposed": 2}


class _Statement(NamedTuple):
    """In order of what counts."""

    undecided: bool
    weight: int
    number: int
    state: str


_Mappings = dict[tuple[int, str], list[_Statement]]
"""By the concept at the other end and the predicate."""


def mappings(states: Sequence[str]) -> Column:
    """Those in these states, in order of the concept at the other end, then of the predicate."""

    def read(context: Context, concepts: Rows) -> list[list[int]]:
        return [
            [said[0].number for said in some.values() if said[0].state in states]
            for some in _of_concepts(context, concepts)
        ]

    return read


def _of_concepts(context: Context, concepts: Rows) -> list[_Mappings]:
    snapshot = context.snapshot
    rows = gathered(snapshot.mappings_of, concepts)
    every = joined(context, rows)
    names = ("source", "target", "predicate", "state", "steward")
    columns = (snapshot.column(snapshot.mappings, name, every) for name in names)
    said = spread(rows, list(zip(every.tolist(), *columns, strict=True)))
    return [_told(concept, some) for concept, some in zip(concepts, said, strict=True)]


def _told(concept: int, said: list[tuple[int, int, int, str, str, bool]]) -> _Mappings:
    found: _Mappings = {}
    for row, source, target, predicate, state, steward in said:
        turned = target == concept and source != concept
        key = (source, inverse(predicate)) if turned else (target, predicate)
        undecided = not steward or state == "proposed"
        found.setdefault(key, []).append(_Statement(undecided, _WEIGHT[state], 2 * row + turned, state))
    return {key: sorted(found[key]) for key in sorted(found)}


def _statements(context: Context, mappings: Rows) -> list[list[int]]:
    """All statements of each mapping, that which counts first."""
    ends = (_column(context, name, mappings) for name in ("source", "target"))
    tellers = {pair[number % 2] for number, *pair in zip(mappings, *ends, strict=True)}
    told = (said for some in _of_concepts(context, sorted(tellers)) for said in some.values())
    found = {said[0].number: [one.number for one in said] for said in told}
    return [found[number] for number in mappings]


def _column(context: Context, name: str, statements: Rows) -> list[int]:
    return context.snapshot.column(context.snapshot.mappings, name, [number // 2 for number in statements])


def _other(context: Context, statements: Rows) -> list[int]:
    ends = [_column(context, name, statements) for name in ("target", "source")]
    return [ends[number % 2][place] for place, number in enumerate(statements)]


def _predicate(context: Context, statements: Rows) -> list[str]:
    said = context.snapshot.column(context.snapshot.mappings, "predicate", [number // 2 for number in statements])
    return [inverse(p) if number % 2 else p for p, number in zip(said, statements, strict=True)]


def _stated(name: str) -> Column:
    read = Stored(lambda snapshot: snapshot.mappings, name)
    return lambda context, statements: read(context, [number // 2 for number in statements])


def _people(name: str) -> Column:
    read = _stated(name)
    return lambda context, statements: [one.split("|") if one else [] for one in read(context, statements)]


_STATED = {
    name: _stated(name)
    for name in (
        *("confidence", "justification", "state", "tool", "date", "comment"),
        *("evidence", "through", "release"),
    )
}
STATEMENT: dict[str, Column] = {
    **_STATED,
    "steward": _stated("steward"),
    "authors": _people("author"),
    "reviewers": _people("reviewer"),
}
MAPPING: dict[str, Column] = {
    **_STATED,
    "predicate": _predicate,
    "concept": linked(_other, CONCEPT),
    "statements": listed(_statements, STATEMENT),
}

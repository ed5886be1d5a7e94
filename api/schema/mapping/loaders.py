"""api: columns of mappings and of their statements.

All statements about the same two concepts with the same predicate are one mapping. The number of a statement is
2 * row, or 2 * row + 1 if the requested concept is the object of the statement. The number of a mapping is the number
of its decisive statement: the decision of a steward if there is one, otherwise a rejection, otherwise an accepted
statement, otherwise a proposed statement.
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
    """A statement about a mapping. When statements are sorted, the decisive statement comes first."""

    undecided: bool
    weight: int
    number: int
    state: str


_Mappings = dict[tuple[int, str], list[_Statement]]
"""The statements of each mapping. The key of a mapping is the other concept and the predicate."""


def mappings(states: Sequence[str]) -> Column:
    """Returns a column of the mappings in these states, ordered by the other concept, then by predicate."""

    def read(context: Context, concepts: Rows) -> list[list[int]]:
        return [
            [statements[0].number for statements in some.values() if statements[0].state in states]
            for some in _of_concepts(context, concepts)
        ]

    return read


def _of_concepts(context: Context, concepts: Rows) -> list[_Mappings]:
    snapshot = context.snapshot
    rows = gathered(snapshot.mappings_of, concepts)
    every = joined(context, rows)
    names = ("source", "target", "predicate", "state", "steward")
    columns = (snapshot.column(snapshot.mappings, name, every) for name in names)
    stated = spread(rows, list(zip(every.tolist(), *columns, strict=True)))
    return [_by_pair(concept, some) for concept, some in zip(concepts, stated, strict=True)]


def _by_pair(concept: int, stated: list[tuple[int, int, int, str, str, bool]]) -> _Mappings:
    found: _Mappings = {}
    for row, source, target, predicate, state, steward in stated:
        turned = target == concept and source != concept
        key = (source, inverse(predicate)) if turned else (target, predicate)
        undecided = not steward or state == "proposed"
        found.setdefault(key, []).append(_Statement(undecided, _WEIGHT[state], 2 * row + turned, state))
    return {key: sorted(found[key]) for key in sorted(found)}


def _statements(context: Context, mappings: Rows) -> list[list[int]]:
    """Returns all statements of each mapping, the decisive statement first."""
    ends = (_column(context, name, mappings) for name in ("source", "target"))
    concepts = {pair[number % 2] for number, *pair in zip(mappings, *ends, strict=True)}
    every = (statements for some in _of_concepts(context, sorted(concepts)) for statements in some.values())
    found = {statements[0].number: [one.number for one in statements] for statements in every}
    return [found[number] for number in mappings]


def _column(context: Context, name: str, statements: Rows) -> list[int]:
    return context.snapshot.column(context.snapshot.mappings, name, [number // 2 for number in statements])


def _other(context: Context, statements: Rows) -> list[int]:
    ends = [_column(context, name, statements) for name in ("target", "source")]
    return [ends[number % 2][place] for place, number in enumerate(statements)]


def _predicate(context: Context, statements: Rows) -> list[str]:
    stored = context.snapshot.column(context.snapshot.mappings, "predicate", [number // 2 for number in statements])
    return [inverse(p) if number % 2 else p for p, number in zip(stored, statements, strict=True)]


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

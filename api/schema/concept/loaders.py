"""api: columns of concepts, read from a snapshot. A concept is represented by its number in the snapshot."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from api.disclosure import PatientNumber, counted
from api.fields import Column, Context, Stored, disclosed_counts, linked, listed
from api.schema.uncounted.notice import note_left_out
from graph.columns import Csr
from graph.hierarchy import Level

Rows = Sequence[int]
Ints = npt.NDArray[Any]


def parents(context: Context, concepts: Rows) -> list[Ints]:
    return [context.snapshot.hierarchy.parents[concept] for concept in concepts]


def children(context: Context, concepts: Rows) -> list[Ints]:
    return [context.snapshot.hierarchy.children[concept] for concept in concepts]


def ancestors(context: Context, concepts: Rows) -> list[BitMap]:
    """Returns all broader concepts, without the concept itself."""
    return [context.snapshot.hierarchy.ancestors(concept) - BitMap([concept]) for concept in concepts]


def descendants(context: Context, concepts: Rows) -> list[BitMap]:
    """Returns all narrower concepts, without the concept itself."""
    return [context.snapshot.hierarchy.descendants(concept) - BitMap([concept]) for concept in concepts]


def records_about(kind: str, level: Level, roles: Sequence[str]) -> Column:
    """Returns a column of records: for each concept, the records of a kind that are about a concept in its reach, in
    one of these roles.
    """

    def read(context: Context, concepts: Rows) -> list[BitMap]:
        reach, records = context.snapshot.hierarchy.reach, context.snapshot.kinds[kind]
        return [records.about_as(reach(concept, level), roles) for concept in concepts]

    return read


def patients(level: Level) -> Column:
    """Returns a column: for each concept, the number of patients with an event on a concept in its reach."""

    def read(context: Context, concepts: Rows) -> list[PatientNumber]:
        snapshot = context.snapshot
        note_left_out(context, concepts, level, patients=True)
        entry = {"field": "Concept.patients", "concepts": [snapshot.ids[concept] for concept in concepts]}
        groups = [counted(snapshot, concept, level, context.role) for concept in concepts]
        return disclosed_counts(context, entry, level, groups)

    return read


def replaced_by(context: Context, concepts: Rows) -> list[int | None]:
    ids = context.snapshot.column(context.snapshot.concepts, "replaced_by", concepts)
    return [context.concept(id_) if id_ else None for id_ in ids]


def relations(context: Context, concepts: Rows) -> list[list[int]]:
    """Returns the rows of the table of relations that have the concept as their subject."""
    rows = gathered(context.snapshot.relations_of, concepts)
    source = spread(rows, context.snapshot.column(context.snapshot.relations, "source", joined(context, rows)))
    return [
        [row for row, subject in zip(some.tolist(), subjects, strict=True) if subject == concept]
        for concept, some, subjects in zip(concepts, rows, source, strict=True)
    ]


def neighbours(model: str | None) -> Column:
    """Returns a column: for each concept, the neighbours found by the encoder `model` (any if None), the nearest first.

    A neighbour has the number 2 * row in the table of neighbours, or 2 * row + 1 if the requested concept is the target
    of the row. Neighbours with the same meaning as the concept are omitted. Of neighbours with the same meaning, only
    the nearest is listed for each model.
    """

    def read(context: Context, concepts: Rows) -> list[list[int]]:
        rows, table = gathered(context.snapshot.neighbours_of, concepts), context.snapshot.neighbours
        every = joined(context, rows)
        ends = (context.snapshot.column(table, name, every) for name in ("source", "target", "model"))
        found = spread(rows, list(zip(every.tolist(), *ends, strict=True)))
        return [_of_other_meanings(context, *each, model) for each in zip(concepts, found, strict=True)]

    return read


def _of_other_meanings(context: Context, concept: int, rows: Sequence[Any], model: str | None) -> list[int]:
    meaning = context.snapshot.meanings.preferred
    found = dict[tuple[int, str], int]()
    for row, source, target, by in rows:
        other = int(meaning[target if source == concept else source])
        if other != meaning[concept] and (model is None or by == model):
            found.setdefault((other, by), 2 * row + (source != concept))
    return [*found.values()]


def _nearby(context: Context, sides: Rows) -> list[int]:
    rows = [side // 2 for side in sides]
    ends = [context.snapshot.column(context.snapshot.neighbours, name, rows) for name in ("target", "source")]
    return [ends[side % 2][place] for place, side in enumerate(sides)]


def _neighbour(name: str) -> Column:
    read = Stored(lambda snapshot: snapshot.neighbours, name)
    return lambda context, sides: read(context, [side // 2 for side in sides])


def synonyms(languages: Sequence[str] | None) -> Column:
    """Returns a column of rows of the table of labels: names in these languages (all if None), without the label."""

    def read(context: Context, concepts: Rows) -> list[list[int]]:
        own = context.snapshot.column(context.snapshot.concepts, "label", concepts)
        return [
            [row for row, text, kind, lang in some if kind != "definition" and (text, lang) != (label, "en")]
            for label, some in zip(own, _labels(context, concepts, languages), strict=True)
        ]

    return read


def definitions(context: Context, concepts: Rows) -> list[list[int]]:
    """Returns, for each concept, the rows of its definitions in the table of labels."""
    return [[row for row, _, kind, _ in some if kind == "definition"] for some in _labels(context, concepts, None)]


def _labels(context: Context, concepts: Rows, languages: Sequence[str] | None) -> list[list[Any]]:
    """Returns (row, text, kind, language) for the names and definitions of each concept, sorted by text."""
    rows = gathered(context.snapshot.labels_of, concepts)
    every = joined(context, rows)
    columns = (context.snapshot.column(context.snapshot.labels, name, every) for name in ("text", "kind", "language"))
    found = spread(rows, list(zip(every.tolist(), *columns, strict=True)))
    return [[label for label in some if languages is None or _in_ranges(label[3], languages)] for some in found]


def _in_ranges(language: str, ranges: Sequence[str]) -> bool:
    """Returns True if a language tag matches one of the ranges: the range `nl` also matches `nl-BE`.

    https://www.rfc-editor.org/rfc/rfc4647#section-3.3.1
    """
    return any(f"{language}-".lower().startswith(f"{one}-".lower()) for one in ranges)


def gathered(index: Csr, concepts: Rows) -> list[Ints]:
    """Returns, for each concept, its row numbers in the table that `index` is an index of."""
    return [index[concept] for concept in concepts]


def joined(context: Context, rows: Sequence[Ints]) -> Ints:
    """Joins the row numbers in `rows` into one array, and adds their number to the list entries that the answer reads.

    Raises TooLarge if the answer then reads too many.
    """
    every = np.concatenate([np.empty(0, np.int32), *rows])
    context.meter.read(len(every))
    return every


def spread(rows: Sequence[Ints], values: list[Any]) -> list[list[Any]]:
    """Splits `values` into one list for each item of `rows`, with as many values as this item has rows."""
    ends = np.cumsum([0, *map(len, rows)]).tolist()
    return [values[start:end] for start, end in pairwise(ends)]


def _concept(name: str) -> Column:
    return Stored(lambda snapshot: snapshot.concepts, name)


CONCEPT: dict[str, Column] = {name: _concept(name) for name in ("id", "label", "definition", "ontology")}
LABEL: dict[str, Column] = {
    name: Stored(lambda snapshot: snapshot.labels, name, empty=True) for name in ("text", "kind", "language")
}
RELATION: dict[str, Column] = {
    "predicate": Stored(lambda snapshot: snapshot.relations, "predicate", empty=True),
    "concept": linked(Stored(lambda snapshot: snapshot.relations, "target", empty=True), CONCEPT),
}
NEIGHBOUR = {
    "concept": linked(_nearby, CONCEPT),
    **{name: _neighbour(name) for name in ("score", "model", "through")},
}
CONCEPT |= {
    "deprecated": lambda context, rows: [value is True for value in _concept("deprecated")(context, rows)],
    "stub": lambda context, rows: [value is True for value in _concept("stub")(context, rows)],
    "replaced_by": linked(replaced_by, CONCEPT),
    "relations": listed(relations, RELATION),
    "definitions": listed(definitions, LABEL),
}

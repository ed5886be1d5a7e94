"""api: what the resolvers of one request share: the snapshot they read, and things read many at a time.

A field is a function from a column of numbers to a column of values. Things that stand side by side in an answer are
one Level; what is asked of one of them is read for all, so an answer costs as many reads for forty things as for one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import strawberry
from pyroaring import BitMap

from api.disclosure import CURATORS, SERVED, Group, PatientNumber, Role, disclosed, is_known, number_of, own
from api.errors import Forbidden
from api.fields.cost import Meter
from graph.hierarchy import Level as Certainty
from graph.snapshot import Numbers, Snapshot
from linking.understanding import Understanding

Read = dict[str, Any]
Spend = Callable[[str], None]
"""Counts a question about a cohort, in its one spelling. Raises Spent where it may not be answered."""


def free(_: str) -> None:
    """Where there is no budget."""


@dataclass(slots=True)
class Context:
    """`notes` become the answer's `extensions`: what a caller must know of how it was found.

    `reads` are what was told of patients, for the audit log: the field, what it was asked of, the numbers as told.
    `left_out` has the lines of the note `notCounted`, by what they begin with; see api/schema/uncounted/notice.py.
    """

    snapshot: Snapshot
    role: Role
    understanding: Understanding
    notes: dict[str, str] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    spend: Spend = free
    meter: Meter = field(default_factory=Meter)

    def concept(self, identifier: str) -> int | None:
        """The number of a concept by its identifier; None if nobody knows it, or the caller may not."""
        return self.snapshot.concept(identifier, hidden(self))


def told(context: Context, read: Read, level: Certainty, groups: Sequence[Group]) -> list[PatientNumber]:
    """What the caller may learn of how many patients are in each group; `read` and `level` tell what was asked.

    Numbers about patients leave only here, so that each is in the audit log.
    """
    found = [disclosed(number_of(context.snapshot.patients, group, context.role), context.role) for group in groups]
    context.reads.append(read | {"level": level, "told": [_size(number) for number in found]})
    return found


def weights(context: Context, groups: Sequence[Group]) -> list[int]:
    """The numbers as the caller may learn them, 0 where withheld: to order by, not to show."""
    numbers = (disclosed(number_of(context.snapshot.patients, group, context.role), context.role) for group in groups)
    return [number.count or 0 for number in numbers]


def may_be_known(context: Context, group: Group) -> bool:
    """Whether the caller may know that anyone is in a group at all."""
    if context.role is Role.EXACT:
        return len(group.members) > 0
    return context.role is not Role.NONE and is_known(context.snapshot.patients, group)


def only_curators(context: Context, what: str) -> None:
    """Raises Forbidden for a caller who may not see jobs; `what` begins the message."""
    if context.role not in CURATORS:
        raise Forbidden(what, [role for role in CURATORS if role in SERVED])


_HIDDEN: WeakKeyDictionary[Snapshot, dict[Role, Numbers]] = WeakKeyDictionary()
"""What was found before, as long as the snapshot is open."""


def hidden(context: Context) -> Numbers:
    """Codes that only records of patients have, too few for the caller to know of: for the caller there are none."""
    known = _HIDDEN.setdefault(context.snapshot, {})
    if context.role not in known:
        known[context.role] = Numbers(one for one in context.snapshot.private if not _known(context, one))
    return known[context.role]


def _known(context: Context, concept: int) -> bool:
    """Nobody below EXACT knows of a code that no patient has any more."""
    return context.role is Role.EXACT or may_be_known(context, own(context.snapshot, concept))


def _size(number: PatientNumber) -> int | list[int | None] | None:
    """The number as it was told: itself, its bounds, or nothing."""
    if number.count is None and number.at_least is not None:
        return [number.at_least, number.at_most]
    return number.count


Column = Callable[[Context, Sequence[int]], Sequence[Any]]
"""Gives one value for each number, in their order."""
Kind = Mapping[str, Column]
"""The fields of one type that need no arguments."""


class Level:
    """Things of one kind, by their numbers, that are asked together.

    A resolver that is given a level where it expects one of its things gives the values for all of them.
    """

    __slots__ = ("_read", "context", "kind", "numbers", "rows")

    def __init__(self, context: Context, kind: Kind, rows: Sequence[int]) -> None:
        self.context, self.kind, self.rows, self.numbers = context, kind, rows, np.array(rows, np.int64)
        self._read: dict[Hashable, Sequence[Any]] = {}

    def field(self, name: str) -> Sequence[Any]:
        return self.once(name, self.kind[name])

    def texts(self, name: str) -> Sequence[bytes] | None:
        """The field as JSON, where it is a stored text."""
        column = self.kind[name]
        return column.texts(self.context, self.numbers) if isinstance(column, Stored) else None

    def once(self, key: Hashable, read: Column) -> Sequence[Any]:
        """The column under this key, read when it is first asked for."""
        found = self._read.get(key)
        if found is None:
            rows: Any = self.numbers if isinstance(read, Stored) else self.rows
            found = self._read[key] = read(self.context, rows)
        return found


class Node:
    """One thing of a Level."""

    __slots__ = ("level", "place")

    def __init__(self, level: Level, place: int) -> None:
        self.level, self.place = level, place

    @property
    def context(self) -> Context:
        return self.level.context

    def once(self, key: Hashable, read: Column) -> Any:
        return self.level.once(key, read)[self.place]


class Nodes(Sequence[Node]):
    """Things of one Level beside one another; most are never looked at one by one, so each is made when it is."""

    __slots__ = ("level", "places")

    def __init__(self, level: Level, places: range) -> None:
        self.level, self.places = level, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        return Nodes(self.level, self.places[at]) if isinstance(at, slice) else Node(self.level, self.places[at])

    def column(self, every: Sequence[Any]) -> Sequence[Any]:
        """Their part of a column of the level."""
        return every if len(self.places) == len(every) else every[self.places.start : self.places.stop]


def value_of(source: object, name: str) -> Any:
    """The value of a field without arguments."""
    return source.level.field(name)[source.place] if type(source) is Node else getattr(source, name)


def nodes(context: Context, kind: Kind, rows: Sequence[int | None]) -> Sequence[Node | None]:
    """One node for each number, all on one level; None for None."""
    if None not in rows:
        return grouped(context, kind, [rows])[0]  # type: ignore[list-item]
    level = Level(context, kind, [row for row in rows if row is not None])
    places = iter(range(len(level.rows)))
    return [None if row is None else Node(level, next(places)) for row in rows]


def grouped(context: Context, kind: Kind, lists: Sequence[Sequence[int] | BitMap]) -> list[Nodes]:
    """Nodes for several lists of numbers, all on one level."""
    ends = [*accumulate(map(len, lists), initial=0)]
    context.meter.read(ends[-1])
    level = Level(context, kind, [*chain.from_iterable(map(_ints, lists))])
    return [Nodes(level, range(start, end)) for start, end in pairwise(ends)]


def _ints(some: Any) -> Sequence[int]:
    return some.tolist() if isinstance(some, np.ndarray) else some  # type: ignore[no-any-return]


def linked(rows: Column, kind: Kind) -> Column:
    """The field whose value is the thing of another kind with this number, or None."""
    return lambda context, own: nodes(context, kind, rows(context, own))


def listed(rows: Column, kind: Kind) -> Column:
    """The field whose value is a list of things of another kind."""
    return lambda context, own: grouped(context, kind, rows(context, own))


FAILS = "Null only with an error."
"""In the description of a field that may fail while those beside it are answered: it may be null for that alone."""


def resolved(resolver: Callable[..., Any], description: str) -> Any:
    """The field that a function answers; its GraphQL type is the annotation of the attribute it is given to."""
    return strawberry.field(resolver=resolver, description=description)


Table = Callable[[Snapshot], pa.Table]


class Stored:
    """The field that is a column of a table of the snapshot; an empty text is None, unless it may be `empty`."""

    def __init__(self, table: Table, name: str, empty: bool = False) -> None:
        self._table, self._name, self._empty = table, name, empty

    def __call__(self, context: Context, rows: Sequence[int]) -> Sequence[Any]:
        return context.snapshot.column(self._table(context.snapshot), self._name, rows, self._empty)

    def texts(self, context: Context, rows: npt.NDArray[np.int64]) -> Sequence[bytes] | None:
        """As JSON; None where it is no text."""
        return context.snapshot.texts(self._table(context.snapshot), self._name, rows, self._empty)

"""api: the context that the resolvers of one request share, and levels, which read many objects at once.

A field is a function from a column of object numbers to a column of values. Objects at the same position in an answer
form one Level. When a field of one object is needed, the field is read for all objects of the level, so forty objects
need as many reads as one object.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import strawberry
from pyroaring import BitMap

from api.disclosure import (
    CURATORS,
    DIFFERENCE,
    UNCHANGED,
    Group,
    PatientNumber,
    Role,
    disclosed,
    is_known,
    number_of,
    own,
)
from api.errors import Forbidden, Unavailable
from api.fields.cost import Meter
from graph.hierarchy import Level as Certainty
from graph.snapshot import Numbers, PatientRecords, Snapshot
from linking.understanding import Understanding

Read = dict[str, Any]
Spend = Callable[[str], None]
"""A function that counts a cohort against the budget. It gets the standard spelling of the criteria.

Raises Spent if the budget is used up.
"""


def free(_: str) -> None:
    """Counts nothing: used in place of a budget by a server that has none."""


@dataclass(slots=True)
class Context:
    """The data that the resolvers of one request share.

    `notes` are remarks on how the answer was found. These remarks become the `extensions` of the answer. `reads` are
    the entries of the audit log: field, arguments and disclosed numbers of patients. `left_out` contains the lines of
    the note `notCounted`; each key is the first words of its line (api/schema/uncounted/notice.py). `records` reads
    single patients; it is None if no audit log is written.
    """

    snapshot: Snapshot
    role: Role
    understanding: Understanding
    notes: dict[str, str] = field(default_factory=dict)
    reads: list[Read] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    spend: Spend = free
    meter: Meter = field(default_factory=Meter)
    records: PatientRecords | None = None

    def concept(self, identifier: str) -> int | None:
        """Returns the concept number for this identifier; None if the concept is unknown or hidden from the caller."""
        return self.snapshot.concept(identifier, hidden(self))


def single_patients(context: Context) -> PatientRecords:
    """Returns the reader of single patients.

    Raises Forbidden for roles other than RECORDS, and Unavailable if no audit log is written.
    """
    if context.role is not Role.RECORDS:
        raise Forbidden("single patients are shown", [Role.RECORDS])
    if context.records is None:
        raise Unavailable("single patients are shown only if TRICUSPID_AUDIT is set", "there is no audit log")
    return context.records


def disclosed_counts(
    context: Context, read: Read, level: Certainty, groups: Sequence[Group], other: bool = False
) -> list[PatientNumber]:
    """Returns the disclosed number of patients in each group. `read` and `level` describe the query in the audit log.

    `other` is True if the groups contain other patients than the query asked for. Then all numbers are withheld,
    whatever their size. All numbers of patients pass through this function, so each disclosed number is in the audit
    log.
    """
    found = [disclosed(number_of(context.snapshot.patients, group, context.role), context.role) for group in groups]
    if other:
        found = [number if number.at_least is None else DIFFERENCE for number in found]
    context.reads.append(read | {"level": level, "told": [_size(number) for number in found]})
    return found


def weights(context: Context, groups: Sequence[Group]) -> list[int]:
    """Returns the disclosed number of each group, 0 if withheld. The numbers are used only for sorting and are not
    shown.
    """
    numbers = (disclosed(number_of(context.snapshot.patients, group, context.role), context.role) for group in groups)
    return [number.count or 0 for number in numbers]


def may_be_known(context: Context, group: Group) -> bool:
    """Returns True if the caller is allowed to know that a group has patients."""
    if context.role in UNCHANGED:
        return len(group.members) > 0
    return context.role is not Role.NONE and is_known(context.snapshot.patients, group)


def only_curators(context: Context, what: str) -> None:
    """Raises Forbidden if the caller may not see jobs. `what` is the beginning of the error message."""
    if context.role not in CURATORS:
        raise Forbidden(what, CURATORS)


def hidden(context: Context) -> Numbers:
    """Returns the codes that occur only in patient records and that the caller is not allowed to see.

    Queries treat these codes as unknown.
    """
    known = context.snapshot.derived(_hidden_before)
    if context.role not in known:
        known[context.role] = Numbers(one for one in context.snapshot.private if not _known(context, one))
    return known[context.role]


def _hidden_before(_: Snapshot) -> dict[Role, Numbers]:
    """Returns an empty cache for the results of `hidden`."""
    return {}


def _known(context: Context, concept: int) -> bool:
    """Returns True if the caller is allowed to know that `concept`, a code that occurs only in patient records, exists.

    Roles with exact numbers also know codes without patients.
    """
    return context.role in UNCHANGED or may_be_known(context, own(context.snapshot, concept))


def _size(number: PatientNumber) -> int | list[int | None] | None:
    """Returns the disclosed number for the audit log: the number, its bounds, or None."""
    if number.count is None and number.at_least is not None:
        return [number.at_least, number.at_most]
    return number.count


Column = Callable[[Context, Sequence[int]], Sequence[Any]]
"""A function that returns one value for each object, in order. The objects are given by their numbers in the snapshot.
"""
Kind = Mapping[str, Column]
"""The fields of one GraphQL type that have no arguments, by name."""


class Level:
    """Objects of one kind that are read together. Each object is given by its number in the snapshot.

    If a resolver gets a level instead of one object, it returns the values for all objects of the level.
    """

    __slots__ = ("_read", "context", "kind", "numbers", "rows")

    def __init__(self, context: Context, kind: Kind, rows: Sequence[int]) -> None:
        self.context, self.kind, self.rows, self.numbers = context, kind, rows, np.array(rows, np.int64)
        self._read: dict[Hashable, Sequence[Any]] = {}

    def field(self, name: str) -> Sequence[Any]:
        return self.once(name, self.kind[name])

    def texts(self, name: str) -> Sequence[bytes] | None:
        """Returns the values of the field `name` as JSON if they are texts stored in the snapshot, else None."""
        column = self.kind[name]
        return column.texts(self.context, self.numbers) if isinstance(column, Stored) else None

    def once(self, key: Hashable, read: Column) -> Sequence[Any]:
        """Returns the values that `read` gives for all objects of the level. They are read once for each `key`, and
        then reused.
        """
        found = self._read.get(key)
        if found is None:
            rows: Any = self.numbers if isinstance(read, Stored) else self.rows
            found = self._read[key] = read(self.context, rows)
        return found


class Node:
    """One object of a Level."""

    __slots__ = ("level", "place")

    def __init__(self, level: Level, place: int) -> None:
        self.level, self.place = level, place

    @property
    def context(self) -> Context:
        return self.level.context

    def once(self, key: Hashable, read: Column) -> Any:
        return self.level.once(key, read)[self.place]


class Nodes(Sequence[Node]):
    """Consecutive objects of one Level. A Node is made only on access, because most are never used individually."""

    __slots__ = ("level", "places")

    def __init__(self, level: Level, places: range) -> None:
        self.level, self.places = level, places

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, at: Any) -> Any:
        return Nodes(self.level, self.places[at]) if isinstance(at, slice) else Node(self.level, self.places[at])

    def column(self, every: Sequence[Any]) -> Sequence[Any]:
        """Returns the values of these objects. `every` has the values of all objects of their level."""
        return every if len(self.places) == len(every) else every[self.places.start : self.places.stop]


def value_of(source: object, name: str) -> Any:
    """Returns the value of the field `name`, which has no arguments, for the object `source`."""
    return source.level.field(name)[source.place] if type(source) is Node else getattr(source, name)


def nodes(context: Context, kind: Kind, rows: Sequence[int | None]) -> Sequence[Node | None]:
    """Returns one Node for each number in `rows`, and None for each None. All nodes are on one Level."""
    if None not in rows:
        return grouped(context, kind, [rows])[0]  # type: ignore[list-item]
    level = Level(context, kind, [row for row in rows if row is not None])
    places = iter(range(len(level.rows)))
    return [None if row is None else Node(level, next(places)) for row in rows]


def grouped(context: Context, kind: Kind, lists: Sequence[Sequence[int] | BitMap]) -> list[Nodes]:
    """Returns the nodes for several lists of object numbers. All nodes are on one Level."""
    ends = [*accumulate(map(len, lists), initial=0)]
    context.meter.read(ends[-1])
    level = Level(context, kind, [*chain.from_iterable(map(_ints, lists))])
    return [Nodes(level, range(start, end)) for start, end in pairwise(ends)]


def _ints(some: Any) -> Sequence[int]:
    return some.tolist() if isinstance(some, np.ndarray) else some  # type: ignore[no-any-return]


def linked(rows: Column, kind: Kind) -> Column:
    """Returns a column whose values are objects of `kind`, or None. `rows` returns the numbers of these objects."""
    return lambda context, own: nodes(context, kind, rows(context, own))


def listed(rows: Column, kind: Kind) -> Column:
    """Returns a column whose values are lists of objects of `kind`. `rows` returns the numbers of the objects in each
    list.
    """
    return lambda context, own: grouped(context, kind, rows(context, own))


FAILS = "Null only with an error."
"""The last sentence of the description of a field that is null if it fails, while other fields of the answer succeed.
"""


def resolved(resolver: Callable[..., Any], description: str) -> Any:
    """Returns the field with this resolver.

    The GraphQL type of the field is the annotation of the class attribute to which the field is assigned.
    """
    return strawberry.field(resolver=resolver, description=description)


Table = Callable[[Snapshot], pa.Table]


class Stored:
    """A field that is a column of a table of the snapshot. An empty text becomes None, unless `empty` is True."""

    def __init__(self, table: Table, name: str, empty: bool = False) -> None:
        self._table, self._name, self._empty = table, name, empty

    def __call__(self, context: Context, rows: Sequence[int]) -> Sequence[Any]:
        return context.snapshot.column(self._table(context.snapshot), self._name, rows, self._empty)

    def texts(self, context: Context, rows: npt.NDArray[np.int64]) -> Sequence[bytes] | None:
        """Returns the values of the objects `rows` as JSON; None if the column is not text."""
        return context.snapshot.texts(self._table(context.snapshot), self._name, rows, self._empty)

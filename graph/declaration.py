"""graph: declares kinds of records as annotated classes. Tables, GraphQL types and docs are made from the classes.

A declaration is a NamedTuple with the decorator `kind`. Each column is `Annotated` with a `Said`. Readers yield
instances of the class. `graph.store.schema` makes a node table for the kind, and an edge table for each link.
`api.schema.record` makes the GraphQL type. `python -m graph.kinds.documented` writes the tables in docs/graph.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import IntEnum, StrEnum
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import pyarrow as pa

ARROW: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
TEXTS = "texts"
"""The name of the last column of each kind that is declared with `texts`.

The column has the texts of all fields that have no column of their own, as JSON.
"""

Record = TypeVar("Record", bound=type)


class Role(StrEnum):
    """The role of a concept in a record."""

    SUBJECT = "subject"
    INTERVENTION = "intervention"
    OUTCOME = "outcome"
    CRITERION = "criterion"
    MENTION = "mention"


class Part(IntEnum):
    """A searched part of a record. The parts are in order of rank: a match in the title ranks highest."""

    TITLE = 0
    KEYWORD = 1
    BODY = 2
    ELIGIBILITY = 3


class Said(NamedTuple):
    """Describes a column or field, with a phrase and an example.

    shown       True if GraphQL has the field
    asked       how lists in GraphQL can be filtered by the column: by the value (`is`) or by its beginning (`begins`)
    identifies  True if the column has further identifiers of the record, separated by spaces
    prefix      a prefix that is added to each of these identifiers
    grounded    the role of the concepts that are found in the text; None if the text is not grounded
    rest        if this is set, only concepts in the first sentence about the purpose of the record get the role
                `grounded`; all other concepts get the role `rest`
    parts       the names of the parts into which the text is split; each part is grounded separately
    searched    the part of the record to which the text belongs in a search; None means BODY for a text that is
                grounded, and means that any other text is not searched
    """

    text: str
    example: str = ""
    shown: bool = True
    asked: Literal["", "is", "begins"] = ""
    identifies: bool = False
    prefix: str = ""
    grounded: Role | None = None
    rest: Role | None = None
    parts: tuple[str, ...] = ()
    searched: Part | None = None

    def __str__(self) -> str:
        return f"{self.text}: `{self.example}`." if self.example else f"{self.text}."


class Column(NamedTuple):
    """A column of a kind of record. `python` is the type of its values, apart from None."""

    name: str
    python: type
    said: Said

    @property
    def arrow(self) -> pa.DataType:
        return ARROW[self.python]


class Field(NamedTuple):
    """A field of a kind of record that has no column of its own.

    If `text` is true, the field is a text in the column TEXTS. Otherwise it is a list of names of concepts.
    """

    name: str
    said: Said
    text: bool = False


class Grounded(NamedTuple):
    """The settings for grounding a field.

    `column` is the column with the words of the field, or empty. `names` is true if the field has names of concepts.
    `role` and `rest` are described in `Said`.
    """

    role: Role
    rest: Role | None
    column: str
    names: bool


class Link(NamedTuple):
    """A kind of edge from one record (the start) to another record (the end).

    The start of an edge is the record that states the edge, unless `by_others` is true.

    table      the name of the edge table
    type       the edge type in Cypher; empty if it is the same as `table`
    field      the GraphQL field of the start that lists the ends, or empty
    back       the GraphQL field of the end that lists the starts, or empty
    inward     True if the edge points to the start in Cypher
    by_others  True if records other than the start state the edge; if such a record is read again, the edges that it
               states are replaced
    grounded   if this is set, the texts of the ends also belong to the start, and the concepts in these texts get this
               role in the start; at most one link of a kind has `grounded`
    """

    table: str
    end: str
    field: str = ""
    said: Said = Said("")
    back: str = ""
    back_said: Said = Said("")
    type: str = ""
    inward: bool = False
    by_others: bool = False
    grounded: Role | None = None


class Kind(NamedTuple):
    """A declared kind of record; see `kind`.

    `searched` has the columns that are searched. `grounded` has the fields that are grounded. The names of these fields
    are the values of `About.field`.
    """

    record: type
    name: str
    plural: str
    description: str
    columns: tuple[Column, ...]
    searched: dict[str, Part]
    fields: tuple[Field, ...]
    grounded: dict[str, Grounded]
    links: tuple[Link, ...]
    id_asked: str
    about: bool
    listed: bool
    dependent: bool
    texts: str
    changed: str
    rises: str
    spoken: str

    @property
    def singular(self) -> str:
        return self.spoken.removesuffix("ies") + "y" if self.spoken.endswith("ies") else self.spoken.removesuffix("s")

    @property
    def stored(self) -> dict[str, pa.DataType]:
        """The columns of the kind's table, without the id."""
        own = {column.name: column.arrow for column in self.columns[1:]}
        return own | {TEXTS: pa.string()} if self.texts else own

    @property
    def lends(self) -> Link | None:
        """The link with `grounded`, or None. Records of this kind also have the texts of the ends of this link."""
        return next((link for link in self.links if link.grounded), None)

    @property
    def about_table(self) -> str:
        return f"{self.name.upper()}_ABOUT"

    @property
    def states(self) -> tuple[str, ...]:
        """The tables of edges that a record of this kind states. Reading the record again replaces these edges."""
        own = (link.table for link in self.links if not link.by_others)
        return (*((self.about_table,) if self.about else ()), *own)


_DECLARED: dict[str, Kind] = {}


def kind(
    *,
    plural: str = "",
    fields: tuple[Field, ...] = (),
    links: tuple[Link, ...] = (),
    id_asked: str = "",
    about: bool = True,
    listed: bool = False,
    dependent: bool = False,
    texts: str = "",
    changed: str = "",
    rises: str = "",
    spoken: str = "",
) -> Callable[[Record], Record]:
    """Declares the decorated class as a kind of record.

    plural     the name of the kind's list in GraphQL; if it is empty, the kind has no GraphQL type
    spoken     the plural in a sentence, if it differs from `plural`
    id_asked   describes the identifiers by which GraphQL finds a record
    about      True if records can be about concepts
    listed     True if a concept has a list of its records of this kind in GraphQL, and these records can be searched
    dependent  True if a record is deleted when no other record is linked to it
    fields     fields without their own columns
    texts      describes the column `texts`; if it is empty, the kind has no such column
    changed    the column with the date on which the source last changed the record
    rises      the column with a number that increases with each version of a record

    Raises TypeError if a column has no `Said`, if a column's type is not supported, or if a text field has no `texts`.
    """

    def declare(record: Record) -> Record:
        columns = columns_of(record)
        name, doc = record.__name__, inspect.getdoc(record) or ""
        if not texts and any(field.text for field in fields):
            raise TypeError(f"{name}: a field with text=True needs texts=, the description of the column `texts`")
        description = " ".join(doc.partition("\n\n")[0].split())
        _DECLARED[name] = Kind(
            record,
            name,
            plural,
            description,
            columns,
            {one.name: part for one in columns if (part := _part(one.said, Part.BODY)) is not None},
            fields,
            dict(_grounded(columns, fields)),
            links,
            id_asked,
            about,
            listed,
            dependent,
            texts,
            changed,
            rises,
            spoken or plural,
        )
        return record

    return declare


def _part(said: Said, otherwise: Part) -> Part | None:
    return otherwise if said.searched is None and said.grounded else said.searched


def _grounded(columns: tuple[Column, ...], fields: tuple[Field, ...]) -> Iterator[tuple[str, Grounded]]:
    for name, _, said in columns:
        if said.grounded:
            for part in said.parts or (name,):
                yield part, Grounded(said.grounded, said.rest, name, False)
    for name, said, text in fields:
        if said.grounded:
            yield name, Grounded(said.grounded, said.rest, "", not text)


def declared() -> dict[str, Kind]:
    """Returns all kinds by name, in the order of declaration."""
    return dict(_DECLARED)


def columns_of(record: type) -> tuple[Column, ...]:
    """Returns the columns of an annotated class. Raises TypeError if a column has no `Said` or an unsupported type."""
    return tuple(_column(record, *each) for each in get_type_hints(record, include_extras=True).items())


def _column(record: type, name: str, hint: Any) -> Column:
    hint, *said = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    types = [one for one in get_args(hint) or (hint,) if one is not NoneType]
    if get_origin(hint) is Literal:
        types = [str]
    if len(types) != 1 or types[0] not in ARROW:
        raise TypeError(
            f"{record.__name__}.{name}: the type of a column must be str, int, float or bool, optionally with None"
        )
    if len(said) != 1 or not isinstance(said[0], Said):
        raise TypeError(f"{record.__name__}.{name}: describe it as Annotated[..., Said(...)]")
    return Column(name, types[0], said[0])

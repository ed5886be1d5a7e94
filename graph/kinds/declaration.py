"""graph: declares a kind of record as an annotated class; tables, answers and documentation are derived from it.

A declaration is a NamedTuple with the decorator `kind`. Each column is `Annotated` with a description (`Said`). Readers
yield its instances. `graph.store.schema` makes a node table for it and an edge table for each link, `api.record` its
GraphQL type, and `python -m graph.kinds.documented` its part of docs/graph.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from enum import IntEnum, StrEnum
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_type_hints

import pyarrow as pa

ARROW: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
TEXTS = "texts"
"""The last column of a kind with further texts: JSON, the texts without a column of their own, by field."""

Record = TypeVar("Record", bound=type)


class Role(StrEnum):
    """The role of a concept in a record: why the record names it."""

    SUBJECT = "subject"
    INTERVENTION = "intervention"
    OUTCOME = "outcome"
    CRITERION = "criterion"
    MENTION = "mention"


class Part(IntEnum):
    """A searched part of a record, in order of importance."""

    TITLE = 0
    KEYWORD = 1
    BODY = 2
    ELIGIBILITY = 3


class Said(NamedTuple):
    """The description of a column or field: a phrase and an example. `shown`: answers have it. `asked`: lists can be
    filtered by its value (`is`) or its beginning (`begins`).

    `identifies`: it has further identifiers of the record, separated by spaces; `prefix` is added to each.
    `grounded`: its text is grounded, and the concepts have this role in the record. If `rest` is given, concepts
    outside the first sentence that states a purpose have that role. `parts`: it is grounded in parts with these names,
    not as a whole. `searched` is its part of the record in a search; by default the body if it is grounded, else none.
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
    """A column; `python` is the type of its values without None."""

    name: str
    python: type
    said: Said

    @property
    def arrow(self) -> pa.DataType:
        return ARROW[self.python]


class Field(NamedTuple):
    """A field without a column: a list of names, each of one concept, or, with `text`, a text in `texts`."""

    name: str
    said: Said
    text: bool = False


class Grounded(NamedTuple):
    """How a field is grounded. `column` is the column of its text, or empty. See `Said` and `Field`."""

    role: Role
    rest: Role | None
    column: str
    names: bool


class Link(NamedTuple):
    """An edge between records: `table` is its name, `type` its type in Cypher, by default the same.

    `field` is the GraphQL field of a start that lists the ends, `back` the field of an end that lists the starts; empty
    for none. The start is the record that states it. `inward`: in Cypher it leads to the start. `by_others`: other
    records state it; each replaces what it stated before. `grounded`, for at most one link of a kind: the texts and
    annotations of the ends also belong to the start, with this role.
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

    `searched` are the searched columns, `grounded` the grounded fields, by their names in annotations.
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
        """The columns of its table, without the id."""
        own = {column.name: column.arrow for column in self.columns[1:]}
        return own | {TEXTS: pa.string()} if self.texts else own

    @property
    def lends(self) -> Link | None:
        """The link whose ends give their texts and annotations to it."""
        return next((link for link in self.links if link.grounded), None)

    @property
    def about_table(self) -> str:
        return f"{self.name.upper()}_ABOUT"

    @property
    def states(self) -> tuple[str, ...]:
        """The edge tables that a record of this kind states; reading the record again replaces its edges."""
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
    """Declares the class below it as a kind of record.

    `plural` is the name of its list in GraphQL, `spoken` the plural in a sentence; without `plural` it has no GraphQL
    type. `id_asked` describes the accepted identifiers. `about`: it can have annotations. `listed`: concepts list it
    and it is searched. `dependent`: it exists only while another record links to it. `fields` have no column. `texts`
    describes the column of further texts; if empty, there is none. `changed` is the column with the date of the last
    change in the source, `rises` a column with a number that rises with every version. Raises TypeError for a column
    with an unsupported type or without a description, and for a text field without `texts`.
    """

    def declare(record: Record) -> Record:
        columns = tuple(_column(record, *each) for each in get_type_hints(record, include_extras=True).items())
        name, doc = record.__name__, inspect.getdoc(record) or ""
        if not texts and any(field.text for field in fields):
            raise TypeError(f"{name}: a text field without a column needs texts=, which describes the texts")
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
    """All kinds by name, in the order of their declaration."""
    return dict(_DECLARED)


def _column(record: type, name: str, hint: Any) -> Column:
    hint, *said = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    types = [one for one in get_args(hint) or (hint,) if one is not NoneType]
    if len(types) != 1 or types[0] not in ARROW:
        raise TypeError(f"{record.__name__}.{name}: a column must be str, int, float or bool, optionally None")
    if len(said) != 1 or not isinstance(said[0], Said):
        raise TypeError(f"{record.__name__}.{name}: describe it as Annotated[..., Said(...)]")
    return Column(name, types[0], said[0])

"""graph: how a kind of record is declared: as an annotated class, from which tables, answers and documentation follow.

A declaration is a NamedTuple with the decorator `kind`. Each column is `Annotated` with what is said of it. Readers
yield its instances; `graph.store.schema` makes a node table of it and an edge table of each link; `api.record` makes
its GraphQL type; `python -m graph.kinds.documented` writes its part of docs/graph.md.
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
"""The last column of a kind whose texts are kept: JSON, the texts that no other column holds, by their fields."""

Record = TypeVar("Record", bound=type)


class Role(StrEnum):
    """The part that a concept has in a record."""

    SUBJECT = "subject"
    INTERVENTION = "intervention"
    OUTCOME = "outcome"
    CRITERION = "criterion"
    MENTION = "mention"


class Part(IntEnum):
    """A part of a record that is searched, in the order in which a hit in it counts."""

    TITLE = 0
    KEYWORD = 1
    BODY = 2
    ELIGIBILITY = 3


class Said(NamedTuple):
    """What is said of a column or field: a phrase and an example. `shown`: answers have it. `asked`: lists are filtered
    by what it is, or by what it begins with.

    `identifies`: it holds identifiers of the record besides its id, parted by spaces, and `prefix` stands before each.
    `grounded`: its words are looked up, and what they name has this role in the record; outside of the first sentence
    that says what the record is for it is `rest`, where that is given. `parts`: they are looked up in parts of these
    names, not as a whole. `searched` is the part of the record that it is for a search, the body where it is grounded.
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
    """`python` is the type of its values without None."""

    name: str
    python: type
    said: Said

    @property
    def arrow(self) -> pa.DataType:
        return ARROW[self.python]


class Field(NamedTuple):
    """Words of a record that no column holds: names, each of one concept, or with `text` a text in `texts`."""

    name: str
    said: Said
    text: bool = False


class Grounded(NamedTuple):
    """How the words of a field are grounded; `column` holds them, empty where none does. See `Said` and `Field`."""

    role: Role
    rest: Role | None
    column: str
    names: bool


class Link(NamedTuple):
    """An edge from a record to another: `table` is its name, `type` what Cypher calls it, the same where empty.

    `field` lists the ends in an answer about a start, `back` the starts in one about an end; empty where none does.
    The start is the record that states it. `inward`: to Cypher it leads to the start. `by_others`: other records state
    it; each replaces what it stated before. `grounded`, of at most one link of a kind: the texts of the ends are the
    start's own too, and what they are about has this role in it.
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

    `searched` are the columns that are searched, `grounded` the fields whose words are grounded, by the names that
    abouts have them by.
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
        """The columns of its table but for the id."""
        own = {column.name: column.arrow for column in self.columns[1:]}
        return own | {TEXTS: pa.string()} if self.texts else own

    @property
    def lends(self) -> Link | None:
        """The link whose ends lend it their texts and what they are about."""
        return next((link for link in self.links if link.grounded), None)

    @property
    def about_table(self) -> str:
        return f"{self.name.upper()}_ABOUT"

    @property
    def states(self) -> tuple[str, ...]:
        """The edge tables that say what one of these records states; reading it again replaces them."""
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

    `plural` names its list in GraphQL, `spoken` in a sentence; without a plural it has no type there. `id_asked` says
    which identifiers are taken. `about`: it can be about concepts. `listed`: concepts list it, and it is searched for.
    `dependent`: it is there only as long as another record is joined with it. `fields` are those that no column holds.
    `texts` says what its column of other texts holds; without it there is none. `changed` is the column that says when
    its source last changed it, `rises` one with a number that rises with every version. Raises TypeError for a column
    whose type no engine has or of which nothing is said, and for a text without a place for it.
    """

    def declare(record: Record) -> Record:
        columns = tuple(_column(record, *each) for each in get_type_hints(record, include_extras=True).items())
        name, doc = record.__name__, inspect.getdoc(record) or ""
        if not texts and any(field.text for field in fields):
            raise TypeError(f"{name}: a text that no column holds needs texts=, which says what its texts are")
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
        raise TypeError(f"{record.__name__}.{name}: a column is one of str, int, float, bool, or None besides")
    if len(said) != 1 or not isinstance(said[0], Said):
        raise TypeError(f"{record.__name__}.{name}: say what it is, as Annotated[..., Said(...)]")
    return Column(name, types[0], said[0])

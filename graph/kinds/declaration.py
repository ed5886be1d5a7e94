"""graph: how a kind of record is declared: as an annotated class, from which tables, answers and documentation follow.

A declaration is a NamedTuple with the decorator `kind`. Each column is `Annotated` with what is said of it. Readers
yield its instances; `graph.store.schema` makes a node table of it and an edge table of each link; `api.record` makes
its GraphQL type; `python -m graph.kinds.documented` writes its part of docs/graph.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from types import NoneType
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_type_hints

import pyarrow as pa

ARROW: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
TEXTS = "texts"
"""The last column of a kind whose texts are kept: JSON, the texts that no other column holds, by their fields."""

Record = TypeVar("Record", bound=type)


class Said(NamedTuple):
    """What is said of a column: a phrase and an example. `shown`: answers have it. `asked`: lists are filtered by
    what it is, or by what it begins with.

    `identifies`: it holds identifiers of the record besides its id, parted by spaces, and `prefix` stands before each.
    """

    text: str
    example: str = ""
    shown: bool = True
    asked: Literal["", "is", "begins"] = ""
    identifies: bool = False
    prefix: str = ""

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


class Link(NamedTuple):
    """An edge from a record to another: `table` is its name, `type` what Cypher calls it, the same where empty.

    `field` lists the ends in an answer about a start, `back` the starts in one about an end; empty where none does.
    The start is the record that states it. `inward`: to Cypher it leads to the start. `by_others`: other records state
    it; each replaces what it stated before.
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


class Kind(NamedTuple):
    """A declared kind of record; see `kind`."""

    record: type
    name: str
    plural: str
    description: str
    columns: tuple[Column, ...]
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
    `dependent`: it is there only as long as another record is joined with it. `texts` says what its column of other
    texts holds; without it there is none. `changed` is the column that says when its source last changed it, `rises`
    one with a number that rises with every version. Raises TypeError for a column whose type no engine has or of which
    nothing is said.
    """

    def declare(record: Record) -> Record:
        columns = tuple(_column(record, *each) for each in get_type_hints(record, include_extras=True).items())
        name, doc = record.__name__, inspect.getdoc(record) or ""
        description = " ".join(doc.partition("\n\n")[0].split())
        _DECLARED[name] = Kind(
            record,
            name,
            plural,
            description,
            columns,
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

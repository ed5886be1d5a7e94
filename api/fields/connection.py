"""api: pages of long lists, as in the Relay cursor connections specification (https://relay.dev/graphql/connections.htm).

A cursor is an opaque position in a list at one epoch. A cursor of another epoch is refused: newly loaded data change
the positions, so the next page would repeat or skip objects.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, NamedTuple, TypeVar

import strawberry
from pyroaring import BitMap

from api.errors import BadInput
from api.fields.context import Column, Context, Kind, Node, grouped, resolved

T = TypeVar("T")
MOST = 500
FIRST = 10
TEXTS = 100
"""The maximum number of texts to ground in one call."""
TEXT = 20_000
"""The maximum number of characters of a text to ground."""
_MARK = "at:"
_CURSOR = re.compile(rf"{_MARK}([0-9]{{1,18}}):([0-9]{{1,9}})")

First = Annotated[
    int, strawberry.argument(description=f"The maximum number of objects on the page, 0 to {MOST}: `20`.")
]
After = Annotated[
    str | None,
    strawberry.argument(
        description="The `endCursor` of an earlier page, after which this page starts: `YXQ6MTg6OQ==`."
    ),
]


@strawberry.type(description="The end of a page.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="True if there is another page: `true`.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last edge, to pass as `after`: `YXQ6MTg6OQ==`. Null on an empty page."
    )


@strawberry.type(description="An object and its position in the list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6MTg6OQ==`.")
    node: T = strawberry.field(description="The object at this position.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    total_count: int = strawberry.field(description="Number of objects in the whole list, not only the page: `42`.")
    edges: list[Edge[T]] = strawberry.field(description="The objects of the page, with a cursor for each.")
    nodes: list[T] = strawberry.field(description="The objects of the page.")
    page_info: PageInfo = strawberry.field(description="Whether there is a next page, and the cursor to request it.")


class Place(NamedTuple):
    cursor: str
    node: Any


class PageEnd(NamedTuple):
    has_next_page: bool
    end_cursor: str | None


class Page(NamedTuple):
    """The data of a Connection."""

    nodes: Sequence[Any]
    start: int
    total_count: int
    epoch: int

    @property
    def edges(self) -> list[Place]:
        return [Place(cursor(self.epoch, self.start + n), node) for n, node in enumerate(self.nodes)]

    @property
    def page_info(self) -> PageEnd:
        end = self.start + len(self.nodes)
        return PageEnd(end < self.total_count, cursor(self.epoch, end - 1) if self.nodes else None)


@dataclass(frozen=True)
class Paged:
    """The base class for the data of a page that has more fields than Connection."""

    page: Page

    @property
    def nodes(self) -> Sequence[Node]:
        return self.page.nodes

    @property
    def total_count(self) -> int:
        return self.page.total_count

    @property
    def page_info(self) -> PageEnd:
        return self.page.page_info


def cursor(epoch: int, position: int) -> str:
    return base64.b64encode(f"{_MARK}{epoch}:{position}".encode()).decode()


def check_first(first: int) -> None:
    """Raises BadInput if the number of objects on a page is negative or too large."""
    if not 0 <= first <= MOST:
        raise BadInput(f"first is {first}: give a number from 0 to {MOST}")


def start_of(epoch: int, first: int, after: str | None) -> int:
    """Returns the position in the list, from 0, of the first object of the page after the cursor `after`. Raises
    BadInput for an invalid argument.
    """
    check_first(first)
    if after is None:
        return 0
    try:
        read = _CURSOR.fullmatch(base64.b64decode(after, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        read = None
    if read is None:
        raise BadInput("`after` is not a valid cursor: pass an `endCursor` unchanged")
    if int(read[1]) != epoch:
        raise BadInput(
            f"`after` is a cursor of epoch {read[1]}, but the current epoch is {epoch}: start again at the first page"
        )
    return int(read[2]) + 1


def pages(context: Context, kind: Kind, lists: Sequence[Sequence[int] | BitMap], first: int, start: int) -> list[Page]:
    """Returns, for each of `lists`, the page of `first` objects from position `start`. All objects are on one Level."""
    shown = [some[start : start + first] for some in lists]
    found = zip(grouped(context, kind, shown), lists, strict=True)
    return [Page(page, start, len(some), context.snapshot.epoch) for page, some in found]


def paged(rows: Column, kind: Kind, description: str) -> Any:
    """Returns a GraphQL field that shows a list of objects of `kind` in pages.

    `rows` returns a list for each object that has the field. The entries are numbers of objects of `kind`.
    """

    def resolve(root: strawberry.Parent[Any], first: First = FIRST, after: After = None) -> Any:
        start = start_of(root.context.snapshot.epoch, first, after)
        key = rows, first, start
        return root.once(key, lambda context, own: pages(context, kind, rows(context, own), first, start))

    return resolved(resolve, description)

"""api: long lists in pages, after the Relay cursor connections specification (https://relay.dev/graphql/connections.htm).

A cursor is the position in the list of one epoch, opaque. One of another epoch is refused: what was loaded meanwhile
moves the positions, and a page would show a thing twice or never.
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
"""Texts that may be grounded at once."""
TEXT = 20_000
"""Characters of a text that is grounded."""
_MARK = "at:"
_CURSOR = re.compile(rf"{_MARK}([0-9]{{1,18}}):([0-9]{{1,9}})")

First = Annotated[int, strawberry.argument(description=f"How many at most, 0 to {MOST}: `20`.")]
After = Annotated[
    str | None,
    strawberry.argument(description="The cursor after which to go on, an `endCursor` of before: `YXQ6MTg6OQ==`."),
]


@strawberry.type(description="Where a page ends.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more: `true`.")
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last edge, for the argument `after`; null on an empty page: `YXQ6MTg6OQ==`."
    )


@strawberry.type(description="One place in a list.")
class Edge(Generic[T]):
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6MTg6OQ==`.")
    node: T = strawberry.field(description="What stands there.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    total_count: int = strawberry.field(description="Length of the whole list, not of the page: `42`.")
    edges: list[Edge[T]] = strawberry.field(description="The page, with a cursor for each.")
    nodes: list[T] = strawberry.field(description="The page without cursors.")
    page_info: PageInfo = strawberry.field(description="Whether and where the list goes on.")


class Place(NamedTuple):
    cursor: str
    node: Any


class PageEnd(NamedTuple):
    has_next_page: bool
    end_cursor: str | None


class Page(NamedTuple):
    """What a Connection is made from."""

    nodes: Sequence[Node]
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
    """What a connection that says more than a Connection is made from."""

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
    """Raises BadInput for a page that is too long."""
    if not 0 <= first <= MOST:
        raise BadInput(f"first is {first}: give 0 to {MOST}")


def start_of(epoch: int, first: int, after: str | None) -> int:
    """The position of the first one asked for, from 0. Raises BadInput for what no page can be."""
    check_first(first)
    if after is None:
        return 0
    try:
        read = _CURSOR.fullmatch(base64.b64decode(after, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        read = None
    if read is None:
        raise BadInput("after is no cursor of ours: give an endCursor as it was received")
    if int(read[1]) != epoch:
        raise BadInput(f"after is a cursor of epoch {read[1]}, and this is epoch {epoch}: ask for the first page again")
    return int(read[2]) + 1


def pages(context: Context, kind: Kind, lists: Sequence[Sequence[int] | BitMap], first: int, start: int) -> list[Page]:
    """The same page of several lists, their things on one level."""
    shown = [some[start : start + first] for some in lists]
    found = zip(grouped(context, kind, shown), lists, strict=True)
    return [Page(page, start, len(some), context.snapshot.epoch) for page, some in found]


def paged(rows: Column, kind: Kind, description: str) -> Any:
    """The field whose value is a page of the list of numbers that `rows` gives for each."""

    def resolve(root: strawberry.Parent[Any], first: First = FIRST, after: After = None) -> Any:
        start = start_of(root.context.snapshot.epoch, first, after)
        key = rows, first, start
        return root.once(key, lambda context, own: pages(context, kind, rows(context, own), first, start))

    return resolved(resolve, description)

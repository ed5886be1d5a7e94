"""api: the types of the search for records."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

import strawberry

from api.fields import How, PageInfo
from api.schema.related.types import Record
from graph.kinds import KINDS, RECORDS

if TYPE_CHECKING:

    class RecordKind(Enum):
        """The kinds of records that can be searched."""

else:
    RecordKind = strawberry.enum(
        Enum(
            "RecordKind",
            {name.upper(): strawberry.enum_value(name, description=KINDS[name].description) for name in RECORDS},
        ),
        description="A kind of record.",
    )


@strawberry.type(description="How a record was found.")
class RecordMatch:
    how: How = strawberry.field(description="How the record was found: `WORDS`.")
    field: str | None = strawberry.field(
        description="The field that contains most of the words of the search text, named as in `About.field`: "
        "`summary`. If the record was found by meaning, the field is `title`."
    )
    text: str | None = strawberry.field(
        description="The text of this field around these words, at most 160 characters: `Zorg voor mensen met "
        "diabetes`. Omitted parts are replaced by `…`."
    )


@strawberry.type(description="One record found.")
class RecordSearchEdge:
    cursor: str = strawberry.field(description="The position in the list, opaque: `YXQ6OQ==`.")
    node: Record = strawberry.field(description="The record: `course:1002` for `diabetes`.")
    match: RecordMatch = strawberry.field(description="How the record was found.")
    score: float = strawberry.field(
        description="How well the record matches, 0 to 1: `0.73`. The score is 1 for an identifier or title, otherwise "
        "the share of the search text that the record matches."
    )


@strawberry.type(description="One page of search results.")
class RecordSearchConnection:
    total_count: int = strawberry.field(description="Number of records found: `42`.")
    edges: list[RecordSearchEdge] = strawberry.field(description="The results of the page, best first.")
    nodes: list[Record] = strawberry.field(description="The records of the page, without match and score.")
    page_info: PageInfo = strawberry.field(description="Whether there is a next page, and the cursor to request it.")

"""api: the types of unmapped codes."""

from __future__ import annotations

import strawberry

from api.fields import Edge, PageInfo


@strawberry.type(description="A code of events that no loaded terminology defines and no mapping leads to.")
class UnmappedCode:
    id: strawberry.ID = strawberry.field(description="CURIE, as `concept` takes it: `local:HF01`.")
    system: str | None = strawberry.field(description="Its prefix: `local`.")
    label: str | None = strawberry.field(
        description="The name that came with it, where it may be told: `Heart failure`."
    )
    events: int | None = strawberry.field(
        description="How many events have it; below the role `exact` rounded to tens: `120`."
    )
    since: str | None = strawberry.field(
        description="The first date of these events: `2019-03-01`. Below the role `exact` the year by which ten "
        "patients had one: `2020`; null where no ten have a date."
    )


@strawberry.type(
    description="Codes that fewer than ten patients each have, counted together; the role `exact` gets each of them."
)
class OtherCodes:
    codes: int | None = strawberry.field(description="How many, rounded to tens; null for fewer than ten: `30`.")
    events: int | None = strawberry.field(description="How many events have one of them, rounded to tens: `70`.")


@strawberry.type(description="One page of unmapped codes.")
class UnmappedConnection:
    total_count: int = strawberry.field(description="Length of the whole list, not of the page: `42`.")
    edges: list[Edge[UnmappedCode]] = strawberry.field(description="The page, with a cursor for each.")
    nodes: list[UnmappedCode] = strawberry.field(description="The page without cursors.")
    page_info: PageInfo = strawberry.field(description="Whether and where the list goes on.")
    others: OtherCodes | None = strawberry.field(
        description="What else there is, together; null where there is nothing else, where fewer than ten patients "
        "have it, and where a `system` is asked for."
    )

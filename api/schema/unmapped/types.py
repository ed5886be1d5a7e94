"""api: the types of unmapped codes."""

from __future__ import annotations

import strawberry

from api.fields import Edge, PageInfo


@strawberry.type(
    description="A code that occurs in events, but that no loaded terminology defines and no mapping contains."
)
class UnmappedCode:
    id: strawberry.ID = strawberry.field(description="CURIE that `concept` accepts as an id: `local:HF01`.")
    system: str | None = strawberry.field(description="Prefix of the code: `local`.")
    label: str | None = strawberry.field(
        description="Name of the code in the records: `Heart failure`. Null if the name may not be disclosed."
    )
    events: int | None = strawberry.field(
        description="Number of events with this code, rounded to tens: `120`. For the role `exact`, the exact number."
    )
    since: str | None = strawberry.field(
        description="For the role `exact`, the date of the first event with this code: `2019-03-01`. For other roles, "
        "the year in which the number of patients with such an event reached ten: `2020`. Null if fewer than ten "
        "patients have such an event with a date."
    )


@strawberry.type(
    description="Codes that fewer than ten patients have, counted together. The role `exact` sees each code instead."
)
class OtherCodes:
    codes: int | None = strawberry.field(description="Number of codes, rounded to tens: `30`. Null for fewer than ten.")
    events: int | None = strawberry.field(
        description="Number of events with one of these codes, rounded to tens: `70`."
    )


@strawberry.type(description="One page of unmapped codes.")
class UnmappedConnection:
    total_count: int = strawberry.field(description="Number of codes in the whole list, not only the page: `42`.")
    edges: list[Edge[UnmappedCode]] = strawberry.field(description="The codes of the page, with a cursor for each.")
    nodes: list[UnmappedCode] = strawberry.field(description="The codes of the page.")
    page_info: PageInfo = strawberry.field(description="Whether there is a next page, and the cursor to request it.")
    others: OtherCodes | None = strawberry.field(
        description="The codes that fewer than ten patients have, counted together. Null if there are no such "
        "codes, if fewer than ten patients have any of them, or if `system` is given."
    )

"""api: the query for unmapped codes."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.fields import FAILS, FIRST, After, Context, First, only_curators, resolved, start_of
from api.schema.unmapped.loaders import UnmappedPage, unmapped_page
from api.schema.unmapped.types import UnmappedConnection

System = Annotated[str | None, strawberry.argument(description="Only codes with this prefix: `local`.")]


def _unmapped(
    info: strawberry.Info[Context], first: First = FIRST, after: After = None, system: System = None
) -> UnmappedPage:
    only_curators(info.context, "unmapped codes are")
    return unmapped_page(info.context, system, first, start_of(info.context.snapshot.epoch, first, after))


@strawberry.type
class UnmappedQuery:
    unmapped_codes: UnmappedConnection | None = resolved(
        _unmapped,
        "Codes that occur in events, but that no loaded terminology defines and no mapping contains. The codes with "
        f"the most events come first. For the roles `steward` and `exact`. {FAILS}",
    )

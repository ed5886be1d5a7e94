"""api: the query for site names."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.fields import FAILS, FIRST, After, Connection, Context, First, Page, only_curators, pages, resolved, start_of
from api.schema.site_names.loaders import SITE_NAME, of_source
from api.schema.site_names.types import SiteName

Source = Annotated[str | None, strawberry.argument(description="Only names from this source: `site`.")]


def _site_names(
    info: strawberry.Info[Context], first: First = FIRST, after: After = None, source: Source = None
) -> Page:
    only_curators(info.context, "a site's own names are")
    snapshot = info.context.snapshot
    start = start_of(snapshot.epoch, first, after)
    return pages(info.context, SITE_NAME, [of_source(snapshot, source)], first, start)[0]


@strawberry.type
class SiteNameQuery:
    site_names: Connection[SiteName] | None = resolved(
        _site_names,
        f"This site's own names for concepts, sorted by source and text. For the roles `steward` and `exact`. {FAILS}",
    )

"""api: the type of a site's own name."""

from __future__ import annotations

import strawberry

from api.schema.concept.types import Concept


@strawberry.type(description="What people of this site call a concept.")
class SiteName:
    text: str = strawberry.field(description="What they say: `suikerpatiënt`.")
    concept: Concept = strawberry.field(
        description="What they mean by it; of a concept that became obsolete, what replaces it."
    )
    language: str = strawberry.field(description="BCP 47 tag, `und` where the file does not say: `nl`.")
    count: int = strawberry.field(description="How often they meant it, as far as the file says: `12`.")
    source: str = strawberry.field(description="What its file is known by, one of `ontologies`: `site`.")
    loaded: str | None = strawberry.field(description="When it was loaded: `2026-11-24T04:12:00+00:00`.")

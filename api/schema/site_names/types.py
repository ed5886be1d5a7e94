"""api: the type SiteName."""

from __future__ import annotations

import strawberry

from api.schema.concept.types import Concept


@strawberry.type(description="A name that this site uses for a concept.")
class SiteName:
    text: str = strawberry.field(description="The name: `suikerpatiënt`.")
    concept: Concept = strawberry.field(
        description="The concept that the name means. If this concept has become obsolete, its replacement."
    )
    language: str = strawberry.field(description="Language as a BCP 47 tag: `nl`. `und` if the file does not state it.")
    count: int = strawberry.field(
        description="How often the name was used for this concept, according to the file: `12`."
    )
    source: str = strawberry.field(description="Id of the file, listed in `ontologies`: `site`.")
    loaded: str | None = strawberry.field(description="Time of loading: `2026-11-24T04:12:00+00:00`.")

"""api: the types About and FieldText: what a record is about, and where it says so."""

from __future__ import annotations

import strawberry

from api.fields import AboutRole, Assertion, Method
from api.schema.concept.types import Concept


@strawberry.type(description="That a record is about a concept, and how that is known.")
class About:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005148`.")
    field: str | None = strawberry.field(
        description="Where in it the words stood: `condition`; `inclusion` and `exclusion` are parts of `eligibility`, "
        "`primary_outcome` of `outcome_measures`, "
        "`description@nl` and `outcome:1003-1` are among `texts`."
    )
    text: str | None = strawberry.field(description="The words that were read, null where it was coded: `T2DM`.")
    name: str | None = strawberry.field(
        description="The concept's name that the words matched, null where it was coded: `type 2 diabetes mellitus`."
    )
    method: Method | None = strawberry.field(description="How the concept was found: `EXACT`.")
    confidence: float | None = strawberry.field(description="0 to 1: `0.98`.")
    assertion: Assertion | None = strawberry.field(description="What the record says of the concept: `PRESENT`.")
    role: AboutRole = strawberry.field(
        description="The part that the concept has in the record; lists of records are chosen by it: `SUBJECT`."
    )
    start: int | None = strawberry.field(
        description="Where the words begin in the whole text of the field, in characters (code points) from 0: `0`."
    )
    end: int | None = strawberry.field(description="Where they end, exclusive: `8`.")


@strawberry.type(description="A text of a record in which something is named, and which no other field holds.")
class FieldText:
    field: str = strawberry.field(
        description="What `About.field` calls it: its name and language, or the id of a learning outcome: "
        "`description@nl`."
    )
    text: str = strawberry.field(description="The text.")

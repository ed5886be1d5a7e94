"""api: the types About and FieldText: the annotations and texts of a record."""

from __future__ import annotations

import strawberry

from api.fields import AboutRole, Assertion, Method
from api.schema.concept.types import Concept


@strawberry.type(description="An annotation: a concept that a record is about, and how the concept was found.")
class About:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005148`.")
    field: str | None = strawberry.field(
        description="The field of the record that contains the words: `condition`. `inclusion` and `exclusion` are "
        "parts of `eligibility`, and `primary_outcome` is a part of `outcome_measures`. Fields such as "
        "`description@nl` and `outcome:1003-1` are in `texts`."
    )
    text: str | None = strawberry.field(
        description="The words that name the concept: `T2DM`. Null if the concept was coded."
    )
    name: str | None = strawberry.field(
        description="The name of the concept that matches the words: `type 2 diabetes mellitus`. Null if the concept "
        "was coded."
    )
    method: Method | None = strawberry.field(description="How the concept was found: `EXACT`.")
    confidence: float | None = strawberry.field(description="Confidence, 0 to 1: `0.98`.")
    assertion: Assertion | None = strawberry.field(description="How the record states the concept: `PRESENT`.")
    role: AboutRole = strawberry.field(
        description="The role of the concept in the record: `SUBJECT`. Lists of records can be filtered by role."
    )
    start: int | None = strawberry.field(
        description="Position of the first character of the words in the whole text of the field, in code "
        "points from 0: `0`."
    )
    end: int | None = strawberry.field(description="Position after the last character of the words: `8`.")


@strawberry.type(description="A text of a record that names a concept and is in no other field of the record.")
class FieldText:
    field: str = strawberry.field(
        description="Name of the text as in `About.field`: a field with its language, or the id of a learning outcome: "
        "`description@nl`."
    )
    text: str = strawberry.field(description="The text.")

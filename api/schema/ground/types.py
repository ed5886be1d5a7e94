"""api: the types Grounded and GroundedMatch."""

from __future__ import annotations

from enum import Enum

import strawberry

from api.fields import Assertion, Method
from api.schema.concept.types import Concept


@strawberry.enum(description="How a text is read.")
class TextKind(Enum):
    MENTION = strawberry.enum_value("MENTION", description="As one name of one thing, as a whole.")
    TEXT = strawberry.enum_value("TEXT", description="As running text, in which things may be named.")


@strawberry.type(description="A concept that a text names, and why.")
class GroundedMatch:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005148`.")
    score: float = strawberry.field(description="How probable it is that this is meant, 0 to 1: `0.98`.")
    method: Method = strawberry.field(description="How the concept was found: `EXACT`.")
    words: str = strawberry.field(description="The words of the text: `T2DM`.")
    start: int = strawberry.field(description="Where they begin in the text, in characters from 0: `12`.")
    end: int = strawberry.field(description="Where they end, exclusive: `16`.")
    assertion: Assertion = strawberry.field(description="What the text says of the concept: `PRESENT`.")
    name: str | None = strawberry.field(
        description="The name of the concept that the words are nearest to: `type 2 diabetes mellitus`."
    )


@strawberry.type(description="A text, and the concepts that it names.")
class Grounded:
    text: str = strawberry.field(description="As it was given: `no history of suikerziekte`.")
    matches: list[GroundedMatch] = strawberry.field(
        description="Of a mention the likeliest first; of a text in its order."
    )

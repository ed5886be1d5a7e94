"""api: the types Grounded and GroundedMatch."""

from __future__ import annotations

from enum import Enum

import strawberry

from api.fields import Assertion, Method
from api.schema.concept.types import Concept


@strawberry.enum(description="How a text is read.")
class TextKind(Enum):
    MENTION = strawberry.enum_value("MENTION", description="The whole text is one name of one concept.")
    TEXT = strawberry.enum_value("TEXT", description="Running text, which can name any number of concepts.")


@strawberry.type(description="A concept that a text names, the words that name the concept, and how it was found.")
class GroundedMatch:
    concept: Concept = strawberry.field(description="The concept: `MONDO:0005148`.")
    score: float = strawberry.field(description="The probability that the text means this concept, 0 to 1: `0.98`.")
    method: Method = strawberry.field(description="How the concept was found: `EXACT`.")
    words: str = strawberry.field(description="The words of the text that name the concept: `T2DM`.")
    start: int = strawberry.field(description="Position of the first character of the words in the text, from 0: `12`.")
    end: int = strawberry.field(description="Position after the last character of the words: `16`.")
    assertion: Assertion = strawberry.field(description="How the text states the concept: `PRESENT`.")
    name: str | None = strawberry.field(
        description="The name of the concept that is most similar to the words: `type 2 diabetes mellitus`."
    )


@strawberry.type(description="A text and the concepts that it names.")
class Grounded:
    text: str = strawberry.field(description="The text, unchanged: `no history of suikerziekte`.")
    matches: list[GroundedMatch] = strawberry.field(
        description="The concepts found: for a mention, the most probable first; for a text, in order of position."
    )

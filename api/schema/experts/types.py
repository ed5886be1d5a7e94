"""api: the people behind the records in the reach of a concept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.fields import Connection
from api.schema.experts.loaders import through_field
from api.schema.related.types import Record

if TYPE_CHECKING:
    Person = Any


@strawberry.type(description="A person, by the records in the reach of a concept.")
class Expert:
    person: Annotated[Person, strawberry.lazy("api.schema.record.kinds")] = strawberry.field(
        description="The person: `orcid:0000-0000-0000-0001`."
    )
    score: int = strawberry.field(description="How many of these records the person is joined with: `3`.")
    through: Connection[Record] = through_field

"""api: the type Expert."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.fields import Connection
from api.schema.experts.loaders import through_field
from api.schema.related.types import Record

if TYPE_CHECKING:
    Person = Any


@strawberry.type(description="A person who is named by records in the reach of a concept.")
class Expert:
    person: Annotated[Person, strawberry.lazy("api.schema.record.kinds")] = strawberry.field(
        description="The person: `orcid:0000-0000-0000-0001`."
    )
    score: int = strawberry.field(description="Number of records in the reach that name the person: `3`.")
    through: Connection[Record] = through_field

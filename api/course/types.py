"""api: the type Course."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from api.connection import Connection, paged
from api.context import Node
from api.course.loaders import COURSE
from api.related.loaders import related_field
from api.study.loaders import about, abouts
from api.study.types import About, FieldText

if TYPE_CHECKING:
    from api.related.types import Related


@strawberry.type(description="A course.")
class Course:
    id: strawberry.ID = strawberry.field(description="`course:` and the source's own identifier: `course:1001`.")
    title: str | None = strawberry.field(description="`Endocrinology`.")
    code: str | None = strawberry.field(description="What the school calls it by: `MED-301`.")
    level: str | None = strawberry.field(description="`bachelor`, `master` and so on, as the source says it.")
    language: str | None = strawberry.field(description="BCP 47 tag of the language it is given in: `nl`.")
    credits: float | None = strawberry.field(description="ECTS: `6.0`.")
    description: str | None = strawberry.field(description="What it is about, in its own words.")
    texts: list[FieldText] = strawberry.field(
        description="Its learning outcomes by their ids, and texts in which something is named and that no other field "
        "holds: in another language, or its goals."
    )
    abouts: Connection[About] = paged(
        abouts("Course"),
        about("Course"),
        "What it or one of its learning outcomes is about, in order of the concept's id: `MONDO:0005015`.",
    )
    related: list[Annotated[Related, strawberry.lazy("api.related.types")]] = related_field(
        "Course",
        "Records of any kind that are likest to it, the likest first: `clinicaltrials:NCT00000620` for `course:1002`.",
    )

    @classmethod
    def is_type_of(cls, obj: Any, info: Any) -> bool:
        return isinstance(obj, Node) and obj.level.kind is COURSE

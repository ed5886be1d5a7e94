"""api: the type Course."""

from __future__ import annotations

import strawberry

from api.connection import Connection, paged
from api.study.loaders import about, abouts
from api.study.types import About


@strawberry.type(description="A course.")
class Course:
    id: strawberry.ID = strawberry.field(description="`course:` and the source's own identifier: `course:1001`.")
    title: str | None = strawberry.field(description="`Endocrinology`.")
    code: str | None = strawberry.field(description="What the school calls it by: `MED-301`.")
    level: str | None = strawberry.field(description="`bachelor`, `master` and so on, as the source says it.")
    language: str | None = strawberry.field(description="BCP 47 tag of the language it is given in: `nl`.")
    credits: float | None = strawberry.field(description="ECTS: `6.0`.")
    description: str | None = strawberry.field(description="What it is about, in its own words.")
    abouts: Connection[About] = paged(
        abouts("Course"),
        about("Course"),
        "What it or one of its learning outcomes is about, in order of the concept's id: `MONDO:0005015`.",
    )

"""api: courses by id and by what they are about."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry

from api.connection import FIRST, After, Connection, First
from api.context import Context
from api.course.loaders import COURSE
from api.course.types import Course
from api.study.queries import About, one_record, records_about


@strawberry.type
class CourseQuery:
    @strawberry.field(description="One course; null where nobody knows the id.")
    def course(
        self,
        info: strawberry.Info[Context],
        id: Annotated[
            strawberry.ID, strawberry.argument(description="`course:` and the source's identifier: `course:1001`.")
        ],
    ) -> Course | None:
        found: Any = one_record(info.context, "Course", COURSE, id)
        return found

    @strawberry.field(description="Courses, by id.")
    def courses(
        self, info: strawberry.Info[Context], about: About = None, first: First = FIRST, after: After = None
    ) -> Connection[Course] | None:
        found: Any = records_about(info.context, "Course", COURSE, about, first, after)
        return found

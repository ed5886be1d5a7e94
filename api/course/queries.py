"""api: courses by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.context import Context, Node, resolved
from api.course.loaders import COURSE
from api.course.types import Course
from api.reached.types import ReachedConnection
from api.study.queries import listed_records, one_record

CourseId = Annotated[
    strawberry.ID, strawberry.argument(description="`course:` and the source's identifier: `course:1001`.")
]


def _course(info: strawberry.Info[Context], id: CourseId) -> Node | None:
    return one_record(info.context, "Course", COURSE, id)


@strawberry.type
class CourseQuery:
    course: Course | None = resolved(_course, "One course; null where nobody knows the id.")
    courses: ReachedConnection[Course] | None = listed_records("Course", COURSE, "Courses, by id.")

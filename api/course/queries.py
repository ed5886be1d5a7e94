"""api: courses by id and by what they are about."""

from __future__ import annotations

from typing import Annotated

import strawberry

from api.connection import FIRST, After, Connection, First, Page
from api.context import Context, Node, resolved
from api.course.loaders import COURSE
from api.course.types import Course
from api.level import AtLevel, Certainty
from api.reached.loaders import ReachedPage
from api.study.queries import About, one_record, records_about

CourseId = Annotated[
    strawberry.ID, strawberry.argument(description="`course:` and the source's identifier: `course:1001`.")
]


def _course(info: strawberry.Info[Context], id: CourseId) -> Node | None:
    return one_record(info.context, "Course", COURSE, id)


def _courses(
    info: strawberry.Info[Context],
    about: About = None,
    level: AtLevel = Certainty.LIKELY,
    first: First = FIRST,
    after: After = None,
) -> Page | ReachedPage:
    return records_about(info.context, "Course", COURSE, about, level, first, after)


@strawberry.type
class CourseQuery:
    course: Course | None = resolved(_course, "One course; null where nobody knows the id.")
    courses: Connection[Course] | None = resolved(_courses, "Courses, by id.")

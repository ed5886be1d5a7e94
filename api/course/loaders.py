"""api: columns about courses; a course is its number in a snapshot."""

from __future__ import annotations

from api.study.loaders import record_field, texts

_COURSE = ("id", "title", "code", "level", "language", "credits", "description")

COURSE = {name: record_field("Course", name) for name in _COURSE} | {"texts": texts("Course")}

"""ingest: reads courses, programmes and learning outcomes of the Open Onderwijs API (OOAPI, OEAPI), v4 to v6.

A file is one object, a page `{"items": [..]}` or a list. Specification: https://openonderwijsapi.nl/specification/,
schemas: https://github.com/open-education-api/specification. Offerings and addresses are not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ingest.courses import CourseShape, Keys, LearningOutcomeShape, ProgrammeShape, course, outcome, programme
from ingest.documents import BAD_INPUT, document, elements, reason
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused
from ingest.source import Source

_KEYS = re.compile(
    rb"\"(courseId|program(?:me)?Id|learningOutcomeId|(?:course|programme)?[oO]fferingId|educationSpecificationId)\"\s*:"
)
_SCHEMA = re.compile(rb"\s*\{\s*\"(openapi|swagger|\$schema)\"")


class _Page(msgspec.Struct):
    items: list[msgspec.Raw] | None = None


def recognise(head: bytes, name: str) -> bool:
    """True for JSON with the identifier of a course, programme or outcome in its first 64 KiB, except an API schema."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] in (b"{", b"[") and not _SCHEMA.match(text) and _KEYS.search(text) is not None


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each course, programme and learning outcome in the file.

    The document is in memory; one object is decoded at a time. The file contains no patients.
    """
    number = 0
    for part in elements(path, document(path)):
        try:
            page = msgspec.json.decode(part, type=_Page)
        except BAD_INPUT as error:
            yield Refused("document", reason(error))
            continue
        for raw in [part] if page.items is None else page.items:
            number += 1
            yield from _object(f"item {number}", raw)


def _object(position: str, raw: msgspec.Raw) -> Iterator[Item]:
    try:
        keys = msgspec.json.decode(raw, type=Keys)
        if keys.course:
            made = course(msgspec.json.decode(raw, type=CourseShape), keys.course)
        elif keys.programme:
            made = programme(msgspec.json.decode(raw, type=ProgrammeShape), keys.programme)
        elif keys.learningOutcomeId:
            made = outcome(msgspec.json.decode(raw, type=LearningOutcomeShape), keys.learningOutcomeId)
        else:
            made = [NotRead(keys.unread or "of an unknown kind", position)]
    except BAD_INPUT as error:
        made = [Refused(position, reason(error))]
    yield from made


SOURCE = Source("ooapi", "OOAPI JSON", "https://openonderwijsapi.nl/", recognise, read, public=True, local=True)

"""ingest: the part of OOAPI v4 to v6 that is read, as typed structs, and the records made of it.

v4 gives texts as strings and `ects`, v5 texts by language and outcomes inline, v6 outcomes and programmes as objects
or identifiers (https://openonderwijsapi.nl/specification/). Persons have no place in any struct.
"""

from __future__ import annotations

import math

from msgspec import Struct, convert

from ingest.records import Course, Item, Link, Organisation, Outcome, Programme, RecordKind, Seen, Text
from ingest.text import items, language, plain


class Localised(Struct):
    value: str = ""
    language: str | None = None


Words = str | list[Localised] | None
_Loose = str | dict[str, object] | list[dict[str, object]]


class _Code(Struct):
    code: str | None = None


class _Load(Struct):
    studyLoadUnit: str | None = None
    value: float | None = None


class Keys(Struct):
    """What an object is. An offering names its course too, but has an identifier of its own."""

    courseId: str | None = None
    programId: str | None = None
    programmeId: str | None = None
    learningOutcomeId: str | None = None
    offeringId: str | None = None
    courseOfferingId: str | None = None
    programmeOfferingId: str | None = None
    componentId: str | None = None
    learningComponentId: str | None = None
    testComponentId: str | None = None

    @property
    def _other(self) -> bool:
        offering = self.offeringId or self.courseOfferingId or self.programmeOfferingId
        return bool(offering or self.componentId or self.learningComponentId or self.testComponentId)

    @property
    def course(self) -> str | None:
        return None if self._other else self.courseId

    @property
    def programme(self) -> str | None:
        return None if self._other else self.programId or self.programmeId


class _School(Struct):
    organizationId: str | None = None
    organisationId: str | None = None
    name: Words = None


class LearningOutcomeShape(Struct):
    learningOutcomeId: str | None = None
    name: Words = None
    description: Words = None


class ProgrammeShape(Struct):
    programId: str | None = None
    programmeId: str | None = None
    name: Words = None
    description: Words = None
    level: str | None = None
    teachingLanguage: str | None = None
    teachingLanguages: list[str] | None = None
    learningOutcomeIds: list[str] | None = None
    learningOutcomes: list[_Loose] | None = None
    organization: _School | str | None = None
    organisation: _School | str | None = None


class CourseShape(ProgrammeShape):
    abbreviation: str | None = None
    primaryCode: _Code | str | None = None
    studyLoad: _Load | list[_Load] | None = None
    ects: float | None = None
    programIds: list[str] | None = None
    programmeIds: list[str] | None = None
    programs: list[ProgrammeShape | str] | None = None
    programmes: list[ProgrammeShape | str] | None = None


def course(shape: CourseShape, key: str) -> list[Item]:
    """The records of a course; one of BAD_INPUT where its outcomes have a shape of no version."""
    id, title, taught = f"course:{key}", _best(shape.name) or key, _taught(shape)
    code = (shape.primaryCode.code if isinstance(shape.primaryCode, _Code) else shape.primaryCode) or shape.abbreviation
    made: list[Item] = [Course(id, title, code, shape.level, taught, _ects(shape), _best(shape.description) or None)]
    made += _texts("Course", id, "title", shape.name) + _texts("Course", id, "description", shape.description)
    for other in (*(shape.programs or ()), *(shape.programmes or ())):
        key_of = other if isinstance(other, str) else other.programId or other.programmeId
        if isinstance(other, ProgrammeShape) and key_of:
            made += _programme(other, f"programme:{key_of}")
        made += [Link("COURSE_OF", id, f"programme:{key_of}")] if key_of else []
    for key_of in (*(shape.programIds or ()), *(shape.programmeIds or ())):
        made.append(Link("COURSE_OF", id, f"programme:{key_of}"))
    made += _outcomes(shape, key) + _school(shape)
    return [*dict.fromkeys(made), Seen("Course")]


def programme(shape: ProgrammeShape, key: str) -> list[Item]:
    """The records of a programme. Its outcomes are those of its courses, and are read there."""
    return [*_programme(shape, f"programme:{key}"), *_school(shape), Seen("Programme")]


def outcome(shape: LearningOutcomeShape, key: str) -> list[Item]:
    """The records of a learning outcome that stands by itself."""
    return [*_outcome(f"outcome:{key}", _both(shape)), Seen("Outcome")]


def _programme(shape: ProgrammeShape, id: str) -> list[Item]:
    title, description = _best(shape.name), _best(shape.description)
    made: list[Item] = [Programme(id, title or id, shape.level, _taught(shape), description or None)]
    return made + _texts("Programme", id, "title", shape.name) + _texts("Programme", id, "description", shape.description)


def _outcomes(shape: CourseShape, key: str) -> list[Item]:
    made: list[Item] = []
    for number, found in enumerate(shape.learningOutcomes or (), 1):
        id, words = f"outcome:{key}-{number}", _words(found)
        if isinstance(words, LearningOutcomeShape):
            id, words = f"outcome:{words.learningOutcomeId}" if words.learningOutcomeId else id, _both(words)
        elif isinstance(words, str) and words.isprintable() and _is_uuid(words):
            made.append(Link("TEACHES", f"course:{key}", f"outcome:{words}"))
            continue
        if told := _outcome(id, words):
            made += [*told, Link("TEACHES", f"course:{key}", id)]
    for other in shape.learningOutcomeIds or ():
        made.append(Link("TEACHES", f"course:{key}", f"outcome:{other}"))
    return made

"""ingest: defines the supported part of OOAPI v4 to v6 as typed structs, and makes records from these structs.

In v4, texts are strings and the study load is in `ects`; in v5, texts have a language and outcomes are inline; in v6,
outcomes and programmes are objects or identifiers (https://openonderwijsapi.nl/specification/). Of people, only the
names and ORCIDs of the coordinators and teachers of a course are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal
from urllib.parse import quote

from msgspec import Meta, Struct, ValidationError, convert

from graph.kinds import Course, Organisation, Outcome, Programme
from graph.lexical import language
from ingest import languages
from ingest.people import Contributor, contributed
from ingest.records import Item, Link, RecordKind, Seen, Text, Unmapped
from ingest.text import SAFE, line, plain


class Localised(Struct):
    value: str = ""
    language: str | None = None


Words = str | list[Localised] | None
_Teaches = Literal["TEACHES", "PROGRAMME_TEACHES"]
_Credits = Annotated[float, Meta(ge=0)]


class _Code(Struct):
    code: str | None = None
    codeType: str | None = None


class _Load(Struct):
    studyLoadUnit: str | None = None
    value: _Credits | None = None


class Keys(Struct):
    """The identifiers of an OOAPI object.

    The field that has a value shows the kind of the object. An offering also has the identifier of its course.
    """

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
    educationSpecificationId: str | None = None

    @property
    def _other(self) -> bool:
        offering = self.offeringId or self.courseOfferingId or self.programmeOfferingId
        return bool(offering or self.componentId or self.learningComponentId or self.testComponentId)

    @property
    def unread(self) -> str:
        """The kind of the object, such as `offering`, if objects of this kind are not supported; otherwise empty."""
        if self.offeringId or self.courseOfferingId or self.programmeOfferingId:
            return "offering"
        return "component" if self._other else "education specification" if self.educationSpecificationId else ""

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
    """A learning outcome of OOAPI v6, or, if `value` and `language` are set, only a text in one language."""

    learningOutcomeId: str | None = None
    name: Words = None
    description: Words = None
    value: str | None = None
    language: str | None = None


class TeacherShape(Struct):
    displayName: str | None = None
    givenName: str | None = None
    surnamePrefix: str | None = None
    surname: str | None = None
    primaryCode: _Code | str | None = None
    otherCodes: list[_Code] | None = None


class ProgrammeShape(Struct):
    programId: str | None = None
    programmeId: str | None = None
    name: Words = None
    description: Words = None
    level: str | None = None
    teachingLanguage: str | None = None
    teachingLanguages: list[str] | None = None
    learningOutcomeIds: list[str] | None = None
    learningOutcomes: list[str | list[Localised] | LearningOutcomeShape] | None = None
    organization: _School | str | None = None
    organisation: _School | str | None = None


class CourseShape(ProgrammeShape):
    abbreviation: str | None = None
    primaryCode: _Code | str | None = None
    studyLoad: _Load | list[_Load] | None = None
    ects: _Credits | None = None
    coordinator: Any = None
    coordinators: Any = None
    lecturers: Any = None
    instructors: Any = None
    programIds: list[str] | None = None
    programmeIds: list[str] | None = None
    programs: list[ProgrammeShape | str] | None = None
    programmes: list[ProgrammeShape | str] | None = None


def course(shape: CourseShape, key: str) -> list[Item]:
    """Returns the records of a course, and of the programmes, outcomes and organisation that it contains."""
    lost: list[str] = []
    id, title, taught = _id("course", key), _best(shape.name) or _id("course", key), _taught(shape, lost)
    code = (shape.primaryCode.code if isinstance(shape.primaryCode, _Code) else shape.primaryCode) or shape.abbreviation
    made: list[Item] = [
        Course(
            id, title, line(code or ""), line(shape.level or ""), taught, _ects(shape), _best(shape.description) or None
        )
    ]
    teachers = [*_teachers(shape, lost)]
    made += [Unmapped(reason, id) for reason in lost]
    made += _texts("Course", id, "title", shape.name) + _texts("Course", id, "description", shape.description)
    for number, other in enumerate((*(shape.programs or ()), *(shape.programmes or ())), 1):
        key_of = other if isinstance(other, str) else other.programId or other.programmeId
        if isinstance(other, ProgrammeShape) and key_of:
            made += _programme(other, key_of)
        lacking = Unmapped("programme without an id", f"{id}, programme {number}")
        made.append(Link("COURSE_OF", id, _id("programme", key_of)) if key_of else lacking)
    for key_of in (*(shape.programIds or ()), *(shape.programmeIds or ())):
        made.append(Link("COURSE_OF", id, _id("programme", key_of)))
    if _ects(shape) is None and any(load.value is not None for load in _loads(shape)):
        made.append(Unmapped("study load that is not in ECTS", id))
    made += _outcomes("TEACHES", id, shape, key) + _school(shape)
    made += contributed("INSTRUCTS", id, "ooapi", teachers)
    return [*dict.fromkeys(made), Seen("Course")]


def _teachers(shape: CourseShape, lost: list[str]) -> Iterator[Contributor]:
    """Yields the teachers and coordinators that have a name or an ORCID.

    A person in an unsupported form is left out, and the course is not refused.
    """
    every = (shape.instructors, shape.lecturers, shape.coordinators, shape.coordinator)
    for found in (one for some in every for one in (some if isinstance(some, list) else [some])):
        if found is None or isinstance(found, str):
            continue
        try:
            one = convert(found, TeacherShape)
        except ValidationError:
            lost.append("teacher in an unsupported form")
            continue
        parts = " ".join(filter(None, (one.givenName, one.surnamePrefix, one.surname)))
        codes = [code for code in (one.primaryCode, *(one.otherCodes or ())) if isinstance(code, _Code)]
        orcid = next((code.code for code in codes if (code.codeType or "").lower() == "orcid"), None)
        if one.displayName or parts or orcid:
            yield Contributor(one.displayName or parts, orcid)


def programme(shape: ProgrammeShape, key: str) -> list[Item]:
    """Returns the records of a programme, and of the outcomes and organisation that it contains."""
    return [*dict.fromkeys(_programme(shape, key) + _school(shape)), Seen("Programme")]


def outcome(shape: LearningOutcomeShape, key: str) -> list[Item]:
    """Returns the records of a learning outcome that is a document of its own, not a part of a course or programme."""
    return [*_outcome(_id("outcome", key), shape), Seen("Outcome")]


def _id(kind: str, key: str) -> str:
    return f"{kind}:{quote(key, safe=SAFE)}"


def _programme(shape: ProgrammeShape, key: str) -> list[Item]:
    id, title, description = _id("programme", key), _best(shape.name), _best(shape.description)
    lost: list[str] = []
    made: list[Item] = [Programme(id, title or id, line(shape.level or ""), _taught(shape, lost), description or None)]
    made += [Unmapped(reason, id) for reason in lost]
    made += _texts("Programme", id, "title", shape.name) + _texts("Programme", id, "description", shape.description)
    # With the prefix, the ids of the outcomes differ from those of a course with the same key.
    return made + _outcomes("PROGRAMME_TEACHES", id, shape, f"programme:{key}")


def _outcomes(table: _Teaches, whole: str, shape: ProgrammeShape, key: str) -> list[Item]:
    """Returns the learning outcomes of the course or programme with the id `whole`, and the links to them.

    An outcome without an id gets an id from `key`, which identifies the course or programme, and its position.
    """
    made: list[Item] = []
    for number, found in enumerate(shape.learningOutcomes or (), 1):
        id = _id("outcome", f"{key}-{number}")
        if not isinstance(found, LearningOutcomeShape):
            found = LearningOutcomeShape(name=found)
        elif found.learningOutcomeId:
            id = _id("outcome", found.learningOutcomeId)
        items = _outcome(id, found)
        known = items or found.learningOutcomeId
        made += [*items, Link(table, whole, id)] if known else [Unmapped("outcome without text", id)]
    return made + [Link(table, whole, _id("outcome", other)) for other in shape.learningOutcomeIds or ()]


def _outcome(id: str, shape: LearningOutcomeShape) -> list[Item]:
    """Returns the records of a learning outcome with the id `id`; empty if it has no text."""
    name = shape.name or ([Localised(shape.value, shape.language)] if shape.value else None)
    words = name if _best(name) else shape.description
    if not (text := _best(words)):
        return []
    made: list[Item] = [Outcome(id, text, languages.tag(_chosen(words).language) or language(text))]
    return made + _texts("Outcome", id, "text", name) + _texts("Outcome", id, "description", shape.description)


def _school(shape: ProgrammeShape) -> list[Item]:
    found = shape.organisation or shape.organization
    if not isinstance(found, _School):
        return []
    key, name = found.organisationId or found.organizationId, _best(found.name)
    return [Organisation(_id("organisation", key), name)] if key and name else []


def _texts(kind: RecordKind, id: str, field: str, words: Words) -> list[Item]:
    made: list[Item] = []
    for number, one in enumerate(_listed(words), 1):
        if text := plain(one.value):
            lost: list[str] = []
            tag = languages.tag(one.language, lost) or language(text)
            made.append(Text(kind, id, field, text, tag))
            made += [Unmapped(reason, f"{id}, {field} {number}") for reason in lost]
    return made


def _listed(words: Words) -> list[Localised]:
    return [Localised(words)] if isinstance(words, str) else words or []


def _chosen(words: Words) -> Localised:
    """Returns the English text, otherwise the first text, otherwise an empty text."""
    listed = [one for one in _listed(words) if one.value]
    english = (one for one in listed if (one.language or "").lower().startswith("en"))
    return next(english, listed[0] if listed else Localised())


def _best(words: Words) -> str:
    return plain(_chosen(words).value)


def _taught(shape: ProgrammeShape, lost: list[str]) -> str | None:
    """Returns the teaching language as a BCP 47 tag. OOAPI states it as an ISO 639-2 code."""
    return languages.tag(shape.teachingLanguage or next(iter(shape.teachingLanguages or ()), None), lost)


def _loads(shape: CourseShape) -> list[_Load]:
    return shape.studyLoad if isinstance(shape.studyLoad, list) else [shape.studyLoad] if shape.studyLoad else []


def _ects(shape: CourseShape) -> float | None:
    """Returns the study load in ECTS; loads in other units are ignored."""
    stated = (load.value for load in _loads(shape) if load.studyLoadUnit == "ects" and load.value is not None)
    return next(stated, shape.ects)

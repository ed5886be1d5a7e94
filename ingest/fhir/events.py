"""ingest: turns a FHIR statement into events on its codes (https://hl7.org/fhir/R4/terminologies.html)."""

from __future__ import annotations

from collections.abc import Sequence

from graph.kinds import Patient as PatientRecord
from graph.snapshot import qualified
from ingest.codes import called
from ingest.dates import date
from ingest.fhir.resources import CodeableConcept, Patient
from ingest.fhir.statements import Fact, Statement
from ingest.pseudonym import Pseudonym
from ingest.records import Event, Replaced
from ingest.text import line

_SEXES = frozenset({"male", "female", "other", "unknown"})
# Code systems of reasons for a missing code.
_ABSENCE = ("CodeSystem/v3-NullFlavor", "CodeSystem/data-absent-reason", "urn:oid:2.16.840.1.113883.5.1008")
# No code system has longer codes; a longer text is not a code.
_LONGEST_CODE = 255


def patient(resource: Patient, id: str) -> tuple[PatientRecord, list[str]]:
    """Returns a patient with sex and years of birth and death, and the reasons for values that are left out."""
    lost: list[str] = []
    born, died = date(resource.birthDate, lost), date(resource.deceasedDateTime, lost)
    sex = resource.gender if resource.gender in _SEXES else None
    if resource.gender and not sex:
        lost.append("gender is not a code of FHIR R4")
    return PatientRecord(id, int(born[:4]) if born else None, sex, int(died[:4]) if died else None), lost


def events(
    stated: Statement, patient: str, record: str, pseudonym: Pseudonym
) -> tuple[Sequence[Event | Replaced], list[str]]:
    """Returns the events of a resource (Replaced if there are no events), and the reasons for unmapped values."""
    if stated.denied:
        return [Replaced(patient, record)], [stated.denied]
    made: list[Event] = []
    lost: list[str] = []
    for fact in stated.facts:
        concepts, reasons = _concepts(fact, pseudonym)
        lost += reasons
        if fact.lost:
            lost.append(fact.lost)
        answer = _first(fact.answer, pseudonym, lost) if fact.answer else None
        for concept, display in concepts:
            made.append(_event(stated, fact, patient, record, concept, display, answer))
    if not made:
        return [Replaced(patient, record)], [*(lost or ["no code"]), *stated.lost]
    return made, [*lost, *stated.lost]


def _concepts(fact: Fact, pseudonym: Pseudonym) -> tuple[list[tuple[str, str | None]], list[str]]:
    if fact.medicine:
        return [(fact.medicine, None)], []
    return codes(fact.concept, pseudonym) if fact.concept else ([], [fact.missing])


def _event(
    stated: Statement, fact: Fact, patient: str, record: str, concept: str, display: str | None, answer: str | None
) -> Event:
    status = qualified(fact.how, stated.status)
    kind, start, end = fact.kind or stated.kind, stated.start, stated.end
    return Event(patient, record, concept, display, kind, status, start, end, fact.value, fact.unit, answer)


def _first(answer: CodeableConcept, pseudonym: Pseudonym, lost: list[str]) -> str | None:
    concepts, reasons = codes(answer, pseudonym)
    if not concepts:
        lost += (f"answer: {reason}" for reason in reasons)
    return concepts[0][0] if concepts else None


def codes(concept: CodeableConcept, pseudonym: Pseudonym) -> tuple[list[tuple[str, str | None]], list[str]]:
    """Returns the CURIE and display of each coding in order, and the reasons for codings without a CURIE."""
    found, lost = [], []
    for coding in concept.coding:
        if coding.code:
            if reason := _unfit(coding.system, coding.code):
                lost.append(reason)
            else:
                curie = called(coding.system or "", coding.code, pseudonym)
                found.append((curie, line(coding.display) if coding.display else None))
    return found, lost if found or lost else ["no code, only text"]


def _unfit(system: str | None, code: str) -> str | None:
    """The reason why a code is not usable; None if it is usable."""
    if not system or not system.strip() or not code.strip():
        return "code without system"
    if len(code) > _LONGEST_CODE or len(system) > _LONGEST_CODE:
        return "code or system too long"
    return "null flavour instead of a code" if system.endswith(_ABSENCE) else None

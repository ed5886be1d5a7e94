"""ingest: turns a FHIR statement into events on the codes it came with (https://hl7.org/fhir/R4/terminologies.html)."""

from __future__ import annotations

from collections.abc import Sequence

from graph.standing import ABSENT, qualified
from ingest.dates import date
from ingest.fhir.resources import CodeableConcept, Patient
from ingest.fhir.statements import Fact, Statement
from ingest.records import Event, Replaced
from ingest.records import Patient as PatientRecord
from ingest.systems import Systems, declared_prefix
from ingest.text import line
from ontologies.curies import curie_of
from ontologies.remembered import remembered

_SEXES = frozenset({"male", "female", "other", "unknown"})
# Codes that say why there is no code.
_ABSENCE = ("CodeSystem/v3-NullFlavor", "CodeSystem/data-absent-reason", "urn:oid:2.16.840.1.113883.5.1008")
# No code system has codes as long; what is longer is text in the wrong place.
_LONGEST_CODE = 255


def patient(resource: Patient, id: str) -> tuple[PatientRecord, list[str]]:
    """The years and the sex, and why others are left out. Somebody dead since no known date has no death year."""
    lost: list[str] = []
    born, died = date(resource.birthDate, lost), date(resource.deceasedDateTime, lost)
    sex = resource.gender if resource.gender in _SEXES else None
    if resource.gender and not sex:
        lost.append("gender is no code of FHIR R4")
    return PatientRecord(id, int(born[:4]) if born else None, sex, int(died[:4]) if died else None), lost


def events(
    stated: Statement, patient: str, record: str, systems: Systems
) -> tuple[Sequence[Event | Replaced], list[str]]:
    """The events of a resource, Replaced where it has none; and for whatever reached no concept the reason."""
    if stated.denied:
        return [Replaced(patient, record)], [stated.denied]
    made: list[Event] = []
    lost: list[str] = []
    for fact in stated.facts:
        concepts, reasons = _concepts(fact, systems)
        lost += reasons
        if fact.lost:
            lost.append(fact.lost)
        answer = _first(fact.answer, systems, lost) if fact.answer else None
        for concept, display in concepts:
            made.append(_event(stated, fact, patient, record, concept, display, answer))
    if not made:
        return [Replaced(patient, record)], [*(lost or ["no code"]), *stated.lost]
    return made, [*lost, *stated.lost]


def _concepts(fact: Fact, systems: Systems) -> tuple[list[tuple[str, str | None]], list[str]]:
    if fact.medicine:
        return [(fact.medicine, None)], []
    return codes(fact.concept, systems) if fact.concept else ([], [fact.missing])


def _event(
    stated: Statement, fact: Fact, patient: str, record: str, concept: str, display: str | None, answer: str | None
) -> Event:
    status = qualified(ABSENT, stated.status) if fact.absent else stated.status
    kind, start, end = fact.kind or stated.kind, stated.start, stated.end
    return Event(patient, record, concept, display, kind, status, start, end, fact.value, fact.unit, answer)


def _first(answer: CodeableConcept, systems: Systems, lost: list[str]) -> str | None:
    concepts, reasons = codes(answer, systems)
    if not concepts:
        lost += (f"answer: {reason}" for reason in reasons)
    return concepts[0][0] if concepts else None


def codes(concept: CodeableConcept, systems: Systems) -> tuple[list[tuple[str, str | None]], list[str]]:
    """The CURIE and display of each coding in order, and why the others have none."""
    found, lost = [], []
    for coding in concept.coding:
        if coding.code:
            prefix = declared_prefix(coding.system or "", systems)
            curie, told = _curie(coding.system, coding.code, coding.display, prefix)
            if curie:
                found.append((curie, told))
            else:
                lost.append(told or "")
    return found, lost if found or lost else ["no code, only text"]


@remembered(1 << 16)
def _curie(system: str | None, code: str, display: str | None, prefix: str | None) -> tuple[str | None, str | None]:
    """CURIE and display; or None and the reason. `prefix` is the one declared for the system."""
    if not system:
        return None, "code without system"
    if len(code) > _LONGEST_CODE or len(system) > _LONGEST_CODE:
        return None, "code or system too long"
    if system.endswith(_ABSENCE):
        return None, "no code, a null flavour"
    curie = curie_of(system, code, prefix)
    if not curie:
        return None, "code without system"
    return curie, line(display) if display else None

"""ingest: turns a FHIR statement into events, one for each code (https://hl7.org/fhir/R4/terminologies.html)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graph.kinds import Event
from graph.kinds import Patient as PatientRecord
from graph.snapshot import qualified
from ingest.codes import DEATH, called, unfit
from ingest.dates import date
from ingest.fhir.facts import Fact, Statement
from ingest.fhir.resources import CodeableConcept, Patient
from ingest.pseudonym import Pseudonym
from ingest.records import Replaced
from ingest.text import line
from ingest.words import NO_ITEM, RARE, is_item, is_said

# For each column with a text of the source: a test that is true if the text is stored, and the reason if not.
_WORDS = (("identifier", is_item, NO_ITEM), ("stop_reason", is_said, RARE))
_SEXES = frozenset({"male", "female", "other", "unknown"})


def patient(resource: Patient, id: str, record: str) -> tuple[PatientRecord, Event | Replaced, list[str]]:
    """Returns a patient with sex and years of birth and death, the death, and the reasons for values that are left out.

    A patient who is not dead has a Replaced instead of a death, because an earlier version may state a death.
    """
    lost: list[str] = []
    born, died = date(resource.birthDate, lost), date(resource.deceasedDateTime, lost)
    sex = resource.gender if resource.gender in _SEXES else None
    if resource.gender and not sex:
        lost.append("gender is not a code of FHIR R4")
    known = PatientRecord(id, int(born[:4]) if born else None, sex, int(died[:4]) if died else None)
    if not (resource.deceasedBoolean or resource.deceasedDateTime):
        return known, Replaced(id, record), lost
    return known, Event(id, record, DEATH, None, "death", None, died, None, None, None, None), lost


def events(
    stated: Statement, patient: str, record: str, pseudonym: Pseudonym, place: Mapping[str, str]
) -> tuple[Sequence[Event | Replaced], list[str]]:
    """Returns the events of the resource with the id `record`, and the reasons for unmapped values. If there is no
    event, returns Replaced, which removes the events of an earlier version.

    `place` has the columns that come from references of the resource, such as `visit`. All its events have them.
    """
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
        more = {**place, **_attributes(stated, fact, pseudonym, lost)} if concepts else {}
        for concept, display in concepts:
            made.append(_event(stated, fact, patient, record, concept, display, answer, more))
    if not made:
        return [Replaced(patient, record)], [*(lost or ["no code"]), *stated.lost]
    return made, [*lost, *stated.lost]


def _concepts(fact: Fact, pseudonym: Pseudonym) -> tuple[list[tuple[str, str | None]], list[str]]:
    if fact.medicine:
        return [(fact.medicine, None)], []
    return codes(fact.concept, pseudonym) if fact.concept else ([], [fact.missing])


def _event(
    stated: Statement,
    fact: Fact,
    patient: str,
    record: str,
    concept: str,
    display: str | None,
    answer: str | None,
    more: Mapping[str, Any],
) -> Event:
    status = qualified(fact.how, stated.status)
    kind, start, end = fact.kind or stated.kind, stated.start, stated.end
    # The unit of a quantity is used only if there is no value.
    own = {"unit": fact.unit} if fact.value is not None or "unit" not in more else {}
    columns = {**more, **own, "value": fact.value, "answer": answer}
    return Event(patient, record, concept, display, kind, status, start, end, **columns)


def _attributes(stated: Statement, fact: Fact, pseudonym: Pseudonym, lost: list[str]) -> dict[str, Any]:
    """Returns the values of further columns of the event for `fact`, from the fields `values` and `coded` of `stated`
    and `fact`. A column of `coded` gets the first code of its concepts.
    """
    if not (stated.coded or fact.coded or stated.values or fact.values):
        return {}
    found: dict[str, Any] = {**stated.values, **fact.values}
    for column in {**stated.coded, **fact.coded}:
        concepts = [*stated.coded.get(column, ()), *fact.coded.get(column, ())]
        curies = [curie for concept in concepts if concept for curie, _ in codes(concept, pseudonym)[0][:1]]
        lost += [f"{column}: several, only the first is stored"] * (len(curies) - 1)
        if curies:
            found[column] = curies[0]
    for column, is_kept, why in _WORDS:
        if column in found and not is_kept(found[column]):
            del found[column]
            lost.append(f"{column}: {why}")
    return found


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
            if reason := unfit(coding.system, coding.code):
                lost.append(reason)
            else:
                curie = called(coding.system or "", coding.code, pseudonym)
                found.append((curie, line(coding.display) if coding.display else None))
    return found, lost if found or lost else ["no code, only text"]

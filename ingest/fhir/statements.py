"""ingest: what each FHIR R4 resource states, in one form for all types (https://hl7.org/fhir/R4/event.html).

Which element is code, status and time differs per type; what is done with them, in `ingest.fhir.events`, does not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.records import EventKind
from ingest.text import line

_CODE = re.compile(r"[a-z-]{1,24}")

#: A status or verification status under which nothing happened, as far as this record can tell -> reason.
NO_EVENT = {
    "entered-in-error": "entered in error",
    "refuted": "refuted",
    "not-done": "not done",
    "not-taken": "not taken",
    "cancelled": "cancelled",
    "draft": "draft",
}

Medicine = Callable[[Any], fhir.CodeableConcept | None]


class Fact(NamedTuple):
    """A concept that applies, with its value; `missing` is why there is no concept, where there is none.

    `bounded` says that the value is known only to lie beyond a limit, and is dropped. `kind` is set where it is not
    that of the statement.
    """

    concept: fhir.CodeableConcept | None
    value: float | None = None
    unit: str | None = None
    answer: fhir.CodeableConcept | None = None
    bounded: bool = False
    missing: str = "no code"
    kind: EventKind | None = None


class Statement(NamedTuple):
    """`denied` is why it counts as no event, None where it is one; dates as in `ingest.records.Event`."""

    kind: EventKind
    who: fhir.Reference | None
    facts: list[Fact]
    status: str | None
    denied: str | None = None
    start: str | None = None
    end: str | None = None


def statement(resource: fhir.Resource, medicine: Medicine) -> Statement:
    """What a resource states. `medicine` finds the concept of a resource's medication reference."""
    return _READERS[type(resource)](resource, medicine)


def _span(moment: str | None, period: fhir.Period | None) -> tuple[str | None, str | None]:
    if moment or not period:
        return date(moment), None
    return date(period.start), date(period.end)


def _status(code: str | None) -> str | None:
    return code if code and _CODE.fullmatch(code) else None


def _codes(concept: fhir.CodeableConcept | None) -> list[str]:
    return [coding.code for coding in concept.coding if coding.code] if concept else []


def _denied(codes: list[str]) -> str | None:
    return next((NO_EVENT[code] for code in codes if code in NO_EVENT), None)


def _clinical(
    kind: EventKind, resource: fhir.Condition | fhir.AllergyIntolerance, who: fhir.Reference | None, end: str | None
) -> Statement:
    """A condition or an allergy. Where onset is not said, the day it was recorded stands for it."""
    start, over = _span(resource.onsetDateTime, resource.onsetPeriod)
    clinical = _codes(resource.clinicalStatus)
    return Statement(
        kind,
        who,
        [Fact(resource.code)],
        _status(clinical[0]) if clinical else None,
        _denied(_codes(resource.verificationStatus)),
        start or date(resource.recordedDate),
        end or over,
    )


def _condition(resource: fhir.Condition, _: Medicine) -> Statement:
    # An abatement period is the stretch in which it ended: the condition lasted at most until its end.
    until = resource.abatementPeriod
    end = date(resource.abatementDateTime) or (date(until.end) or date(until.start) if until else None)
    return _clinical("condition", resource, resource.subject, end)


def _allergy(resource: fhir.AllergyIntolerance, _: Medicine) -> Statement:
    return _clinical("allergy", resource, resource.patient, None)


def _measured(part: fhir.Observation | fhir.Component) -> Fact:
    if quantity := part.valueQuantity:
        # A result "< 5" is not a 5, and a NaN is no result.
        if quantity.comparator:
            return Fact(part.code, bounded=True)
        if quantity.value is not None and math.isfinite(quantity.value):
            return Fact(part.code, quantity.value, line(quantity.code or quantity.unit or ""))
    if part.valueInteger is not None and abs(part.valueInteger) < 1 << 53:
        return Fact(part.code, float(part.valueInteger))
    if part.valueBoolean is not None:
        return Fact(part.code, float(part.valueBoolean))
    return Fact(part.code, answer=part.valueCodeableConcept)


def _observation(resource: fhir.Observation, _: Medicine) -> Statement:
    facts = [_measured(resource)] + [_measured(component) for component in resource.component]
    moment = resource.effectiveDateTime or resource.effectiveInstant
    return _plain("observation", resource, resource.subject, facts, *_span(moment, resource.effectivePeriod))


def _plain(
    kind: EventKind, resource: Any, who: fhir.Reference | None, facts: list[Fact], start: str | None, end: str | None
) -> Statement:
    status: str | None = resource.status
    return Statement(kind, who, facts, _status(status), NO_EVENT.get(status or ""), start, end)


def _medicine(resource: fhir.MedicationRequest | fhir.MedicationStatement, medicine: Medicine) -> Fact:
    concept = resource.medicationCodeableConcept or medicine(resource)
    return Fact(concept, missing="medication is not in this file" if resource.medicationReference else "no code")


def _request(resource: fhir.MedicationRequest, medicine: Medicine) -> Statement:
    facts = [_medicine(resource, medicine)]
    made = _plain("medication", resource, resource.subject, facts, date(resource.authoredOn), None)
    return made._replace(denied="not to be given") if resource.doNotPerform else made


def _taken(resource: fhir.MedicationStatement, medicine: Medicine) -> Statement:
    facts = [_medicine(resource, medicine)]
    span = _span(resource.effectiveDateTime, resource.effectivePeriod)
    return _plain("medication", resource, resource.subject, facts, *span)


def _procedure(resource: fhir.Procedure, _: Medicine) -> Statement:
    span = _span(resource.performedDateTime, resource.performedPeriod)
    return _plain("procedure", resource, resource.subject, [Fact(resource.code)], *span)


def _immunization(resource: fhir.Immunization, _: Medicine) -> Statement:
    when = date(resource.occurrenceDateTime)
    return _plain("immunization", resource, resource.patient, [Fact(resource.vaccineCode)], when, None)


def _family(resource: fhir.FamilyMemberHistory, _: Medicine) -> Statement:
    facts = [Fact(condition.code) for condition in resource.condition]
    return _plain("family_history", resource, resource.patient, facts, date(resource.date), None)


def _encounter(resource: fhir.Encounter, _: Medicine) -> Statement:
    # A reason is mostly an illness, which a procedure never is.
    facts = [Fact(concept) for concept in resource.type]
    facts += [Fact(concept, kind="reason") for concept in resource.reasonCode]
    return _plain("encounter", resource, resource.subject, facts, *_span(None, resource.period))


def _specimen(resource: fhir.Specimen, _: Medicine) -> Statement:
    taken = resource.collection or fhir.Collection()
    span = _span(taken.collectedDateTime, taken.collectedPeriod)
    return _plain("specimen", resource, resource.subject, [Fact(resource.type)], *span)


_READERS: dict[type[fhir.Resource], Callable[[Any, Medicine], Statement]] = {
    fhir.Condition: _condition,
    fhir.AllergyIntolerance: _allergy,
    fhir.Observation: _observation,
    fhir.MedicationRequest: _request,
    fhir.MedicationStatement: _taken,
    fhir.Procedure: _procedure,
    fhir.Immunization: _immunization,
    fhir.FamilyMemberHistory: _family,
    fhir.Encounter: _encounter,
    fhir.Specimen: _specimen,
}

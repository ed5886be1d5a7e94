"""ingest: converts FHIR R4 resources to one form for all types (https://hl7.org/fhir/R4/event.html).

The elements for code, status and time differ between types. `ingest.fhir.events` handles the common form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, get_type_hints

from msgspec import Raw

from graph.snapshot import ABSENT, qualified
from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.records import OUT_OF_RANGE, EventKind
from ontologies.ucum import NOT_COMPARABLE, unit

# Values of the graph are doubles, which cannot represent larger integers exactly.
_LARGEST = 1 << 53
_UNREAD = [name for name, kind in get_type_hints(fhir.Component).items() if kind is Raw]


class Fact(NamedTuple):
    """A concept with its value; `missing` is the reason if there is no concept.

    `lost` is the reason for a dropped value; `how` is the first word of the status if the finding is absent or
    uncertain (graph.snapshot.standing). `kind` is set if it differs from the kind of the statement. `medicine` is the
    id of a Medicine, whose concepts another resource states.
    """

    concept: fhir.CodeableConcept | None
    value: float | None = None
    unit: str | None = None
    answer: fhir.CodeableConcept | None = None
    lost: str | None = None
    missing: str = "no code"
    kind: EventKind | None = None
    how: str | None = None
    medicine: str | None = None


Medicine = Callable[[Any], Fact]


class Statement(NamedTuple):
    """`denied` is the reason if the statement is not an event; dates are as in `ingest.records.Event`.

    `lost` has the reasons for dropped dates and statuses.
    """

    kind: EventKind
    who: fhir.Reference | None
    facts: list[Fact]
    status: str | None
    denied: str | None = None
    start: str | None = None
    end: str | None = None
    lost: Sequence[str] = ()


def statement(resource: fhir.Resource, medicine: Medicine) -> Statement:
    """The statement of a resource. `medicine` resolves its medication reference."""
    lost: list[str] = []
    made = _READERS[type(resource)](resource, medicine, lost)
    return made._replace(lost=lost) if lost else made


def _span(moment: str | None, period: fhir.Period | None, lost: list[str]) -> tuple[str | None, str | None]:
    if moment or not period:
        return date(moment, lost), None
    return date(period.start, lost), date(period.end, lost)


def _clinical(
    kind: EventKind,
    resource: fhir.Condition | fhir.AllergyIntolerance,
    who: fhir.Reference | None,
    end: str | None,
    lost: list[str],
) -> Statement:
    """A condition or an allergy. Without an onset, the condition starts on the day on which it was recorded."""
    start, over = _span(resource.onsetDateTime, resource.onsetPeriod, lost)
    verified, clinical = states.stated(resource.verificationStatus), states.stated(resource.clinicalStatus)
    # Some sources put verification codes in the clinical status.
    verified += [code for code in clinical if code in states.VERIFIED]
    status = next((code for code in clinical if code not in states.VERIFIED), None)
    return Statement(
        kind,
        who,
        [Fact(resource.code)],
        qualified(states.verification(verified, lost), states.clinical(type(resource).__name__, status, lost)),
        states.denied(verified),
        start or date(resource.recordedDate, lost),
        end or over,
    )


def _condition(resource: fhir.Condition, _: Medicine, lost: list[str]) -> Statement:
    # The condition ended within the abatement period, so it ended at the end of this period or earlier.
    until = resource.abatementPeriod or fhir.Period()
    end = date(resource.abatementDateTime, lost) or date(until.end, lost) or date(until.start, lost)
    return _clinical("condition", resource, resource.subject, end, lost)


def _allergy(resource: fhir.AllergyIntolerance, _: Medicine, lost: list[str]) -> Statement:
    return _clinical("allergy", resource, resource.patient, None, lost)


def _measured(part: fhir.Observation | fhir.Component) -> Fact:
    if part.modifierExtension:
        return Fact(None, missing=states.MODIFIED)
    fact = _value(part)
    empty = fact.value is None and not fact.answer and not fact.lost
    how = states.found(part)
    unread = part.valueString or any(bytes(getattr(part, name)) not in (b"", b"null") for name in _UNREAD)
    if empty and unread:
        fact, empty = fact if how == ABSENT else fact._replace(lost="value of an unsupported type"), False
    if empty and (reason := states.absence(part.dataAbsentReason)):
        return Fact(None, missing=reason)
    return fact._replace(how=how) if how else fact


def _value(part: fhir.Observation | fhir.Component) -> Fact:
    if quantity := part.valueQuantity:
        # A result "< 5" is not 5, and NaN is not a result.
        if quantity.comparator:
            return Fact(part.code, lost="value with a comparator")
        if quantity.value is not None and math.isfinite(quantity.value):
            code = unit(quantity.system, quantity.code, quantity.unit)
            lost = "unit is not a UCUM code" if code == NOT_COMPARABLE else None
            return Fact(part.code, quantity.value, code, lost=lost)
        return Fact(part.code, lost=None if quantity.value is None else OUT_OF_RANGE)
    if part.valueInteger is not None:
        known = abs(part.valueInteger) < _LARGEST
        return Fact(part.code, float(part.valueInteger)) if known else Fact(part.code, lost=OUT_OF_RANGE)
    if part.valueBoolean is not None:
        return Fact(part.code, float(part.valueBoolean))
    return Fact(part.code, answer=part.valueCodeableConcept)


def _observation(resource: fhir.Observation, _: Medicine, lost: list[str]) -> Statement:
    facts = [_measured(resource)] + [_measured(component) for component in resource.component]
    moment = resource.effectiveDateTime or resource.effectiveInstant
    span = _span(moment, resource.effectivePeriod, lost)
    return _plain("observation", resource, resource.subject, facts, span, lost)


def _plain(
    kind: EventKind,
    resource: Any,
    who: fhir.Reference | None,
    facts: list[Fact],
    span: tuple[str | None, str | None],
    lost: list[str],
) -> Statement:
    return Statement(kind, who, facts, *states.happened(type(resource).__name__, resource.status, lost), *span)


def _medicine(resource: fhir.MedicationRequest | fhir.MedicationStatement, medicine: Medicine) -> Fact:
    return Fact(resource.medicationCodeableConcept) if resource.medicationCodeableConcept else medicine(resource)


def _request(resource: fhir.MedicationRequest, medicine: Medicine, lost: list[str]) -> Statement:
    facts = [_medicine(resource, medicine)]
    when = date(resource.authoredOn, lost), None
    made = _plain("medication", resource, resource.subject, facts, when, lost)
    return _but(made, "not to be given" if resource.doNotPerform else states.intended(resource.intent))


def _but(made: Statement, denied: str | None) -> Statement:
    return made._replace(denied=denied) if denied else made


def _taken(resource: fhir.MedicationStatement, medicine: Medicine, lost: list[str]) -> Statement:
    facts = [_medicine(resource, medicine)]
    span = _span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    made = _plain("medication", resource, resource.subject, facts, span, lost)
    return _but(made, "not taken" if resource.wasNotTaken or resource.taken == "n" else None)


def _procedure(resource: fhir.Procedure, _: Medicine, lost: list[str]) -> Statement:
    span = _span(resource.performedDateTime, resource.performedPeriod, lost)
    made = _plain("procedure", resource, resource.subject, [Fact(resource.code)], span, lost)
    return _but(made, "not done" if resource.notDone or resource.notPerformed else None)


def _immunization(resource: fhir.Immunization, _: Medicine, lost: list[str]) -> Statement:
    when = date(resource.occurrenceDateTime, lost), None
    made = _plain("immunization", resource, resource.patient, [Fact(resource.vaccineCode)], when, lost)
    return _but(made, "not given" if resource.notGiven or resource.wasNotGiven else None)


def _family(resource: fhir.FamilyMemberHistory, _: Medicine, lost: list[str]) -> Statement:
    facts = [
        Fact(None, missing=states.MODIFIED) if condition.modifierExtension else Fact(condition.code)
        for condition in resource.condition
    ]
    made = _plain("family_history", resource, resource.patient, facts, (date(resource.date, lost), None), lost)
    return _but(made, "not done" if resource.notDone else None)


def _encounter(resource: fhir.Encounter, _: Medicine, lost: list[str]) -> Statement:
    # Types of an encounter are procedures; reasons are mostly diseases, so they get another kind.
    facts = [Fact(concept) for concept in resource.type]
    facts += [Fact(concept, kind="reason") for concept in resource.reasonCode]
    return _plain("encounter", resource, resource.subject, facts, _span(None, resource.period, lost), lost)


def _specimen(resource: fhir.Specimen, _: Medicine, lost: list[str]) -> Statement:
    taken = resource.collection or fhir.Collection()
    if taken.modifierExtension:
        lost.append(states.MODIFIED)
        taken = fhir.Collection()
    span = _span(taken.collectedDateTime, taken.collectedPeriod, lost)
    return _plain("specimen", resource, resource.subject, [Fact(resource.type)], span, lost)


_READERS: dict[type[fhir.Resource], Callable[[Any, Medicine, list[str]], Statement]] = {
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

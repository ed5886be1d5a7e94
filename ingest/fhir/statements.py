"""ingest: converts each FHIR R4 resource to a Statement, one form for all types (https://hl7.org/fhir/R4/event.html).

The elements for code, status and time differ between types. `ingest.fhir.events` turns a Statement into events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graph.kinds import EventKind
from graph.snapshot import qualified
from ingest.dates import date
from ingest.fhir import medications, observations, states, studies
from ingest.fhir import resources as fhir
from ingest.fhir.facts import Fact, Medicine, Statement, actors, aged, but, identified, plain, span, stopped, with_value


def statement(resource: fhir.Resource, medicine: Medicine) -> Statement:
    """Returns what `resource` states about a patient. `medicine` finds the medication or device that it refers to."""
    lost: list[str] = []
    made = _READERS[type(resource)](resource, medicine, lost)
    return made._replace(lost=lost) if lost else made


def _clinical(
    kind: EventKind,
    resource: fhir.Condition | fhir.AllergyIntolerance,
    who: fhir.Reference | None,
    end: str | None,
    lost: list[str],
) -> Statement:
    """Returns the Statement of a condition or an allergy. Without an onset, its start is the day of recording."""
    start, over = span(resource.onsetDateTime, resource.onsetPeriod, lost)
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
        start or aged(resource.onsetAge, lost) or date(resource.recordedDate, lost),
        end or over,
        visit=resource.encounter,
        by=[resource.asserter],
    )


def _condition(resource: fhir.Condition, _: Medicine, lost: list[str]) -> Statement:
    # The condition ended within the abatement period, so it ended at the end of this period or earlier.
    until = resource.abatementPeriod or fhir.Period()
    end = date(resource.abatementDateTime, lost) or date(until.end, lost) or date(until.start, lost)
    made = _clinical("condition", resource, resource.subject, end or aged(resource.abatementAge, lost), lost)
    how = [one for one in (resource.severity, *resource.bodySite) if one]
    return made._replace(coded={"qualifier": how} if how else {})


def _allergy(resource: fhir.AllergyIntolerance, _: Medicine, lost: list[str]) -> Statement:
    return _clinical("allergy", resource, resource.patient, None, lost)


def _procedure(resource: fhir.Procedure, _: Medicine, lost: list[str]) -> Statement:
    start, end = span(resource.performedDateTime, resource.performedPeriod, lost)
    when = start or aged(resource.performedAge, lost), end
    made = plain("procedure", resource, resource.subject, [Fact(resource.code)], when, lost)
    coded = {"qualifier": resource.bodySite} if resource.bodySite else {}
    made = made._replace(visit=resource.encounter, by=actors(resource.performer), coded=coded)
    made = stopped(made, resource.statusReason)
    return but(made, "not done" if resource.notDone or resource.notPerformed else None)


def _immunization(resource: fhir.Immunization, _: Medicine, lost: list[str]) -> Statement:
    when = date(resource.occurrenceDateTime, lost), None
    fact = identified(with_value(Fact(resource.vaccineCode), resource.doseQuantity), resource.lotNumber)
    made = plain("immunization", resource, resource.patient, [fact], when, lost)
    coded = {"route": [resource.route], "qualifier": [resource.site]}
    made = made._replace(visit=resource.encounter, by=actors(resource.performer), coded=coded)
    return but(made, "not given" if resource.notGiven or resource.wasNotGiven else None)


def _family(resource: fhir.FamilyMemberHistory, _: Medicine, lost: list[str]) -> Statement:
    facts = [
        Fact(None, missing=states.MODIFIED) if condition.modifierExtension else Fact(condition.code)
        for condition in resource.condition
    ]
    made = plain("family_history", resource, resource.patient, facts, (date(resource.date, lost), None), lost)
    return but(made, "not done" if resource.notDone else None)


def _encounter(resource: fhir.Encounter, _: Medicine, lost: list[str]) -> Statement:
    # Types of an encounter are procedures. Reasons are mostly diseases, so reasons get another kind of event.
    stay = resource.hospitalization or fhir.Hospitalization()
    if stay.modifierExtension:
        lost.append(states.MODIFIED)
        stay = fhir.Hospitalization()
    given = {"admitted_from": stay.admitSource, "discharged_to": stay.dischargeDisposition}
    ends = {column: [concept] for column, concept in given.items() if concept}
    facts = [Fact(concept, coded=ends) for concept in resource.type]
    facts += [Fact(concept, kind="reason") for concept in resource.reasonCode]
    facts += [Fact(fhir.CodeableConcept([resource.class_]), kind="visit", coded=ends)] if resource.class_ else []
    made = plain("encounter", resource, resource.subject, facts, span(None, resource.period, lost), lost)
    return made._replace(by=[one.individual for one in resource.participant])


def _specimen(resource: fhir.Specimen, _: Medicine, lost: list[str]) -> Statement:
    taken = resource.collection or fhir.Collection()
    if taken.modifierExtension:
        lost.append(states.MODIFIED)
        taken = fhir.Collection()
    when = span(taken.collectedDateTime, taken.collectedPeriod, lost)
    made = plain("specimen", resource, resource.subject, [Fact(resource.type)], when, lost)
    where = {"qualifier": [taken.bodySite]} if taken.bodySite else {}
    return made._replace(coded=where, values=medications.amount(taken.quantity))


_READERS: dict[type[fhir.Resource], Callable[[Any, Medicine, list[str]], Statement]] = {
    fhir.Condition: _condition,
    fhir.AllergyIntolerance: _allergy,
    fhir.Observation: observations.observation,
    fhir.DiagnosticReport: observations.report,
    fhir.MedicationRequest: medications.request,
    fhir.MedicationStatement: medications.taken,
    fhir.MedicationAdministration: medications.administration,
    fhir.MedicationDispense: medications.dispense,
    fhir.Procedure: _procedure,
    fhir.Immunization: _immunization,
    fhir.FamilyMemberHistory: _family,
    fhir.Encounter: _encounter,
    fhir.Specimen: _specimen,
    fhir.ImagingStudy: studies.imaging,
    fhir.CarePlan: studies.plan,
    fhir.Device: studies.device,
    fhir.DeviceUseStatement: studies.use,
}

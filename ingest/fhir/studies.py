"""ingest: converts ImagingStudy, CarePlan, Device and DeviceUseStatement of FHIR R4.

https://hl7.org/fhir/R4/imagingstudy.html, https://hl7.org/fhir/R4/careplan.html, https://hl7.org/fhir/R4/device.html
"""

from __future__ import annotations

from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.fhir.facts import Fact, Medicine, Statement, but, identified, plain, span
from ingest.fhir.identifiers import identifiers


def imaging(resource: fhir.ImagingStudy, _: Medicine, lost: list[str]) -> Statement:
    """Returns the Statement of an ImagingStudy, with one event for each procedure code.

    Without procedure codes, makes one event for each modality of the study. Without such modalities, makes one event
    for each modality of its series.
    """
    series = [one for one in resource.series if not one.modifierExtension]
    modalities = resource.modality or [*{one.modality.code: one.modality for one in series if one.modality}.values()]
    concepts = resource.procedureCode or [fhir.CodeableConcept([modality]) for modality in modalities]
    where = [fhir.CodeableConcept([one.bodySite]) for one in series if one.bodySite][:1]
    facts = [Fact(concept) for concept in concepts]
    made = plain("imaging", resource, resource.subject, facts, (date(resource.started, lost), None), lost)
    return made._replace(visit=resource.encounter, coded={"qualifier": where} if where else {})


def plan(resource: fhir.CarePlan, _: Medicine, lost: list[str]) -> Statement:
    """Returns the Statement of a CarePlan, with an event for each category.

    Its activities are only planned, so they are not read.
    """
    facts = [Fact(category) for category in resource.category]
    made = plain("care_plan", resource, resource.subject, facts, span(None, resource.period, lost), lost)
    intent = None if resource.intent == "plan" else states.intended(resource.intent)
    return but(made._replace(visit=resource.encounter), intent)


def device(resource: fhir.Device, _: Medicine, lost: list[str]) -> Statement:
    fact = identified(Fact(resource.type), *identifiers(resource))
    return plain("device", resource, resource.patient, [fact], (None, None), lost)


def use(resource: fhir.DeviceUseStatement, medicine: Medicine, lost: list[str]) -> Statement:
    when = span(resource.timingDateTime, resource.timingPeriod, lost)
    made = plain("device", resource, resource.subject, [medicine(resource)], when, lost)
    return made._replace(coded={"qualifier": [resource.bodySite]} if resource.bodySite else {})

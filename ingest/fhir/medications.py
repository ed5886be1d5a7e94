"""ingest: converts the medication resources of FHIR R4 (https://hl7.org/fhir/R4/medications-module.html)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.fhir.facts import Fact, Medicine, Statement, actors, but, plain, span
from ontologies.ucum import NOT_COMPARABLE, unit

NOT_DAYS = "days of supply: not a number of days or weeks"
REFILLS = "number of refills: not a number of repeats"
_DAYS = {"d": 1, "wk": 7}


def request(resource: fhir.MedicationRequest, medicine: Medicine, lost: list[str]) -> Statement:
    asked = resource.dispenseRequest or fhir.DispenseRequest()
    if asked.modifierExtension:
        lost.append(states.MODIFIED)
        asked = fhir.DispenseRequest()
    numbers = amount(asked.quantity) | _days(asked.expectedSupplyDuration, lost) | _refills(asked, lost)
    made = _medication(resource, medicine, (date(resource.authoredOn, lost), None), lost)
    made = made._replace(visit=resource.encounter, by=[resource.requester], numbers=numbers)
    made = _coded(made, resource.dosageInstruction, resource.statusReason)
    return but(made, "not to be given" if resource.doNotPerform else states.intended(resource.intent))


def taken(resource: fhir.MedicationStatement, medicine: Medicine, lost: list[str]) -> Statement:
    when = span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    made = _medication(resource, medicine, when, lost)._replace(visit=resource.context)
    made = _coded(made, resource.dosage, *resource.statusReason[:1])
    return but(made, "not taken" if resource.wasNotTaken or resource.taken == "n" else None)


def administration(resource: fhir.MedicationAdministration, medicine: Medicine, lost: list[str]) -> Statement:
    when = span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    given = resource.dosage or fhir.Dosage()
    made = _medication(resource, medicine, when, lost)
    made = made._replace(visit=resource.context, by=actors(resource.performer), numbers=amount(given.dose))
    return _coded(made, [given])


def dispense(resource: fhir.MedicationDispense, medicine: Medicine, lost: list[str]) -> Statement:
    when = date(resource.whenHandedOver or resource.whenPrepared, lost), None
    numbers = amount(resource.quantity) | _days(resource.daysSupply, lost)
    made = _medication(resource, medicine, when, lost)
    made = made._replace(visit=resource.context, by=actors(resource.performer), numbers=numbers)
    return _coded(made, resource.dosageInstruction)


def _medication(resource: Any, medicine: Medicine, when: tuple[str | None, str | None], lost: list[str]) -> Statement:
    concept = resource.medicationCodeableConcept
    return plain(
        "medication", resource, resource.subject, [Fact(concept) if concept else medicine(resource)], when, lost
    )


def _coded(made: Statement, dosages: Sequence[fhir.Dosage], reason: fhir.CodeableConcept | None = None) -> Statement:
    """Adds the first route, and for a stopped medication the reason."""
    route = [dosage.route for dosage in dosages if dosage.route][:1]
    coded = {"route": route} if route else {}
    return made._replace(coded=coded | ({"reason": [reason]} if reason and made.status == "stopped" else {}))


def amount(quantity: fhir.Quantity | None) -> dict[str, Any]:
    """Quantity, and its unit if it is a UCUM code; tablets and the like have no unit."""
    if quantity is None or quantity.value is None or not math.isfinite(quantity.value) or quantity.comparator:
        return {}
    code = unit(quantity.system, quantity.code, quantity.unit)
    return {"quantity": quantity.value} | ({"unit": code} if code and code != NOT_COMPARABLE else {})


def _days(duration: fhir.Quantity | None, lost: list[str]) -> dict[str, int]:
    if duration is None or duration.value is None:
        return {}
    days = duration.value * _DAYS.get(unit(duration.system, duration.code, duration.unit) or "", math.nan)
    if not (0 <= days < 1 << 20 and days == int(days)):
        lost.append(NOT_DAYS)
        return {}
    return {"days": int(days)}


def _refills(asked: fhir.DispenseRequest, lost: list[str]) -> dict[str, int]:
    number = asked.numberOfRepeatsAllowed
    if number is None or 0 <= number < 1 << 20:
        return {} if number is None else {"refills": number}
    lost.append(REFILLS)
    return {}

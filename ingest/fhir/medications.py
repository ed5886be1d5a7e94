"""ingest: converts the medication resources of FHIR R4 (https://hl7.org/fhir/R4/medications-module.html)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ingest.dates import date
from ingest.fhir import resources as fhir
from ingest.fhir import states
from ingest.fhir.facts import Fact, Medicine, Statement, actors, but, plain, span, stopped, with_value
from ontologies.ucum import NOT_COMPARABLE, unit

NOT_DAYS = "days of supply: not a number of days or weeks"
RANGE = "dose is a range: not read"
SEVERAL_DOSES = "dose: several, only the first is stored"
REFILLS = "number of refills: not a number of repeats"
_DAYS = {"d": 1, "wk": 7}


def request(resource: fhir.MedicationRequest, medicine: Medicine, lost: list[str]) -> Statement:
    asked = resource.dispenseRequest or fhir.DispenseRequest()
    if asked.modifierExtension:
        lost.append(states.MODIFIED)
        asked = fhir.DispenseRequest()
    values = amount(asked.quantity) | _days(asked.expectedSupplyDuration, lost) | _refills(asked, lost)
    made = _medication(resource, medicine, resource.dosageInstruction, (date(resource.authoredOn, lost), None), lost)
    made = made._replace(visit=resource.encounter, by=[resource.requester], values=values)
    made = stopped(made, resource.statusReason)
    return but(made, "not to be given" if resource.doNotPerform else states.intended(resource.intent))


def taken(resource: fhir.MedicationStatement, medicine: Medicine, lost: list[str]) -> Statement:
    when = span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    made = _medication(resource, medicine, resource.dosage, when, lost)._replace(visit=resource.context)
    made = stopped(made, *resource.statusReason)
    return but(made, "not taken" if resource.wasNotTaken or resource.taken == "n" else None)


def administration(resource: fhir.MedicationAdministration, medicine: Medicine, lost: list[str]) -> Statement:
    when = span(resource.effectiveDateTime, resource.effectivePeriod, lost)
    made = _medication(resource, medicine, [resource.dosage] if resource.dosage else [], when, lost)
    made = made._replace(visit=resource.context, by=actors(resource.performer))
    return stopped(made, *resource.statusReason)


def dispense(resource: fhir.MedicationDispense, medicine: Medicine, lost: list[str]) -> Statement:
    when = date(resource.whenHandedOver or resource.whenPrepared, lost), None
    values = amount(resource.quantity) | _days(resource.daysSupply, lost)
    made = _medication(resource, medicine, resource.dosageInstruction, when, lost)
    made = made._replace(visit=resource.context, by=actors(resource.performer), values=values)
    return stopped(made, resource.statusReasonCodeableConcept)


def _medication(
    resource: Any,
    medicine: Medicine,
    dosages: Sequence[fhir.Dosage],
    when: tuple[str | None, str | None],
    lost: list[str],
) -> Statement:
    """Returns the Statement of a medication resource, with the first route and the first dose of `dosages`."""
    known = [dosage for dosage in dosages if not dosage.modifierExtension]
    lost += [states.MODIFIED] * (len(dosages) - len(known))
    concept = resource.medicationCodeableConcept
    fact = with_value(Fact(concept) if concept else medicine(resource), _dose(known, lost))
    made = plain("medication", resource, resource.subject, [fact], when, lost)
    route = [dosage.route for dosage in known if dosage.route][:1]
    return made._replace(coded={"route": route} if route else {})


def _dose(dosages: Sequence[fhir.Dosage], lost: list[str]) -> fhir.Quantity | None:
    """Returns the first dose in `dosages`. If there are several different doses, adds a reason to `lost`.

    The other doses may be for other times of the day or for later days.
    """
    rates = [rate for dosage in dosages for rate in dosage.doseAndRate]
    lost += [RANGE] * any(bytes(rate.doseRange) not in (b"", b"null") for rate in rates)
    given = [*(dosage.dose for dosage in dosages), *(rate.doseQuantity for rate in rates)]
    doses = [dose for at, dose in enumerate(given) if dose and dose not in given[:at]]
    lost += [SEVERAL_DOSES] * (len(doses) > 1)
    return doses[0] if doses else None


def amount(quantity: fhir.Quantity | None) -> dict[str, Any]:
    """Returns the event columns `quantity` and `unit` of an amount. A unit that is not a UCUM code, such as tablets, is
    left out.
    """
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

"""ingest: defines the medications, devices, plans and consents of FHIR R4 as typed structs.

https://hl7.org/fhir/R4/resourcelist.html
"""

# ruff: noqa: RUF012 (msgspec copies default lists)
from __future__ import annotations

from msgspec import Raw, Struct

from ingest.fhir.datatypes import CodeableConcept, Period, Quantity, Reason, Reference, Resource


class Performer(Struct, gc=False):
    actor: Reference | None = None


class DoseAndRate(Struct):
    doseQuantity: Quantity | None = None
    doseRange: Raw = Raw()


class Dosage(Struct):
    """The dose is `dose` in a MedicationAdministration, and `doseAndRate` in the other resources."""

    modifierExtension: list[Raw] = []
    route: CodeableConcept | None = None
    dose: Quantity | None = None
    doseAndRate: list[DoseAndRate] = []


class DispenseRequest(Struct, gc=False):
    modifierExtension: list[Raw] = []
    quantity: Quantity | None = None
    expectedSupplyDuration: Quantity | None = None
    numberOfRepeatsAllowed: int | None = None


class Batch(Struct):
    modifierExtension: list[Raw] = []
    lotNumber: str | None = None


class Medication(Resource):
    status: str | None = None
    code: CodeableConcept | None = None
    batch: Batch | None = None


class MedicationRequest(Resource):
    status: str | None = None
    intent: str | None = None
    doNotPerform: bool = False
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    authoredOn: str | None = None
    encounter: Reference | None = None
    requester: Reference | None = None
    statusReason: Reason | None = None
    dosageInstruction: list[Dosage] = []
    dispenseRequest: DispenseRequest | None = None


class MedicationStatement(Resource):
    status: str | None = None
    taken: str | None = None
    wasNotTaken: bool = False
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    context: Reference | None = None
    statusReason: list[Reason] = []
    dosage: list[Dosage] = []


class MedicationAdministration(Resource):
    status: str | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    performer: list[Performer] = []
    dosage: Dosage | None = None
    statusReason: list[Reason] = []


class MedicationDispense(Resource):
    status: str | None = None
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    context: Reference | None = None
    whenPrepared: str | None = None
    whenHandedOver: str | None = None
    performer: list[Performer] = []
    quantity: Quantity | None = None
    daysSupply: Quantity | None = None
    statusReasonCodeableConcept: Reason | None = None
    dosageInstruction: list[Dosage] = []


class CarePlan(Resource):
    status: str | None = None
    intent: str | None = None
    category: list[CodeableConcept] = []
    subject: Reference | None = None
    encounter: Reference | None = None
    period: Period | None = None


class Udi(Struct):
    """A unique device identifier: `carrierHRF` is the whole, and `deviceIdentifier` the part that names the model."""

    modifierExtension: list[Raw] = []
    deviceIdentifier: str | None = None
    carrierHRF: str | None = None


class Device(Resource):
    status: str | None = None
    type: CodeableConcept | None = None
    patient: Reference | None = None
    udiCarrier: list[Udi] = []
    modelNumber: str | None = None
    lotNumber: str | None = None


class DeviceUseStatement(Resource):
    status: str | None = None
    subject: Reference | None = None
    device: Reference | None = None
    timingDateTime: str | None = None
    timingPeriod: Period | None = None
    bodySite: CodeableConcept | None = None


class Provision(Struct):
    """A rule of a Consent. `provision` has exceptions to the rule. Only their presence is tested."""

    modifierExtension: list[Raw] = []
    type: str | None = None
    period: Period | None = None
    provision: list[Raw] = []


class Consent(Resource):
    status: str | None = None
    scope: CodeableConcept | None = None
    patient: Reference | None = None
    policyRule: CodeableConcept | None = None
    provision: Provision | None = None

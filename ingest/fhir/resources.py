"""ingest: defines the supported part of FHIR R4 as typed structs (https://hl7.org/fhir/R4/resourcelist.html).

Fields that are not in a struct are never decoded, so names, addresses, contacts, narrative and notes are not read.
Other versions of FHIR have other structures and are refused. Fields of earlier versions of FHIR are read only if they
can mean that something did not happen (`notGiven`, `notDone`, `taken`).
"""

# ruff: noqa: RUF012 (msgspec copies default lists)
from __future__ import annotations

from typing import Any, Union

from msgspec import Raw, Struct, defstruct, field

from ingest.fhir.datatypes import Answer as Answer
from ingest.fhir.datatypes import CodeableConcept as CodeableConcept
from ingest.fhir.datatypes import Coding as Coding
from ingest.fhir.datatypes import Contained as Contained
from ingest.fhir.datatypes import Head as Head
from ingest.fhir.datatypes import Meta as Meta
from ingest.fhir.datatypes import Other as Other
from ingest.fhir.datatypes import Period as Period
from ingest.fhir.datatypes import Quantity as Quantity
from ingest.fhir.datatypes import Reason as Reason
from ingest.fhir.datatypes import Reference as Reference
from ingest.fhir.datatypes import ReferenceRange as ReferenceRange
from ingest.fhir.datatypes import Resource as Resource
from ingest.fhir.datatypes import State as State
from ingest.fhir.treatments import Batch as Batch
from ingest.fhir.treatments import CarePlan as CarePlan
from ingest.fhir.treatments import Consent as Consent
from ingest.fhir.treatments import Device as Device
from ingest.fhir.treatments import DeviceUseStatement as DeviceUseStatement
from ingest.fhir.treatments import DispenseRequest as DispenseRequest
from ingest.fhir.treatments import Dosage as Dosage
from ingest.fhir.treatments import Medication as Medication
from ingest.fhir.treatments import MedicationAdministration as MedicationAdministration
from ingest.fhir.treatments import MedicationDispense as MedicationDispense
from ingest.fhir.treatments import MedicationRequest as MedicationRequest
from ingest.fhir.treatments import MedicationStatement as MedicationStatement
from ingest.fhir.treatments import Performer as Performer
from ingest.fhir.treatments import Provision as Provision
from ingest.fhir.treatments import Udi as Udi


class Identifier(Struct, gc=False):
    """An identifier of a patient. If a setting names its system, a hash of the identifier is stored."""

    system: str | None = None
    value: str | None = None


class PatientLink(Struct, gc=False):
    modifierExtension: list[Raw] = []
    other: Reference | None = None
    type: str | None = None


class Patient(Resource):
    identifier: list[Identifier] = []
    link: list[PatientLink] = []
    birthDate: str | None = None
    gender: str | None = None
    deceasedBoolean: bool | None = None
    deceasedDateTime: str | None = None


class Participant(Struct, gc=False):
    individual: Reference | None = None


class Hospitalization(Struct):
    modifierExtension: list[Raw] = []
    admitSource: CodeableConcept | None = None
    dischargeDisposition: CodeableConcept | None = None


class Encounter(Resource):
    status: str | None = None
    type: list[CodeableConcept] = []
    reasonCode: list[CodeableConcept] = []
    subject: Reference | None = None
    period: Period | None = None
    class_: Coding | None = field(name="class", default=None)
    participant: list[Participant] = []
    hospitalization: Hospitalization | None = None


class Condition(Resource):
    clinicalStatus: State | None = None
    verificationStatus: State | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    abatementDateTime: str | None = None
    abatementPeriod: Period | None = None
    recordedDate: str | None = None
    encounter: Reference | None = None
    severity: CodeableConcept | None = None
    bodySite: list[CodeableConcept] = []
    asserter: Reference | None = None
    onsetAge: Quantity | None = None
    abatementAge: Quantity | None = None


class AllergyIntolerance(Resource):
    clinicalStatus: State | None = None
    verificationStatus: State | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None
    encounter: Reference | None = None
    asserter: Reference | None = None
    onsetAge: Quantity | None = None


class Component(Struct):
    """A component of an Observation. An Observation has these fields and more.

    Values of the type Raw are never decoded. Only their presence is tested. Texts are only compared with negative
    answers.
    """

    modifierExtension: list[Raw] = []
    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: Answer | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    dataAbsentReason: State | None = None
    interpretation: list[Answer] = []
    valueString: str | None = None
    valueRange: Raw = Raw()
    valueRatio: Raw = Raw()
    valueSampledData: Raw = Raw()
    valueTime: Raw = Raw()
    valueDateTime: Raw = Raw()
    valuePeriod: Raw = Raw()
    referenceRange: list[ReferenceRange] = []


class Observation(Resource):
    status: str | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectiveInstant: str | None = None
    effectivePeriod: Period | None = None
    component: list[Component] = []
    code: CodeableConcept | None = None
    valueQuantity: Quantity | None = None
    valueCodeableConcept: Answer | None = None
    valueInteger: int | None = None
    valueBoolean: bool | None = None
    dataAbsentReason: State | None = None
    interpretation: list[Answer] = []
    valueString: str | None = None
    valueRange: Raw = Raw()
    valueRatio: Raw = Raw()
    valueSampledData: Raw = Raw()
    valueTime: Raw = Raw()
    valueDateTime: Raw = Raw()
    valuePeriod: Raw = Raw()
    referenceRange: list[ReferenceRange] = []
    encounter: Reference | None = None
    performer: list[Reference] = []
    bodySite: CodeableConcept | None = None
    method: CodeableConcept | None = None


class Procedure(Resource):
    status: str | None = None
    notDone: bool = False
    notPerformed: bool = False
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None
    encounter: Reference | None = None
    performer: list[Performer] = []
    statusReason: Reason | None = None
    bodySite: list[CodeableConcept] = []
    performedAge: Quantity | None = None


class Immunization(Resource):
    status: str | None = None
    notGiven: bool = False
    wasNotGiven: bool = False
    vaccineCode: CodeableConcept | None = None
    patient: Reference | None = None
    occurrenceDateTime: str | None = None
    encounter: Reference | None = None
    performer: list[Performer] = []
    site: CodeableConcept | None = None
    route: CodeableConcept | None = None
    doseQuantity: Quantity | None = None
    lotNumber: str | None = None


class FamilyCondition(Struct):
    modifierExtension: list[Raw] = []
    code: CodeableConcept | None = None


class FamilyMemberHistory(Resource):
    status: str | None = None
    notDone: bool = False
    patient: Reference | None = None
    date: str | None = None
    condition: list[FamilyCondition] = []


class Collection(Struct):
    modifierExtension: list[Raw] = []
    collectedDateTime: str | None = None
    collectedPeriod: Period | None = None
    bodySite: CodeableConcept | None = None
    quantity: Quantity | None = None


class Specimen(Resource):
    status: str | None = None
    type: CodeableConcept | None = None
    subject: Reference | None = None
    collection: Collection | None = None


class DiagnosticReport(Resource):
    status: str | None = None
    code: CodeableConcept | None = None
    subject: Reference | None = None
    encounter: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None
    performer: list[Reference] = []
    result: list[Reference] = []
    conclusionCode: list[Answer] = []


class Series(Struct):
    modifierExtension: list[Raw] = []
    modality: Coding | None = None
    bodySite: Coding | None = None


class ImagingStudy(Resource):
    status: str | None = None
    modality: list[Coding] = []
    subject: Reference | None = None
    encounter: Reference | None = None
    started: str | None = None
    procedureCode: list[CodeableConcept] = []
    series: list[Series] = []


STRUCTS: dict[str, type[Resource]] = {struct.__name__: struct for struct in Resource.__subclasses__()}

# The other resource types of R4, which are not supported. Any other name is not a resource type.
_OTHER_TYPES = """
    Account ActivityDefinition AdverseEvent Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue DeviceDefinition DeviceMetric DeviceRequest DocumentManifest
    DocumentReference EffectEvidenceSynthesis Endpoint EnrollmentRequest EnrollmentResponse EpisodeOfCare
    EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit Flag Goal GraphDefinition
    Group GuidanceResponse HealthcareService ImmunizationEvaluation ImmunizationRecommendation
    ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media
    MedicationKnowledge MedicinalProduct MedicinalProductAuthorization MedicinalProductContraindication
    MedicinalProductIndication MedicinalProductIngredient MedicinalProductInteraction
    MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem
    NutritionOrder ObservationDefinition OperationDefinition OperationOutcome Organization
    OrganizationAffiliation Parameters PaymentNotice PaymentReconciliation Person PlanDefinition Practitioner
    PractitionerRole Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup
    ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment
    RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot SpecimenDefinition StructureDefinition
    StructureMap Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein
    SubstanceReferenceInformation SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest
    Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
OTHERS = {name: defstruct(name, [], bases=(Other,), tag=name, gc=False) for name in _OTHER_TYPES.split()}
_ALL = (*STRUCTS.values(), *OTHERS.values())
#: Any resource of R4; `resourceType` selects the struct while decoding.
ANY: Any = Union[_ALL]  # noqa: UP007
#: Any resource of R4 except Bundle, for use together with another struct for Bundle.
ANY_BUT_BUNDLE: Any = Union[tuple(struct for struct in _ALL if struct is not OTHERS["Bundle"])]  # noqa: UP007

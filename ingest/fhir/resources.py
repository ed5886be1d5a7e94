"""ingest: the supported part of FHIR R4, as typed structs (https://hl7.org/fhir/R4/resourcelist.html).

Fields that are not in a struct are never decoded, so names, addresses, contacts, narrative and notes are not read.
Other versions of FHIR have other structures and are refused. Fields of earlier versions are read only if they can mean
that something did not happen (`notGiven`, `notDone`, `taken`).
"""

from __future__ import annotations

from typing import Any, Union

from msgspec import Raw, Struct, defstruct


class Coding(Struct, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Struct, gc=False):
    coding: list[Coding] = []


class Answer(CodeableConcept, gc=False):
    """A coded value. `text` is compared with negative answers, but not kept."""

    text: str | None = None


class State(Struct, gc=False):
    """A code of a FHIR value set. Some sources write the code in `text`, which is compared, but not kept."""

    coding: list[Coding] = []
    text: str | None = None


class Quantity(Struct, gc=False):
    value: float | None = None
    comparator: str | None = None
    system: str | None = None
    unit: str | None = None
    code: str | None = None


class Period(Struct, gc=False):
    start: str | None = None
    end: str | None = None


class Reference(Struct, gc=False):
    reference: str | None = None


class Contained(Struct):
    """A contained resource. Only the `code` of a Medication is used; other types have other forms of `code`."""

    resourceType: str = ""
    id: str | None = None
    modifierExtension: Any = None
    code: CodeableConcept | list[Any] | str | None = None


class Head(Struct, gc=False):
    """The type and id of a resource of any structure."""

    resourceType: str
    id: str | None = None


class Other(Struct, tag_field="resourceType", gc=False):
    """A resource of a type that is not supported."""

    id: str | None = None


class Meta(Struct, gc=False):
    lastUpdated: str | None = None
    versionId: str | None = None


class Resource(Struct, tag_field="resourceType", tag=True):
    """The base of all resources. A resource with implicit rules or modifier extensions is refused later."""

    id: str | None = None
    meta: Meta | None = None
    implicitRules: str | None = None
    modifierExtension: list[Raw] = []
    contained: list[Contained] = []


class Identifier(Struct, gc=False):
    """An identifier, which is hashed if a setting names its system, and not used otherwise."""

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
    deceasedDateTime: str | None = None


class Encounter(Resource):
    status: str | None = None
    type: list[CodeableConcept] = []
    reasonCode: list[CodeableConcept] = []
    subject: Reference | None = None
    period: Period | None = None


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


class AllergyIntolerance(Resource):
    clinicalStatus: State | None = None
    verificationStatus: State | None = None
    code: CodeableConcept | None = None
    patient: Reference | None = None
    onsetDateTime: str | None = None
    onsetPeriod: Period | None = None
    recordedDate: str | None = None


class Component(Struct):
    """A component of an Observation. An Observation has these fields and more.

    Raw values are never decoded; it only matters whether they exist. Texts are only compared with negative answers.
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


class Medication(Resource):
    status: str | None = None
    code: CodeableConcept | None = None


class MedicationRequest(Resource):
    status: str | None = None
    intent: str | None = None
    doNotPerform: bool = False
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    authoredOn: str | None = None


class MedicationStatement(Resource):
    status: str | None = None
    taken: str | None = None
    wasNotTaken: bool = False
    medicationCodeableConcept: CodeableConcept | None = None
    medicationReference: Reference | None = None
    subject: Reference | None = None
    effectiveDateTime: str | None = None
    effectivePeriod: Period | None = None


class Procedure(Resource):
    status: str | None = None
    notDone: bool = False
    notPerformed: bool = False
    code: CodeableConcept | None = None
    subject: Reference | None = None
    performedDateTime: str | None = None
    performedPeriod: Period | None = None


class Immunization(Resource):
    status: str | None = None
    notGiven: bool = False
    wasNotGiven: bool = False
    vaccineCode: CodeableConcept | None = None
    patient: Reference | None = None
    occurrenceDateTime: str | None = None


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


class Specimen(Resource):
    status: str | None = None
    type: CodeableConcept | None = None
    subject: Reference | None = None
    collection: Collection | None = None


STRUCTS: dict[str, type[Resource]] = {struct.__name__: struct for struct in Resource.__subclasses__()}

# The other resource types of R4, which are not supported. Any other name is not a resource type.
_OTHER_TYPES = """
    Account ActivityDefinition AdverseEvent Appointment AppointmentResponse AuditEvent Basic Binary
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem
    ChargeItemDefinition Claim ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest
    CompartmentDefinition Composition ConceptMap Consent Contract Coverage CoverageEligibilityRequest
    CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric DeviceRequest DeviceUseStatement
    DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Endpoint EnrollmentRequest
    EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit
    Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy ImmunizationEvaluation
    ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure
    MeasureReport Media MedicationAdministration MedicationDispense MedicationKnowledge MedicinalProduct
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication
    MedicinalProductIngredient MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged
    MedicinalProductPharmaceutical MedicinalProductUndesirableEffect MessageDefinition MessageHeader
    MolecularSequence NamingSystem NutritionOrder ObservationDefinition OperationDefinition OperationOutcome
    Organization OrganizationAffiliation Parameters PaymentNotice PaymentReconciliation Person PlanDefinition
    Practitioner PractitionerRole Provenance Questionnaire QuestionnaireResponse RelatedPerson RequestGroup
    ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment RiskEvidenceSynthesis
    Schedule SearchParameter ServiceRequest Slot SpecimenDefinition StructureDefinition StructureMap Subscription
    Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation
    SubstanceSourceMaterial SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities
    TestReport TestScript ValueSet VerificationResult VisionPrescription
"""
OTHERS = {name: defstruct(name, [], bases=(Other,), tag=name, gc=False) for name in _OTHER_TYPES.split()}
_ALL = (*STRUCTS.values(), *OTHERS.values())
#: Any resource of R4; `resourceType` selects the struct while decoding.
ANY: Any = Union[_ALL]  # noqa: UP007
#: Any resource of R4 except Bundle, for use together with another struct for Bundle.
ANY_BUT_BUNDLE: Any = Union[tuple(struct for struct in _ALL if struct is not OTHERS["Bundle"])]  # noqa: UP007

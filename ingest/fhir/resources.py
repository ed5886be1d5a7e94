"""ingest: the part of FHIR R4 that is read, as typed structs (https://hl7.org/fhir/R4/resourcelist.html).

A field that no struct names is never decoded: names, addresses, contacts, narrative and notes have no way
in. R4 alone: earlier and later versions shape these resources otherwise, and are refused by their shape; only by what
earlier ones have to say that something did not happen, they are not (`notGiven`, `notDone`, `taken`).
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
    """What was found; words that say no are compared, and none are kept."""

    text: str | None = None


class State(Struct, gc=False):
    """A code of a value set that FHIR itself gives; some spell it in `text`, which is compared and never kept."""

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
    """A contained resource. Only a Medication's `code` is used; other types shape theirs as they like."""

    resourceType: str = ""
    id: str | None = None
    modifierExtension: Any = None
    code: CodeableConcept | list[Any] | str | None = None


class Head(Struct, gc=False):
    """What a resource of any shape says of itself."""

    resourceType: str
    id: str | None = None


class Other(Struct, tag_field="resourceType", gc=False):
    """A resource that is not read, beyond that it is there."""

    id: str | None = None


class Meta(Struct, gc=False):
    lastUpdated: str | None = None
    versionId: str | None = None


class Resource(Struct, tag_field="resourceType", tag=True):
    """Neither its rules nor what modifies it is decoded: none of them is known here."""

    id: str | None = None
    meta: Meta | None = None
    implicitRules: str | None = None
    modifierExtension: list[Raw] = []
    contained: list[Contained] = []


class Identifier(Struct, gc=False):
    """Read to be hashed, where a setting names its system."""

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
    """Of an Observation, which has the same fields and more.

    A Raw value is never decoded: that it is there is all. So it is with words, but for those that say no.
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

# Every other resource type of R4: known, and not read. A name outside both is no resource.
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
#: Any resource of R4, told apart by its `resourceType` while it is decoded.
ANY: Any = Union[_ALL]  # noqa: UP007
#: The same where a Bundle has a struct of its own.
ANY_BUT_BUNDLE: Any = Union[tuple(struct for struct in _ALL if struct is not OTHERS["Bundle"])]  # noqa: UP007

"""ingest: defines the supported part of Phenopackets v2 as typed structs.

The messages: https://phenopacket-schema.readthedocs.io/en/latest/building-blocks.html. In protobuf's JSON
(https://protobuf.dev/programming-guides/json/), a field that is missing has its default value. For example, a quantity
without a value is 0. Fields that are not in a struct are not read, such as descriptions, files, evidence and karyotypic
sex.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Message(Struct, rename="camel"):
    """The base class of all messages of Phenopackets. A field with an enum has the name of the value, or its number."""


class Term(Message):
    """An OntologyClass; `id` is a CURIE."""

    id: str = ""
    label: str = ""


class Age(Message):
    iso8601duration: str = ""


class AgeRange(Message):
    start: Age | None = None
    end: Age | None = None


class TimeInterval(Message):
    start: str | None = None
    end: str | None = None


class TimeElement(Message):
    """The time of something in a phenopacket. Only one of the fields is set.

    A gestational age means a time before birth. Only its presence is tested.
    """

    timestamp: str | None = None
    interval: TimeInterval | None = None
    age: Age | None = None
    age_range: AgeRange | None = None
    gestational_age: Any = None
    ontology_class: Term | None = None


class VitalStatus(Message):
    status: str | int = 0
    time_of_death: TimeElement | None = None
    cause_of_death: Term | None = None


class Individual(Message):
    id: str = ""
    alternate_ids: list[str] = []
    date_of_birth: str | None = None
    sex: str | int | None = None
    vital_status: VitalStatus | None = None
    taxonomy: Term | None = None


class Former(Message):
    """The fields of a feature or disease that only Phenopackets version 1 has.

    They are not read, and a phenopacket with one of them is refused.
    """

    negated: Any = None
    age_of_onset: Any = None
    age_range_of_onset: Any = None
    class_of_onset: Any = None

    @property
    def is_former(self) -> bool:
        given = (self.negated, self.age_of_onset, self.age_range_of_onset, self.class_of_onset)
        return any(one is not None for one in given)


class Feature(Former):
    type: Term | None = None
    excluded: bool = False
    severity: Term | None = None
    modifiers: list[Term] = []
    onset: TimeElement | None = None
    resolution: TimeElement | None = None


class Disease(Former):
    term: Term | None = None
    excluded: bool = False
    onset: TimeElement | None = None
    resolution: TimeElement | None = None
    disease_stage: list[Term] = []
    clinical_tnm_finding: list[Term] = []
    primary_site: Term | None = None
    laterality: Term | None = None


class ReferenceRange(Message):
    unit: Term | None = None
    low: float = 0.0
    high: float = 0.0


class Quantity(Message):
    unit: Term | None = None
    value: float = 0.0
    reference_range: ReferenceRange | None = None


class TypedQuantity(Message):
    type: Term | None = None
    quantity: Quantity | None = None


class Value(Message):
    quantity: Quantity | None = None
    ontology_class: Term | None = None


class ComplexValue(Message):
    typed_quantities: list[TypedQuantity] = []


class Procedure(Message):
    code: Term | None = None
    body_site: Term | None = None
    performed: TimeElement | None = None


class Measurement(Message):
    assay: Term | None = None
    value: Value | None = None
    complex_value: ComplexValue | None = None
    time_observed: TimeElement | None = None


class Biosample(Message):
    individual_id: str = ""
    sampled_tissue: Term | None = None
    sample_type: Term | None = None
    phenotypic_features: list[Feature] = []
    measurements: list[Measurement] = []
    taxonomy: Term | None = None
    time_of_collection: TimeElement | None = None
    histological_diagnosis: Term | None = None
    tumor_progression: Term | None = None
    tumor_grade: Term | None = None
    pathological_stage: Term | None = None
    pathological_tnm_finding: list[Term] = []
    diagnostic_markers: list[Term] = []
    procedure: Procedure | None = None


class Diagnosis(Message):
    disease: Term | None = None
    genomic_interpretations: list[Any] = []


class Interpretation(Message):
    progress_status: str | int = 0
    diagnosis: Diagnosis | None = None


class DoseInterval(Message):
    interval: TimeInterval | None = None


class Treatment(Message):
    agent: Term | None = None
    route_of_administration: Term | None = None
    dose_intervals: list[DoseInterval] = []
    cumulative_dose: Quantity | None = None


class RadiationTherapy(Message):
    modality: Term | None = None
    body_site: Term | None = None
    dosage: float = 0.0
    fractions: float = 0.0


class ExternalReference(Message):
    id: str = ""


class Regimen(Message):
    external_reference: ExternalReference | None = None
    ontology_class: Term | None = None
    start_time: TimeElement | None = None
    end_time: TimeElement | None = None
    regimen_status: str | int = 0


class MedicalAction(Message):
    procedure: Procedure | None = None
    treatment: Treatment | None = None
    radiation_therapy: RadiationTherapy | None = None
    therapeutic_regimen: Regimen | None = None
    adverse_events: list[Term] = []
    treatment_termination_reason: Term | None = None


class Resource(Message):
    namespace_prefix: str = ""
    iri_prefix: str = ""


class Update(Message):
    timestamp: str | None = None


class MetaData(Message):
    created: str | None = None
    updates: list[Update] = []
    resources: list[Resource] = []
    phenopacket_schema_version: str = ""


class Phenopacket(Message):
    id: str = ""
    subject: Individual | None = None
    phenotypic_features: list[Feature] = []
    measurements: list[Measurement] = []
    biosamples: list[Biosample] = []
    interpretations: list[Interpretation] = []
    diseases: list[Disease] = []
    medical_actions: list[MedicalAction] = []
    meta_data: MetaData | None = None

    @property
    def is_former(self) -> bool:
        """True for a phenopacket of version 1, which states in the field `negated` that a feature is absent."""
        stated = self.meta_data.phenopacket_schema_version if self.meta_data else ""
        return stated.startswith("1") or any(one.is_former for one in (*self.phenotypic_features, *self.diseases))

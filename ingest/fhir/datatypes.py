"""ingest: defines the data types of FHIR R4, and the base of its resources, as typed structs.

https://hl7.org/fhir/R4/datatypes.html
"""

from __future__ import annotations

from typing import Any

from msgspec import Raw, Struct


class Coding(Struct, gc=False):
    system: str | None = None
    code: str | None = None
    display: str | None = None


class CodeableConcept(Struct, gc=False):
    coding: list[Coding] = []


class Answer(CodeableConcept, gc=False):
    """A coded value. Its text is compared with the texts of negative answers, and is not stored."""

    text: str | None = None


class Reason(CodeableConcept, gc=False):
    """A reason why something was stopped. Its text is stored if ten patients have the same text (ingest.said)."""

    text: str | None = None


class State(Struct, gc=False):
    """A code of a FHIR value set.

    Some sources write the code in `text`. Then the text is used as the code and is not stored as a text.
    """

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


class ReferenceRange(Struct, gc=False):
    """A reference range of an Observation. Without a `type` it is the normal range."""

    modifierExtension: list[Raw] = []
    low: Quantity | None = None
    high: Quantity | None = None
    type: CodeableConcept | None = None


class Reference(Struct, gc=False):
    reference: str | None = None


class Contained(Struct):
    """A contained resource.

    Only these fields are used: `code` and `batch` of a Medication, `specialty` of a PractitionerRole, and `type`,
    `udiCarrier`, `modelNumber` and `lotNumber` of a Device. Resources of other types can have other forms of these
    fields.
    """

    resourceType: str = ""
    id: str | None = None
    modifierExtension: Any = None
    code: CodeableConcept | list[Any] | str | None = None
    type: Any = None
    specialty: Any = None
    batch: Any = None
    udiCarrier: Any = None
    modelNumber: Any = None
    lotNumber: Any = None


class Head(Struct, gc=False):
    """The type and id of a resource of any structure."""

    resourceType: str
    id: str | None = None


class Other(Struct, tag_field="resourceType", gc=False):
    """A FHIR resource of a type that Tricuspid does not read."""

    id: str | None = None


class Meta(Struct, gc=False):
    lastUpdated: str | None = None
    versionId: str | None = None


class Resource(Struct, tag_field="resourceType", tag=True):
    """The base class of all FHIR resources that are read.

    `ingest.fhir.entries` refuses a resource with implicit rules or modifier extensions.
    """

    id: str | None = None
    meta: Meta | None = None
    implicitRules: str | None = None
    modifierExtension: list[Raw] = []
    contained: list[Contained] = []

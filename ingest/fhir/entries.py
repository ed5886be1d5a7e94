"""ingest: reads the resources of one FHIR document in turn, each with what the others of it are referred to by.

References are resolved within the document only (https://hl7.org/fhir/R4/bundle.html#references).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple, TypeVar

import msgspec

from ingest.documents import BAD_INPUT, reason
from ingest.fhir import events
from ingest.fhir import resources as fhir
from ingest.fhir.statements import statement
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused, Seen, Unmapped

T = TypeVar("T", bound=msgspec.Struct)

_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
_URN = "urn:uuid:"
HISTORY = "a history holds several versions of a resource: export the current ones"
_NOT_A_PATIENT = "subject is not a patient"
_STRUCTS: tuple[type[msgspec.Struct], ...] = (fhir.Head, *fhir.STRUCTS.values())
_DECODERS: dict[type, msgspec.json.Decoder[Any]] = {struct: msgspec.json.Decoder(struct) for struct in _STRUCTS}


class Entry(NamedTuple):
    """A resource that is not decoded yet. `place` is where it stands, empty where it is the whole document."""

    place: str
    url: str | None
    head: fhir.Head
    raw: msgspec.Raw | dict[str, Any]

    @property
    def position(self) -> str:
        kind = self.head.resourceType
        return f"{self.place} ({kind})" if self.place else kind

    @property
    def id(self) -> str | None:
        """The logical id, or the UUID under which a transaction introduces a resource that has none yet."""
        url = self.url or ""
        return self.head.id or (url.removeprefix(_URN) if url.startswith(_URN) else None)


def decode(raw: msgspec.Raw | dict[str, Any], struct: type[T]) -> T:
    """Raises one of BAD_INPUT where the shape is another."""
    if isinstance(raw, dict):
        return msgspec.convert(raw, struct, strict=False)
    decoded: T = _DECODERS[struct].decode(raw)
    return decoded


def entry(place: str, url: str | None, raw: msgspec.Raw | dict[str, Any]) -> Entry | Refused:
    """The entry, refused where it does not say what it is, or says no resource type of R4."""
    try:
        head = decode(raw, fhir.Head)
    except BAD_INPUT as error:
        return Refused(place or "document", reason(error))
    if head.resourceType not in fhir.STRUCTS and head.resourceType not in fhir.OTHER_TYPES:
        return Refused(place or "document", "resourceType names no resource of FHIR R4")
    return Entry(place, url, head, raw)


class References:
    """Where the references within one document lead."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._urls: dict[str, tuple[str, str | None]] = {}
        self._medications: dict[str, Entry] = {}
        for found in entries:
            if found.url:
                self._urls[found.url] = found.head.resourceType, found.id
            if found.head.resourceType == "Medication":
                self._medications |= {key: found for key in (found.url, f"Medication/{found.id}") if key}

    def patient(self, reference: fhir.Reference | None) -> tuple[str | None, str]:
        """The logical id of a patient, or None and the reason."""
        literal = reference.reference if reference else None
        if not literal:
            return None, "no subject"
        if literal.startswith("#"):
            return None, "subject is a contained resource, which has no identity of its own"
        if known := self._urls.get(literal):
            return (known[1], "no id") if known[0] == "Patient" else (None, _NOT_A_PATIENT)
        match = _LITERAL.fullmatch(literal)
        if not match:
            return None, "subject is not among the resources of this file"
        return (match[2], "") if match[1] == "Patient" else (None, _NOT_A_PATIENT)

    def medicine(self, resource: fhir.MedicationRequest | fhir.MedicationStatement) -> fhir.CodeableConcept | None:
        """The code of the Medication referred to, contained or an entry of the document; None where there is none."""
        literal = (resource.medicationReference and resource.medicationReference.reference) or ""
        if literal.startswith("#"):
            held = (part.code for part in resource.contained if part.id == literal[1:])
            return next((code for code in held if isinstance(code, fhir.CodeableConcept)), None)
        found = self._medications.get(literal)
        try:
            return decode(found.raw, fhir.Medication).code if found else None
        except BAD_INPUT:  # refused at its own entry
            return None


def read(found: list[Entry | Refused], pseudonym: Pseudonym) -> Iterator[Item]:
    """The items of the resources of one document, in its order; each resource that was read ends with Seen."""
    references = References(entry for entry in found if isinstance(entry, Entry))
    for one in found:
        if isinstance(one, Refused):
            yield one
        elif one.head.resourceType in fhir.STRUCTS:
            yield from _resource(one, references, pseudonym)
        else:
            yield Unmapped(f"resource type {one.head.resourceType} is not read", one.position)


def _resource(one: Entry, references: References, pseudonym: Pseudonym) -> Iterator[Item]:
    kind, id = one.head.resourceType, one.id
    try:
        resource = decode(one.raw, fhir.STRUCTS[kind])
    except BAD_INPUT as error:
        yield Refused(one.position, reason(error))
        return
    if not id:
        yield Refused(one.position, "no id")
        return
    if isinstance(resource, fhir.Patient):
        yield events.patient(resource, pseudonym.patient(id))
    elif not isinstance(resource, fhir.Medication):
        stated = statement(resource, references.medicine)
        who, why = references.patient(stated.who)
        if who is None and why != _NOT_A_PATIENT:
            yield Refused(one.position, why)
            return
        if who is None:
            yield Unmapped(why, one.position)
        else:
            yield from events.events(stated, pseudonym.patient(who), pseudonym.record(kind, id), one.position)
    yield Seen(kind)

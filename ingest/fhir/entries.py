"""ingest: reads the resources of one FHIR document in turn, each with what the others of it are referred to by.

References are resolved within the document only (https://hl7.org/fhir/R4/bundle.html#references).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

import msgspec

from ingest.documents import BAD_INPUT, reason
from ingest.fhir import events
from ingest.fhir import resources as fhir
from ingest.fhir.statements import statement
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused, Seen, Unmapped
from ontologies.remembered import remembered

_LITERAL = re.compile(r"(?:.*/)?([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
_URN = "urn:uuid:"
HISTORY = "a history holds several versions of a resource: export the current ones"
_NOT_A_PATIENT = "subject is not a patient"
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder(fhir.ANY)
_HEAD = msgspec.json.Decoder(fhir.Head)


class Entry(NamedTuple):
    """A resource. `place` is where it stands, empty where it is the whole document.

    `resource` is why it is refused where its type has another shape; `said` is the id that it gives itself.
    """

    place: str
    url: str | None
    kind: str
    said: str | None
    resource: fhir.Resource | fhir.Other | str

    @property
    def position(self) -> str:
        return f"{self.place} ({self.kind})" if self.place else self.kind

    @property
    def id(self) -> str | None:
        """The logical id, or the UUID under which a transaction introduces a resource that has none yet."""
        if self.said or not self.url:
            return self.said
        return self.url.removeprefix(_URN) if self.url.startswith(_URN) else None


def entry(place: str, url: str | None, resource: fhir.Resource | fhir.Other) -> Entry:
    return Entry(place, url, type(resource).__name__, resource.id, resource)


def undecoded(place: str, url: str | None, raw: msgspec.Raw | dict[str, Any]) -> Entry | Refused:
    """The entry, refused where it does not say what it is, or says no resource type of R4."""
    try:
        head: fhir.Head = _decode(raw, _HEAD)
    except BAD_INPUT as error:
        return Refused(place or "document", reason(error))
    kind = head.resourceType
    if kind not in fhir.STRUCTS and kind not in fhir.OTHERS:
        return Refused(place or "document", "resourceType names no resource of FHIR R4")
    try:
        return entry(place, url, _decode(raw, _ANY))
    except BAD_INPUT as error:
        return Entry(place, url, kind, head.id, reason(error))


def _decode(raw: msgspec.Raw | dict[str, Any], decoder: msgspec.json.Decoder[Any]) -> Any:
    return msgspec.convert(raw, decoder.type, strict=False) if isinstance(raw, dict) else decoder.decode(raw)


class References:
    """Where the references within one document lead."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._urls: dict[str, tuple[str, str | None]] = {}
        self._medications: dict[str, Entry] = {}
        for found in entries:
            if found.url:
                self._urls[found.url] = found.kind, found.id
            if found.kind == "Medication":
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
        return _subject(literal)

    def medicine(self, resource: fhir.MedicationRequest | fhir.MedicationStatement) -> fhir.CodeableConcept | None:
        """The code of the Medication referred to, contained or an entry of the document; None where there is none."""
        literal = (resource.medicationReference and resource.medicationReference.reference) or ""
        if literal.startswith("#"):
            held = (part.code for part in resource.contained if part.id == literal[1:])
            return next((code for code in held if isinstance(code, fhir.CodeableConcept)), None)
        found = self._medications.get(literal)
        # One of another shape is refused at its own entry.
        return found.resource.code if found and isinstance(found.resource, fhir.Medication) else None


@remembered(1024)
def _subject(literal: str) -> tuple[str | None, str]:
    match = _LITERAL.fullmatch(literal)
    if not match:
        return None, "subject is not among the resources of this file"
    return (match[2], "") if match[1] == "Patient" else (None, _NOT_A_PATIENT)


_NONE = References(())
_SEEN = {kind: Seen(kind) for kind in fhir.STRUCTS}


def read(found: list[Entry | Refused], pseudonym: Pseudonym) -> Iterable[Item]:
    """The items of the resources of one document, in its order; each resource that was read ends with Seen."""
    if len(found) == 1:
        return _items(found[0], _NONE, pseudonym)
    references = References(entry for entry in found if isinstance(entry, Entry))
    return (item for one in found for item in _items(one, references, pseudonym))


def _items(one: Entry | Refused, references: References, pseudonym: Pseudonym) -> list[Item]:
    if isinstance(one, Refused):
        return [one]
    kind, id, resource = one.kind, one.id, one.resource
    if isinstance(resource, fhir.Other):
        return [Unmapped(f"resource type {kind} is not read", one.position)]
    if isinstance(resource, str):
        return [Refused(one.position, resource)]
    if not id:
        return [Refused(one.position, "no id")]
    if isinstance(resource, fhir.Patient):
        known, lost = events.patient(resource, pseudonym.patient(id))
        return [known, *(Unmapped(reason, one.position) for reason in lost), _SEEN[kind]]
    if isinstance(resource, fhir.Medication):
        return [_SEEN[kind]]
    stated = statement(resource, references.medicine)
    who, why = references.patient(stated.who)
    if who is None:
        return [Unmapped(why, one.position), _SEEN[kind]] if why == _NOT_A_PATIENT else [Refused(one.position, why)]
    made, lost = events.events(stated, pseudonym.patient(who), pseudonym.record(kind, id))
    if lost:
        return [*made, *(Unmapped(reason, one.position) for reason in lost), _SEEN[kind]]
    return [*made, _SEEN[kind]]

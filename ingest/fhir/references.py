"""ingest: resolves the references of a FHIR resource (https://hl7.org/fhir/R4/bundle.html#references)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from graph.snapshot import medicine
from ingest.fhir import resources as fhir
from ingest.fhir.facts import Fact, identified
from ingest.fhir.identifiers import converted, identifiers
from ingest.fhir.states import MODIFIED
from ingest.pseudonym import Pseudonym
from ontologies.remembered import remembered

_RESTFUL = re.compile(r"(?:(https?://[^?#]+)/)?([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
_HISTORY = re.compile(r"/_history/[^/?#]+$")
URN = "urn:uuid:"
NOT_A_PATIENT = "subject is not a patient"
_CONTAINED = "subject is a contained resource without an identity"
_NOWHERE = "is not among the resources of this file"


_Used = (
    fhir.MedicationRequest
    | fhir.MedicationStatement
    | fhir.MedicationAdministration
    | fhir.MedicationDispense
    | fhir.DeviceUseStatement
)


class Literal(NamedTuple):
    """A reference: the base of the server (None for a relative reference), the resource type and the logical id."""

    base: str | None
    kind: str
    id: str


@remembered(1024)
def literal(text: str) -> Literal | None:
    """Splits a reference to a resource, such as `Patient/1` or `https://example.org/fhir/Patient/1`; None for any other
    text.
    """
    match = _RESTFUL.fullmatch(text)
    return Literal(_server(match[1]) if match[1] else None, match[2], match[3]) if match else None


def _server(base: str) -> str:
    """Returns the base URL of a server with scheme and host in lower case, and without a slash at the end."""
    scheme, _, rest = base.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}"


class Entry(NamedTuple):
    """A resource in a FHIR document. `place` is its position; empty if the resource is the whole document.

    `base` is the server of the resource, if its address `url` names a server. `own_id` is the id in the resource. If
    the resource does not have the structure of its type, `resource` is a text that states the reason.
    """

    place: str
    url: str | None
    base: str | None
    kind: str
    own_id: str | None
    resource: fhir.Resource | fhir.Other | str

    @property
    def position(self) -> str:
        return f"{self.place} ({self.kind})" if self.place else self.kind

    @property
    def id(self) -> str | None:
        """The logical id of the resource. A new resource in a transaction has no id; then this is its UUID."""
        if self.own_id or not self.url:
            return self.own_id
        return self.url.removeprefix(URN) if self.url.startswith(URN) else None


class Named(NamedTuple):
    """The resource to which a reference refers: its type, logical id and source. The resource may be in no file."""

    kind: str
    id: str | None
    source: str


def _spelled(url: str) -> str:
    """Returns an address with its UUID in lower case: letters of a UUID may have either case (RFC 9562)."""
    return url.lower() if url[: len(URN)].lower() == URN else url


class References:
    """Finds the resource to which a reference in a FHIR document refers, among `entries`, the document's resources.

    A resource is found by its address, or by its type and id on the same server.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._found: dict[str | tuple[str | None, str], Entry] = {}
        for one in entries:
            if one.url:
                self._found[_spelled(one.url)] = one
            if one.id:
                self._found.setdefault((one.base, f"{one.kind}/{one.id}"), one)

    def _entry(self, reference: str, by: Entry) -> Entry | None:
        """Returns the entry that `by` refers to. A version in the reference is ignored.

        An entry of an unknown server is used only if no other entry fits.
        """
        name = _spelled(_HISTORY.sub("", reference))
        return self._found.get(name) or self._found.get((by.base, name)) or self._found.get((None, name))

    def _named(self, reference: str, by: Entry, pseudonym: Pseudonym) -> Named | None:
        """Returns the resource to which `reference`, a reference in the entry `by`, refers. None if the document does
        not contain it, and the reference is not the address of a resource.
        """
        if known := self._entry(reference, by):
            return Named(known.kind, known.id, pseudonym.source(known.base))
        found = literal(reference)
        return Named(found.kind, found.id, _source(found.base, by, pseudonym)) if found else None

    def patient(self, reference: fhir.Reference | None, by: Entry, pseudonym: Pseudonym) -> tuple[str | None, str]:
        """Returns the pseudonym of the patient to whom `reference` refers, or None with the reason.

        `by` is the entry that contains the reference.
        """
        text = reference.reference if reference else None
        if not text:
            return None, "no subject"
        if text.startswith("#"):
            return None, _CONTAINED
        found = self._named(text, by, pseudonym)
        if found is None:
            return None, f"subject {_NOWHERE}"
        if found.kind != "Patient":
            return None, NOT_A_PATIENT
        return (pseudonym.patient(found.id, found.source), "") if found.id else (None, "no id")

    def visit(self, reference: fhir.Reference | None, by: Entry, pseudonym: Pseudonym, lost: list[str]) -> str | None:
        """Returns the pseudonym of the encounter to which `reference` refers; None if it refers to none.

        `by` is the entry that contains the reference.
        """
        text = reference.reference if reference else None
        if not text:
            return None
        found = self._named(text, by, pseudonym)
        if found is None or not found.id:
            lost.append(f"encounter {_NOWHERE}")
            return None
        return pseudonym.visit(found.id, found.source) if found.kind == "Encounter" else None

    def medicine(self, resource: _Used, by: Entry, pseudonym: Pseudonym) -> Fact:
        """Returns the code and the identifier of the Medication or Device to which `resource` refers.

        If it is not contained in `resource`, the result has the id of its Medicine instead.
        """
        reference, kind = _used(resource)
        text, what = reference.reference if reference else None, kind.lower()
        if not text:
            return Fact(None)
        if text.startswith("#"):
            parts = [part for part in resource.contained if part.id == text[1:]]
            if any(part.modifierExtension for part in parts):
                return Fact(None, missing=MODIFIED)
            code = next(filter(None, (_concept(part.type if kind == "Device" else part.code) for part in parts)), None)
            fact = Fact(code, missing=f"{what} is not among the contained resources")
            return identified(fact, *(text for part in parts for text in identifiers(part)))
        found = self._named(text, by, pseudonym)
        if found is None:
            return Fact(None, missing=f"{what} {_NOWHERE}")
        if found.kind != kind or not found.id:
            return Fact(None, missing=f"{what} does not refer to a {kind}")
        return Fact(None, medicine=medicine(pseudonym.record(found.kind, found.id, found.source)))


def specialties(
    references: Sequence[fhir.Reference | None], contained: list[fhir.Contained]
) -> list[fhir.CodeableConcept]:
    """Returns the specialties of performers. `references` refers to the performers.

    Only performers that are PractitionerRoles in `contained`, the resources within the same resource, are used.
    """
    names = {one.reference[1:] for one in references if one and one.reference and one.reference[0] == "#"}
    roles = [part for part in contained if part.resourceType == "PractitionerRole" and part.id in names]
    listed = [
        one
        for part in roles
        if not part.modifierExtension and isinstance(part.specialty, list)
        for one in part.specialty
    ]
    return [*filter(None, map(_concept, listed))]


def _used(resource: _Used) -> tuple[fhir.Reference | None, str]:
    if isinstance(resource, fhir.DeviceUseStatement):
        return resource.device, "Device"
    return resource.medicationReference, "Medication"


def _concept(given: Any) -> fhir.CodeableConcept | None:
    return converted(given, fhir.CodeableConcept)


def _source(base: str | None, by: Entry, pseudonym: Pseudonym) -> str:
    """Returns the source of a resource. `by` is the entry that refers to the resource, and `base` is the server in
    the reference.

    If the server of the entry is unknown, the resource has the same source as the entry.
    """
    known = by.base or pseudonym.identity.server
    return base if base and known and base != known else pseudonym.source(by.base)

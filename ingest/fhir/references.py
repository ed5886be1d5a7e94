"""ingest: where the references of a FHIR resource lead (https://hl7.org/fhir/R4/bundle.html#references)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from graph.snapshot import medicine
from ingest.fhir import resources as fhir
from ingest.fhir.statements import Fact
from ingest.fhir.states import MODIFIED
from ingest.pseudonym import Pseudonym
from ontologies.remembered import remembered

_RESTFUL = re.compile(r"(?:(https?://[^?#]+)/)?([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
_HISTORY = re.compile(r"/_history/[^/?#]+$")
URN = "urn:uuid:"
NOT_A_PATIENT = "subject is not a patient"
_CONTAINED = "subject is a contained resource, which has no identity of its own"
_NOWHERE = "is not among the resources of this file"


class Literal(NamedTuple):
    """A reference: the base of the server, None where it is relative, the resource type and the logical id."""

    base: str | None
    kind: str
    id: str


@remembered(1024)
def literal(text: str) -> Literal | None:
    """None where the text is no reference to a resource on a server."""
    match = _RESTFUL.fullmatch(text)
    return Literal(_server(match[1]) if match[1] else None, match[2], match[3]) if match else None


def _server(base: str) -> str:
    """Scheme and host in lower case, without a slash at the end."""
    scheme, _, rest = base.rstrip("/").partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.lower()}{slash}{path}"


class Entry(NamedTuple):
    """A resource. `place` is where it stands, empty where it is the whole document.

    `base` is the server that it is from, where its address `url` says so; `said` is the id that it gives itself.
    `resource` is why it is refused where its type has another shape.
    """

    place: str
    url: str | None
    base: str | None
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
        return self.url.removeprefix(URN) if self.url.startswith(URN) else None


class Named(NamedTuple):
    """What a reference leads to, whether or not it was read: the resource type, the logical id and its source."""

    kind: str
    id: str | None
    source: str


def _spelled(url: str) -> str:
    """An address in one spelling: letters of a UUID may be of either case (RFC 9562)."""
    return url.lower() if url[: len(URN)].lower() == URN else url


class References:
    """Where the references within one document lead: by address, or by type and id on the same server."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._found: dict[str | tuple[str | None, str], Entry] = {}
        for one in entries:
            if one.url:
                self._found[_spelled(one.url)] = one
            if one.id:
                self._found.setdefault((one.base, f"{one.kind}/{one.id}"), one)

    def _entry(self, reference: str, by: Entry) -> Entry | None:
        """What an entry refers to, whichever version of it the reference names; last, an entry of no known server."""
        name = _spelled(_HISTORY.sub("", reference))
        return self._found.get(name) or self._found.get((by.base, name)) or self._found.get((None, name))

    def _named(self, reference: str, by: Entry, pseudonym: Pseudonym) -> Named | None:
        """None where the reference leads to no entry and is no address of a resource."""
        if known := self._entry(reference, by):
            return Named(known.kind, known.id, pseudonym.source(known.base))
        found = literal(reference)
        return Named(found.kind, found.id, _source(found.base, by, pseudonym)) if found else None

    def patient(self, reference: fhir.Reference | None, by: Entry, pseudonym: Pseudonym) -> tuple[str | None, str]:
        """The pseudonym of a patient that an entry refers to, or None and the reason."""
        said = reference.reference if reference else None
        if not said:
            return None, "no subject"
        if said.startswith("#"):
            return None, _CONTAINED
        found = self._named(said, by, pseudonym)
        if found is None:
            return None, f"subject {_NOWHERE}"
        if found.kind != "Patient":
            return None, NOT_A_PATIENT
        return (pseudonym.patient(found.id, found.source), "") if found.id else (None, "no id")

    def medicine(
        self, resource: fhir.MedicationRequest | fhir.MedicationStatement, by: Entry, pseudonym: Pseudonym
    ) -> Fact:
        """The code of the Medication referred to where it is contained, else what stands for that resource."""
        said = resource.medicationReference.reference if resource.medicationReference else None
        if not said:
            return Fact(None)
        if said.startswith("#"):
            parts = [part for part in resource.contained if part.id == said[1:]]
            if any(part.modifierExtension for part in parts):
                return Fact(None, missing=MODIFIED)
            held = (part.code for part in parts)
            code = next((code for code in held if isinstance(code, fhir.CodeableConcept)), None)
            return Fact(code, missing="medication is not among the contained resources")
        found = self._named(said, by, pseudonym)
        if found is None:
            return Fact(None, missing=f"medication {_NOWHERE}")
        if found.kind != "Medication" or not found.id:
            return Fact(None, missing="medication refers to no Medication")
        return Fact(None, medicine=medicine(pseudonym.record(found.kind, found.id, found.source)))


def _source(base: str | None, by: Entry, pseudonym: Pseudonym) -> str:
    """The source of a resource that an entry refers to by an address of this base.

    Where nothing says which server the entry itself is from, every address is one of the same source.
    """
    known = by.base or pseudonym.identity.server
    return base if base and known and base != known else pseudonym.source(by.base)

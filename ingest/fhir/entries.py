"""ingest: reads the resources of one FHIR document in turn, each with what the others of it are referred to by.

References are resolved within the document only (https://hl7.org/fhir/R4/bundle.html#references).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

import msgspec

from ingest.dates import instant
from ingest.documents import BAD_INPUT, reason
from ingest.fhir import events
from ingest.fhir import resources as fhir
from ingest.fhir.statements import statement
from ingest.pseudonym import Pseudonym
from ingest.records import DELETION, Item, NotRead, Refused, SamePerson, Seen, Unmapped, Version
from ingest.records import Patient as PatientRecord
from ontologies.remembered import remembered

_RESTFUL = re.compile(r"(?:(https?://[^?#]+)/)?([A-Z][A-Za-z]+)/([^/?#]+)(?:/_history/[^/?#]+)?")
_HISTORY = re.compile(r"/_history/[^/?#]+$")
_URN = "urn:uuid:"
HISTORY = "a history holds several versions of a resource: export the current ones"
_NOT_A_PATIENT = "subject is not a patient"
_LINKS = ("replaced-by", "replaces", "refer", "seealso")
_OTHER_SERVER = "its fullUrl is of another server than the first of this document: ingest it without --source"
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder(fhir.ANY)
_HEAD = msgspec.json.Decoder(fhir.Head)


class Request(msgspec.Struct):
    """What a transaction, or a file of what was deleted, asks for (https://hl7.org/fhir/R4/http.html#transaction)."""

    method: str | None = None
    url: str | None = None


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
        return self.url.removeprefix(_URN) if self.url.startswith(_URN) else None


def entry(place: str, url: str | None, resource: fhir.Resource | fhir.Other) -> Entry:
    return Entry(place, url, _base(url), type(resource).__name__, resource.id, resource)


class Deletion(NamedTuple):
    """A resource that was deleted, and when, as far as the document says so."""

    place: str
    found: Literal
    when: str | None


def deletion(place: str, request: Request | None, when: str | None) -> Deletion | Refused | None:
    """None where the request asks for nothing to be deleted."""
    if request is None or request.method != "DELETE":
        return None
    found = literal(request.url or "")
    return Deletion(place, found, when) if found else Refused(place, "a deletion that names no single resource")


def _base(url: str | None) -> str | None:
    found = literal(url) if url and not url.startswith(_URN) else None
    return found.base if found else None


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
        return Entry(place, url, _base(url), kind, head.id, reason(error))


def _decode(raw: msgspec.Raw | dict[str, Any], decoder: msgspec.json.Decoder[Any]) -> Any:
    return msgspec.convert(raw, decoder.type, strict=False) if isinstance(raw, dict) else decoder.decode(raw)


class References:
    """Where the references within one document lead: by address, or by type and id on the same server."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._found: dict[str | tuple[str | None, str], Entry] = {}
        for one in entries:
            if one.url:
                self._found[one.url] = one
            if one.id:
                self._found.setdefault((one.base, f"{one.kind}/{one.id}"), one)

    def entry(self, reference: str, by: Entry) -> Entry | None:
        """What an entry refers to, whichever version of it the reference names; last, an entry of no known server."""
        name = _HISTORY.sub("", reference)
        return self._found.get(name) or self._found.get((by.base, name)) or self._found.get((None, name))

    def patient(self, reference: fhir.Reference | None, by: Entry, pseudonym: Pseudonym) -> tuple[str | None, str]:
        """The pseudonym of a patient that an entry refers to, or None and the reason."""
        said = reference.reference if reference else None
        if not said:
            return None, "no subject"
        if said.startswith("#"):
            return None, "subject is a contained resource, which has no identity of its own"
        if known := self.entry(said, by):
            if known.kind != "Patient":
                return None, _NOT_A_PATIENT
            return (pseudonym.patient(known.id, pseudonym.source(known.base)), "") if known.id else (None, "no id")
        found = literal(said)
        if found is None:
            return None, "subject is not among the resources of this file"
        if found.kind != "Patient":
            return None, _NOT_A_PATIENT
        return pseudonym.patient(found.id, _source(found.base, by, pseudonym)), ""

    def medicine(
        self, resource: fhir.MedicationRequest | fhir.MedicationStatement, by: Entry
    ) -> fhir.CodeableConcept | None:
        """The code of the Medication referred to, contained or an entry of the document; None where there is none."""
        said = (resource.medicationReference and resource.medicationReference.reference) or ""
        if said.startswith("#"):
            held = (part.code for part in resource.contained if part.id == said[1:])
            return next((code for code in held if isinstance(code, fhir.CodeableConcept)), None)
        found = self.entry(said, by)
        # One of another shape is refused at its own entry.
        return found.resource.code if found and isinstance(found.resource, fhir.Medication) else None


def _source(base: str | None, by: Entry, pseudonym: Pseudonym) -> str:
    """The source of a resource that an entry refers to by an address of this base.

    Where nothing says which server the entry itself is from, every address is one of the same source.
    """
    known = by.base or pseudonym.identity.server
    return base if base and known and base != known else pseudonym.source(by.base)


_NONE = References(())
_SEEN = {kind: Seen(kind) for kind in fhir.STRUCTS}
Found = Entry | Deletion | Refused


def read(found: list[Found], pseudonym: Pseudonym) -> Iterable[Item]:
    """The items of the resources of one document, in its order; each resource that was read ends with Seen."""
    if len(found) == 1:
        return _items(found[0], _NONE, pseudonym)
    entries = [one for one in found if isinstance(one, Entry)]
    references = References(entries)
    if pseudonym.identity.source:
        found = _of_one_server(found)
    return (item for one in found for item in _items(one, references, pseudonym))


def _of_one_server(found: list[Found]) -> list[Found]:
    """One name cannot stand for two servers, each with ids of its own."""
    bases = (one.base for one in found if isinstance(one, Entry) and one.base)
    first = next(bases, None)
    return [
        Refused(one.position, _OTHER_SERVER) if isinstance(one, Entry) and one.base not in (None, first) else one
        for one in found
    ]


def _items(one: Found, references: References, pseudonym: Pseudonym) -> list[Item]:
    if isinstance(one, Refused):
        return [one]
    if isinstance(one, Deletion):
        return _deleted(one, pseudonym)
    kind, id, resource = one.kind, one.id, one.resource
    if isinstance(resource, fhir.Other):
        return [NotRead(kind, one.position)]
    if isinstance(resource, str):
        return [Refused(one.position, resource)]
    if not id:
        return [Refused(one.position, "no id")]
    if isinstance(resource, fhir.Patient):
        return _patient(one, id, resource, references, pseudonym)
    if isinstance(resource, fhir.Medication):
        return [_SEEN[kind]]
    stated = statement(resource, partial(references.medicine, by=one))
    who, why = references.patient(stated.who, one, pseudonym)
    if who is None and why != _NOT_A_PATIENT:
        return [Refused(one.position, why)]
    version = _version(one, id, who, resource, pseudonym)
    if who is None:
        return [version, Unmapped(why, one.position), _SEEN[kind]]
    made, lost = events.events(stated, who, version.record)
    lost += _undated(resource)
    if lost:
        return [version, *made, *(Unmapped(reason, one.position) for reason in lost), _SEEN[kind]]
    return [version, *made, _SEEN[kind]]


def _undated(resource: fhir.Resource) -> list[str]:
    said = resource.meta and resource.meta.lastUpdated
    return ["meta.lastUpdated: no instant with a zone"] if said and not instant(said) else []


def _version(one: Entry, id: str, owner: str | None, resource: fhir.Resource, pseudonym: Pseudonym) -> Version:
    source = pseudonym.source(one.base)
    meta = resource.meta or fhir.Meta()
    number = meta.versionId or ""
    return Version(
        pseudonym.record(one.kind, id, source),
        one.kind,
        pseudonym.named(source),
        owner,
        instant(meta.lastUpdated),
        int(number) if number.isascii() and number.isdigit() and len(number) < 18 else None,
    )


def _patient(one: Entry, id: str, resource: fhir.Patient, references: References, pseudonym: Pseudonym) -> list[Item]:
    """A patient, and whoever is the same person."""
    own = pseudonym.patient(id, pseudonym.source(one.base))
    known, lost = events.patient(resource, own)
    made: list[Item] = [_version(one, id, own, resource, pseudonym), known]
    made += [Unmapped(reason, one.position) for reason in (*lost, *_undated(resource))]
    for link in resource.link:
        other, why = references.patient(link.other, one, pseudonym)
        if other and other != own:
            made.append(SamePerson(own, other, link.type if link.type in _LINKS else "seealso"))
        elif not other:
            made.append(Unmapped(f"link to another patient: {why}", one.position))
    for said in resource.identifier:
        if person := pseudonym.person(said.system or "", said.value or ""):
            made.append(SamePerson(own, person, "identifier"))
    return [*made, _SEEN["Patient"]]


def _deleted(one: Deletion, pseudonym: Pseudonym) -> list[Item]:
    """A tombstone; of a patient there is left that there was one."""
    (base, kind, id) = one.found
    source = pseudonym.source(base)
    if kind not in fhir.STRUCTS:
        return [NotRead(kind, one.place)]
    owner = pseudonym.patient(id, source) if kind == "Patient" else None
    when = instant(one.when) or instant(datetime.now(UTC).isoformat())
    version = Version(pseudonym.record(kind, id, source), kind, pseudonym.named(source), owner, None, None, when)
    return [version, Seen(DELETION)] if owner is None else [version, PatientRecord(owner, *[None] * 3), Seen(DELETION)]

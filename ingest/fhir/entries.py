"""ingest: reads the resources of a FHIR document, and resolves references between them."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any, NamedTuple

import msgspec

from graph.snapshot import medicine
from ingest.dates import instant
from ingest.documents import BAD_INPUT, reason
from ingest.fhir import consents, events
from ingest.fhir import resources as fhir
from ingest.fhir.facts import Statement
from ingest.fhir.identifiers import identifier
from ingest.fhir.references import NOT_A_PATIENT, URN, Entry, Literal, References, literal, specialties
from ingest.fhir.statements import statement
from ingest.fhir.states import MODIFIED, denied
from ingest.personal import may_number_person
from ingest.pseudonym import Pseudonym
from ingest.records import DELETION, Item, Medicine, NotRead, Objection, Refused, SamePerson, Seen, Unmapped, Version
from ingest.versions import deleted, now

HISTORY = "a history contains several versions of a resource: export the current versions"
_LINKS = ("replaced-by", "replaces", "refer", "seealso")
_OTHER_SERVER = "fullUrl has another server than the first fullUrl in this document: ingest the file without --source"
_ANY: msgspec.json.Decoder[Any] = msgspec.json.Decoder(fhir.ANY)
_HEAD = msgspec.json.Decoder(fhir.Head)


class Request(msgspec.Struct):
    """The request of an entry in a transaction or a list of deletions (https://hl7.org/fhir/R4/http.html#transaction)."""

    method: str | None = None
    url: str | None = None


def entry(place: str, url: str | None, resource: fhir.Resource | fhir.Other) -> Entry:
    return Entry(place, url, _base(url), type(resource).__name__, resource.id, resource)


class Deletion(NamedTuple):
    """A resource that was deleted. `when` is the time of the deletion, if the document states the time."""

    place: str
    found: Literal
    when: str | None


def deletion(place: str, request: Request | None, when: str | None) -> Deletion | Refused | None:
    """Returns the Deletion if `request` deletes a resource; Refused if it does not name one; otherwise None."""
    if request is None or request.method != "DELETE":
        return None
    found = literal(request.url or "")
    return Deletion(place, found, when) if found else Refused(place, "the deletion does not name a single resource")


def _base(url: str | None) -> str | None:
    found = literal(url) if url and not url.startswith(URN) else None
    return found.base if found else None


def undecoded(place: str, url: str | None, raw: msgspec.Raw | dict[str, Any]) -> Entry | Refused:
    """Decodes the resource `raw`. Refused if its resource type is missing or is not a type of FHIR R4."""
    try:
        head: fhir.Head = _decode(raw, _HEAD)
    except BAD_INPUT as error:
        return Refused(place or "document", reason(error))
    kind = head.resourceType
    if kind not in fhir.STRUCTS and kind not in fhir.OTHERS:
        return Refused(place or "document", "resourceType is not a resource type of FHIR R4")
    try:
        return entry(place, url, _decode(raw, _ANY))
    except BAD_INPUT as error:
        return Entry(place, url, _base(url), kind, head.id, reason(error))


def _decode(raw: msgspec.Raw | dict[str, Any], decoder: msgspec.json.Decoder[Any]) -> Any:
    return msgspec.convert(raw, decoder.type, strict=False) if isinstance(raw, dict) else decoder.decode(raw)


_NONE = References(())
_SEEN = {kind: Seen(kind) for kind in fhir.STRUCTS}
Found = Entry | Deletion | Refused


def read(found: list[Found], pseudonym: Pseudonym) -> Iterable[Item]:
    """Returns the items of the resources in a document, in the order of the document.

    The items of a resource end with Seen, unless the resource is refused or not supported.
    """
    if len(found) == 1:
        return _items(found[0], _NONE, pseudonym)
    found = _with_server(found)
    references = References(one for one in found if isinstance(one, Entry))
    if pseudonym.identity.source:
        found = _of_one_server(found)
    return (item for one in found for item in _items(one, references, pseudonym))


def _with_server(found: list[Found]) -> list[Found]:
    """If all entries with an address (`fullUrl`) have the same server, sets it for the entries without an address."""
    bases = {one.base for one in found if isinstance(one, Entry) and one.base}
    if len(bases) != 1:
        return found
    (base,) = bases
    return [one._replace(base=base) if isinstance(one, Entry) and not one.url else one for one in found]


def _of_one_server(found: list[Found]) -> list[Found]:
    """Refuses the entries whose server is not that of the first entry with a server.

    With --source, two resources with the same id would have the same pseudonym, even on different servers.
    """
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
    if resource.modifierExtension or resource.implicitRules:
        return [Refused(one.position, MODIFIED)]
    if not id:
        return [Refused(one.position, "no id")]
    if isinstance(resource, fhir.Patient):
        return _patient(one, id, resource, references, pseudonym)
    if isinstance(resource, fhir.Medication):
        return _medicine(one, id, resource, pseudonym)
    if isinstance(resource, fhir.Consent):
        return _consent(one, id, resource, references, pseudonym)
    if isinstance(resource, fhir.Device) and resource.patient is None:
        lost: list[str] = []
        version, codes = _version(one, id, None, resource, pseudonym), _device(one, id, resource, pseudonym, lost)
        return [version, codes, *_unmapped(one, [*lost, *_undated(resource)]), _SEEN[kind]]
    stated = statement(resource, partial(references.medicine, by=one, pseudonym=pseudonym))
    who, why = references.patient(stated.who, one, pseudonym)
    if who is None and why != NOT_A_PATIENT:
        return [Refused(one.position, why)]
    version = _version(one, id, who, resource, pseudonym)
    if who is None:
        return [version, Unmapped(why, one.position), _SEEN[kind]]
    missing: list[str] = []
    place = _place(one, resource, stated, version.record, references, pseudonym, missing)
    stating, lost = events.events(stated, who, version.record, pseudonym, place)
    lost += [*missing, *_undated(resource)]
    # The event of the device has the same identifier, so the reason is already in `lost`.
    own = [_device(one, id, resource, pseudonym, [])] if isinstance(resource, fhir.Device) else ()
    return [version, *stating, *own, *_unmapped(one, lost), _SEEN[kind]]


def _unmapped(one: Entry, lost: Iterable[str]) -> list[Item]:
    return [Unmapped(reason, one.position) for reason in lost]


def _place(
    one: Entry,
    resource: fhir.Resource,
    stated: Statement,
    record: str,
    references: References,
    pseudonym: Pseudonym,
    lost: list[str],
) -> dict[str, str]:
    """Returns the values of the columns `visit` and `specialty` for the events of a resource.

    The specialty is that of the performer.
    """
    visit = record if one.kind == "Encounter" else references.visit(stated.visit, one, pseudonym, lost)
    place = {"visit": visit} if visit else {}
    if resource.contained and (found := specialties(stated.by, resource.contained)):
        concepts, _ = events.codes(found[0], pseudonym)
        place |= {"specialty": concepts[0][0]} if concepts else {}
    return place


def _device(one: Entry, id: str, resource: fhir.Device, pseudonym: Pseudonym, lost: list[str]) -> Medicine:
    """Returns the Medicine with the codes and the identifier of a Device, for resources that refer to the Device."""
    record = pseudonym.record(one.kind, id, pseudonym.source(one.base))
    happened = resource.type and not denied((resource.status,))
    concepts = events.codes(resource.type, pseudonym)[0] if resource.type and happened else []
    return _standing(record, concepts, resource, lost)


def _consent(one: Entry, id: str, resource: fhir.Consent, references: References, pseudonym: Pseudonym) -> list[Item]:
    """The items of a Consent: an Objection if the Consent is about research, otherwise NotRead."""
    if not consents.is_research(resource):
        return [NotRead(one.kind, one.position)]
    who, why = references.patient(resource.patient, one, pseudonym)
    if who is None:
        return [Refused(one.position, why)]
    version, lost = _version(one, id, None, resource, pseudonym), _undated(resource)
    objects, span = consents.denies(resource, lost), consents.period(resource, lost)
    made: list[Item] = [Objection(who, version.record, objects, *span, version.updated)]
    return [*made, *_unmapped(one, lost), _SEEN[one.kind]]


def _undated(resource: fhir.Resource) -> list[str]:
    text = resource.meta and resource.meta.lastUpdated
    return ["meta.lastUpdated: not an instant with a time zone"] if text and not instant(text) else []


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
        int(number) if _is_version(number) else None,
    )


def _is_version(text: str) -> bool:
    """True if `text`, the `versionId` of a resource, is an integer.

    False for a number that may identify a person: real version numbers are never that high.
    """
    return text.isascii() and text.isdigit() and len(text) < 18 and not (len(text) > 8 and may_number_person(text))


def _medicine(one: Entry, id: str, resource: fhir.Medication, pseudonym: Pseudonym) -> list[Item]:
    """Returns the items of a Medication: its version, its codes, and the reasons for values that are left out."""
    version = _version(one, id, None, resource, pseudonym)
    codes, lost = events.codes(resource.code, pseudonym) if resource.code else ([], ["no code"])
    if why := denied((resource.status,)):
        codes, lost = [], [why]
    made = _standing(version.record, codes, resource, lost)
    return [version, made, *_unmapped(one, [*lost, *_undated(resource)]), _SEEN["Medication"]]


def _standing(
    record: str, codes: list[tuple[str, str | None]], resource: fhir.Medication | fhir.Device, lost: list[str]
) -> Medicine:
    """Returns the Medicine with the codes of a Medication or Device. Events that refer to the resource refer to it."""
    return Medicine(medicine(record), tuple(code for code, _ in codes), identifier(resource, lost) if codes else None)


def _patient(one: Entry, id: str, resource: fhir.Patient, references: References, pseudonym: Pseudonym) -> list[Item]:
    """Returns the items of a Patient, including the death, and links to other patients that are the same person."""
    own = pseudonym.patient(id, pseudonym.source(one.base))
    version = _version(one, id, own, resource, pseudonym)
    known, death, lost = events.patient(resource, own, version.record)
    made: list[Item] = [version, known, death]
    made += _unmapped(one, [*lost, *_undated(resource)])
    for link in resource.link:
        other, why = (None, MODIFIED) if link.modifierExtension else references.patient(link.other, one, pseudonym)
        if other and other != own:
            made.append(SamePerson(own, other, link.type if link.type in _LINKS else "seealso"))
        elif not other:
            made.append(Unmapped(f"link to another patient: {why}", one.position))
    for given in resource.identifier:
        if person := pseudonym.person(given.system or "", given.value or ""):
            made.append(SamePerson(own, person, "identifier"))
    return [*made, _SEEN["Patient"]]


def _deleted(one: Deletion, pseudonym: Pseudonym) -> list[Item]:
    """Returns the items that record the deletion of a FHIR resource."""
    (base, kind, id) = one.found
    source = pseudonym.source(base)
    if kind not in fhir.STRUCTS:
        # The type comes from an address, so it may be any word.
        return [NotRead(kind if kind in fhir.OTHERS else "not a resource type of R4", one.place)]
    if kind == "Consent":
        when = instant(one.when) or now()
        return [Objection("", pseudonym.record(kind, id, source), False, None, None, when), Seen(DELETION)]
    owner = pseudonym.patient(id, source) if kind == "Patient" else None
    version = Version(pseudonym.record(kind, id, source), kind, pseudonym.named(source), owner, None, None)
    return deleted(version, instant(one.when))

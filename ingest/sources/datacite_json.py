"""ingest: reads DataCite JSON: one record, a list of records, or a response of the REST API.

https://support.datacite.org/docs/api. Keys may be in camel case, or have hyphens or underscores.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from ingest.datacite import Relation, Subject, Words, Work, items
from ingest.documents import BAD_INPUT, document, elements, reason
from ingest.people import Contributor, Employer
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused
from ingest.source import Source

_OURS = re.compile(
    rb"\"schema[-_]?[vV]ersion\"\s*:\s*\"https?://datacite\.org/schema/kernel-|\"type\"\s*:\s*\"dois\"", re.DOTALL
)
_JOINED = re.compile(r"[-_]([a-z])")


class _Types(Struct):
    resourceTypeGeneral: str | None = None
    resourceType: str | None = None


class _Title(Struct):
    title: str | None = None
    titleType: str | None = None
    lang: str | None = None


class _Description(Struct):
    description: str | None = None
    descriptionType: str | None = None
    lang: str | None = None


class _Subject(Struct):
    subject: str | None = None
    subjectScheme: str | None = None
    valueUri: str | None = None
    classificationCode: str | None = None


class _Date(Struct):
    date: str | None = None
    dateType: str | None = None


class _Rights(Struct):
    rightsUri: str | None = None


class _Container(Struct):
    title: str | None = None


class _Related(Struct):
    relatedIdentifier: str | None = None
    relatedIdentifierType: str | None = None
    relationType: str | None = None
    resourceTypeGeneral: str | None = None


class _Alternate(Struct):
    identifier: str | None = None
    identifierType: str | None = None
    alternateIdentifier: str | None = None
    alternateIdentifierType: str | None = None


class _Record(Struct):
    id: str | None = None
    doi: str | None = None
    types: _Types = msgspec.field(default_factory=_Types)
    titles: list[_Title] = []
    descriptions: list[_Description] = []
    subjects: list[_Subject] = []
    dates: list[_Date] = []
    publicationYear: str | int | None = None
    language: str | None = None
    version: str | None = None
    url: str | None = None
    rightsList: list[_Rights] = []
    container: _Container | None = None
    relatedIdentifiers: list[_Related] = []
    creators: list[Any] = []
    identifiers: list[_Alternate] = []
    alternateIdentifiers: list[_Alternate] = []
    state: str | None = None
    isActive: bool | None = None
    updated: str | None = None


def recognise(head: bytes, name: str) -> bool:
    """True for JSON with DataCite's schema or the type of the API's records, except JSON-LD."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text[:1] in (b"{", b"[") and b'"@context"' not in head and _OURS.search(text) is not None


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each DataCite record in the file.

    The document is in memory; one record is decoded at a time. The file contains no patients.
    """
    number = 0
    for part in elements(path, document(path)):
        try:
            found = list(_records(part))
        except BAD_INPUT as error:
            yield Refused("document", reason(error))
            continue
        for raw in found:
            number += 1
            yield from _items(f"record {number}", raw)


class _Envelope(Struct):
    data: msgspec.Raw = msgspec.Raw()


class _Data(Struct):
    attributes: msgspec.Raw = msgspec.Raw()


def _records(part: msgspec.Raw) -> Iterator[msgspec.Raw]:
    """Yields the undecoded records in `part`, a response of the REST API. Any other `part` is itself a record."""
    data = msgspec.json.decode(part, type=_Envelope).data
    if not bytes(data):
        yield part
        return
    listed = bytes(data)[:1] == b"["
    for one in msgspec.json.decode(data, type=list[msgspec.Raw]) if listed else [data]:
        attributes = msgspec.json.decode(one, type=_Data).attributes
        yield attributes if bytes(attributes) else one


def _items(position: str, raw: msgspec.Raw) -> Iterator[Item]:
    try:
        made = _work(msgspec.convert(_camel(msgspec.json.decode(raw)), _Record, strict=False))
    except BAD_INPUT as error:
        yield Refused(position, reason(error))
        return
    yield from items(position, made)


def _camel(value: Any, levels: int = 3) -> Any:
    """Converts the keys of objects in the JSON value `value` to camel case, and leaves out nulls, down to a depth of
    `levels`.
    """
    if isinstance(value, list):
        return [_camel(one, levels) for one in value] if levels else value
    if not isinstance(value, dict) or not levels:
        return value
    return {
        _JOINED.sub(lambda match: match[1].upper(), key): _camel(inner, levels - 1)
        for key, inner in value.items()
        if inner is not None
    }


def _work(found: _Record) -> Work:
    return Work(
        found.doi or found.id,
        found.types.resourceTypeGeneral,
        found.types.resourceType,
        [Words(one.title or "", one.titleType, one.lang) for one in found.titles],
        [Words(one.description or "", one.descriptionType, one.lang) for one in found.descriptions],
        [Subject(s.subject or "", s.subjectScheme, s.valueUri or s.classificationCode) for s in found.subjects],
        [(one.dateType or "", one.date or "") for one in found.dates],
        str(found.publicationYear or ""),
        found.language,
        found.version,
        found.url,
        next((one.rightsUri for one in found.rightsList if one.rightsUri), None),
        found.container.title if found.container else None,
        [
            Relation(one.relatedIdentifier or "", one.relatedIdentifierType, one.relationType, one.resourceTypeGeneral)
            for one in found.relatedIdentifiers
        ],
        len(found.creators),
        [*_authors(found.creators)],
        [
            (one.identifierType or one.alternateIdentifierType or "", one.identifier or one.alternateIdentifier or "")
            for one in (*found.identifiers, *found.alternateIdentifiers)
        ],
        found.state or ("registered" if found.isActive is False else "findable"),
        found.updated,
    )


def _authors(creators: list[Any]) -> Iterator[Contributor]:
    """Yields the creators with an ORCID. Creators in an unsupported form are ignored."""
    for one in _objects(creators):
        if orcid := next((text for text in map(_orcid, _objects(one.get("nameIdentifiers"))) if text), None):
            given, family = one.get("givenName"), one.get("familyName")
            name = f"{given} {family}" if given and family else str(one.get("name") or "")
            yield Contributor(name, orcid, tuple(map(_employer, _listed(one.get("affiliation")))))


def _orcid(identifier: dict[str, Any]) -> str | None:
    scheme, text = identifier.get("nameIdentifierScheme"), str(identifier.get("nameIdentifier") or "")
    return text if "orcid" in f"{scheme} {text}".lower() else None


def _employer(found: Any) -> Employer:
    """Returns the Employer for an affiliation of a creator, which DataCite writes as a name or as an object."""
    if not isinstance(found, dict):
        return Employer(found if isinstance(found, str) else "")
    scheme, text = found.get("affiliationIdentifierScheme"), str(found.get("affiliationIdentifier") or "")
    return Employer(str(found.get("name") or ""), text if "ror" in f"{scheme} {text}".lower() else None)


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in _listed(value) if isinstance(one, dict)]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


SOURCE = Source("datacite_json", "DataCite JSON", "https://support.datacite.org/docs/api", recognise, read, public=True)

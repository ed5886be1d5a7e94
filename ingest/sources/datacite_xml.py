"""ingest: reads DataCite XML of any kernel: one resource, or an OAI-PMH response (https://schema.datacite.org/)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from ingest.datacite import Relation, Subject, Words, Work, items
from ingest.people import Contributor, Employer
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused
from ingest.source import Source
from ingest.xml_records import first_element, records, text_at, words

_NAMESPACE = b"datacite.org/schema/kernel-"
_SKIPPED = ("contributors", "relatedItems", "fundingReferences", "geoLocations")


def recognise(head: bytes, name: str) -> bool:
    """True for XML in a DataCite namespace whose first element is a resource or an OAI-PMH response."""
    found = first_element(head)
    if found is None:
        return False
    return _NAMESPACE in (found[1] if found[0] == "resource" else head if found[0] == "OAI-PMH" else b"")


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each resource; one resource is in memory at a time. The file contains no patients."""
    found = records(path, ("resource", "header"), _SKIPPED)
    kept = (one for one in found if isinstance(one, Refused) or one.tag != "header" or one.get("status") == "deleted")
    for number, element in enumerate(kept, 1):
        if isinstance(element, Refused):
            yield element
        elif element.tag == "header":
            yield NotRead("deleted, without a type", f"resource {number}")
        else:
            yield from items(f"resource {number}", _work(element))


def _work(element: Element) -> Work:
    type, rights = element.find("resourceType"), element.find("rightsList/rights")
    return Work(
        text_at(element, "identifier"),
        type.get("resourceTypeGeneral") if type is not None else None,
        words(type),
        _texts(element, "titles/title", "titleType"),
        _texts(element, "descriptions/description", "descriptionType"),
        [_subject(e) for e in element.iterfind("subjects/subject")],
        [(e.get("dateType", ""), words(e)) for e in element.iterfind("dates/date")],
        text_at(element, "publicationYear"),
        text_at(element, "language"),
        text_at(element, "version"),
        None,
        rights.get("rightsURI") if rights is not None else None,
        None,
        [_relation(e) for e in element.iterfind("relatedIdentifiers/relatedIdentifier")],
        sum(1 for _ in element.iterfind("creators/creator")),
        [*_authors(element)],
        [
            (e.get("alternateIdentifierType", ""), words(e))
            for e in element.iterfind("alternateIdentifiers/alternateIdentifier")
        ],
    )


def _authors(element: Element) -> Iterator[Contributor]:
    """Yields the creators of a resource that have an ORCID."""
    for one in element.iterfind("creators/creator"):
        orcids = (words(e) for e in one.iterfind("nameIdentifier") if _scheme(e, "nameIdentifier", "ORCID"))
        if orcid := next(orcids, ""):
            given, family = text_at(one, "givenName"), text_at(one, "familyName")
            name = f"{given} {family}" if given and family else text_at(one, "creatorName")
            yield Contributor(name, orcid, tuple(map(_employer, one.iterfind("affiliation"))))


def _employer(element: Element) -> Employer:
    ror = _scheme(element, "affiliationIdentifier", "ROR")
    return Employer(words(element), element.get("affiliationIdentifier") if ror else None)


def _scheme(element: Element, name: str, scheme: str) -> bool:
    return element.get(f"{name}Scheme", "").upper() == scheme


def _texts(element: Element, path: str, kind: str) -> list[Words]:
    return [Words(words(found), found.get(kind), found.get("lang")) for found in element.iterfind(path)]


def _subject(element: Element) -> Subject:
    return Subject(
        words(element), element.get("subjectScheme"), element.get("valueURI") or element.get("classificationCode")
    )


def _relation(element: Element) -> Relation:
    kind, relation = element.get("relatedIdentifierType"), element.get("relationType")
    return Relation(words(element), kind, relation, element.get("resourceTypeGeneral"))


SOURCE = Source("datacite_xml", "DataCite XML", "https://schema.datacite.org/", recognise, read, public=True)

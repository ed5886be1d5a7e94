"""ingest: reads FHIR R4 XML: a Bundle or one resource (https://hl7.org/fhir/R4/xml.html)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.fhir import entries
from ingest.fhir.entries import HISTORY, Found, Request
from ingest.fhir.states import MODIFIED
from ingest.fhir.tree import parse
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused
from ingest.source import Source
from ontologies.files import open_binary

# The root element in FHIR's namespace, after the XML declaration, comments and processing instructions.
_ROOT = re.compile(rb"<(?![?!])[^>]*\sxmlns(?::\w+)?\s*=\s*[\"']http://hl7\.org/fhir[\"']")


def recognise(head: bytes, name: str) -> bool:
    """True for an XML document whose first element declares FHIR's namespace."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    first = re.search(rb"<(?![?!])", text)
    return text[:1] == b"<" and first is not None and _ROOT.match(text, first.start()) is not None


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of every resource in the document."""
    with open_binary(path) as file:
        root = parse(path, file)
    yield from entries.read(list(_entries(root)), pseudonym)


def _made(root: dict[str, Any]) -> Any:
    """Returns the time at which the Bundle `root` was made; None if it does not state this time."""
    return root.get("timestamp") or (root.get("meta") or {}).get("lastUpdated")


def _entries(root: dict[str, Any]) -> Iterator[Found]:
    if root.get("resourceType") != "Bundle":
        yield entries.undecoded("", None, root)
    elif root.get("type") == "history":
        yield Refused("Bundle", HISTORY)
    else:
        for number, one in enumerate(root.get("entry", ()), 1):
            place, url = f"entry {number}", one.get("fullUrl")
            if "modifierExtension" in one:
                yield Refused(place, MODIFIED)
            elif (deletion := entries.deletion(place, _request(one), _made(root))) and "resource" not in one:
                yield deletion
            elif not isinstance(resource := one.get("resource"), dict):
                yield Refused(place, "entry without a resource, or with more than one")
            elif isinstance(url, list):
                yield Refused(place, "entry with more than one fullUrl")
            else:
                yield entries.undecoded(place, url, resource)


def _request(one: dict[str, Any]) -> Request | None:
    request = one.get("request")
    return Request(request.get("method"), request.get("url")) if isinstance(request, dict) else None


SOURCE = Source("fhir_xml", "FHIR R4 XML", "https://hl7.org/fhir/R4/xml.html", recognise, read)

"""ingest: reads FHIR R4 JSON: a Bundle, one resource, or one resource per line as in a Bulk Data export.

JSON: https://hl7.org/fhir/R4/json.html; Bundle: https://hl7.org/fhir/R4/bundle.html;
Bulk Data NDJSON: https://hl7.org/fhir/uv/bulkdata/.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ingest.documents import BAD_INPUT, document, lines, not_json, reason
from ingest.fhir import entries
from ingest.fhir import resources as fhir
from ingest.fhir.entries import HISTORY, Found, Request
from ingest.fhir.states import MODIFIED
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Refused
from ingest.source import Source
from ontologies.files import head

T = TypeVar("T")
_EMPTY = "entry without a resource"


class _BundleEntry(msgspec.Struct):
    modifierExtension: list[msgspec.Raw] = []
    fullUrl: str | None = None
    resource: fhir.ANY | None = None
    request: Request | None = None


class _Bundle(msgspec.Struct, tag_field="resourceType", tag="Bundle"):
    type: str | None = None
    timestamp: str | None = None
    meta: fhir.Meta | None = None
    entry: list[_BundleEntry] = []


class _LooseBundle(msgspec.Struct):
    """A bundle whose entries are decoded one by one, because at least one entry is not valid."""

    type: str | None = None
    timestamp: str | None = None
    meta: fhir.Meta | None = None
    entry: list[msgspec.Raw] = []


class _LooseEntry(msgspec.Struct):
    modifierExtension: list[msgspec.Raw] = []
    fullUrl: str | None = None
    resource: msgspec.Raw = msgspec.Raw()
    request: Request | None = None


_DOCUMENT: msgspec.json.Decoder[Any] = msgspec.json.Decoder(_Bundle | fhir.ANY_BUT_BUNDLE)
_LOOSE = msgspec.json.Decoder(_LooseBundle)
_ENTRY = msgspec.json.Decoder(_LooseEntry)


def _made(bundle: _Bundle | _LooseBundle) -> str | None:
    """Returns the time at which a Bundle was made, or None.

    The resources that a Bundle of deletions lists count as deleted at this time.
    """
    return bundle.timestamp or (bundle.meta.lastUpdated if bundle.meta else None)


def recognise(head: bytes, name: str) -> bool:
    """True for a JSON object with a `resourceType` in the first 64 KiB that is not a DataCite record."""
    stated = b'"resourceType"' in head and b'"resourceTypeGeneral"' not in head
    return stated and head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of every resource in the file. A JSON document is in memory as a whole. NDJSON is read one line
    at a time.
    """
    if not _is_lines(path):
        data = document(path)
        try:
            found = _entries(data, "")
        except BAD_INPUT as error:
            raise not_json(path, error) from error
        yield from entries.read(found, pseudonym)
        return
    for number, line in lines(path):
        if line is None:
            yield Refused(f"line {number}", "line too long to be a resource")
        else:
            yield from _line(f"line {number}", line, pseudonym)


def _line(place: str, line: bytes, pseudonym: Pseudonym) -> Iterable[Item]:
    try:
        found = _entries(line, place)
    except BAD_INPUT as error:
        return [Refused(place, reason(error))]
    return entries.read(found, pseudonym)


def _is_lines(path: Path) -> bool:
    """True if the file name contains `.ndjson` or `.jsonl`, or if the first of several lines is a JSON value."""
    if ".ndjson" in path.name.lower() or ".jsonl" in path.name.lower():
        return True
    first, _, rest = head(path).removeprefix(b"\xef\xbb\xbf").lstrip().partition(b"\n")
    try:
        msgspec.json.decode(first, type=msgspec.Raw)
    except BAD_INPUT:
        return False
    return bool(rest.strip())


def _entries(data: bytes, place: str) -> list[Found]:
    """Decodes a JSON document: a Bundle, of which the entries are returned, or a single resource.

    `place` is the position of the document in the file. Raises an error in BAD_INPUT if `data` is not JSON.
    """
    try:
        document = _DOCUMENT.decode(data)
    except BAD_INPUT:
        return _loose(data, place)
    if not isinstance(document, _Bundle):
        return [entries.entry(place, None, document)]
    if document.type == "history":
        return [Refused(place or "Bundle", HISTORY)]
    return [_entry(spot, one, _made(document)) for spot, one in _numbered(place, document.entry)]


def _entry(place: str, one: _BundleEntry, when: str | None) -> Found:
    if one.modifierExtension:
        return Refused(place, MODIFIED)
    if one.resource:
        return entries.entry(place, one.fullUrl, one.resource)
    return entries.deletion(place, one.request, when) or Refused(place, _EMPTY)


def _loose(data: bytes, place: str) -> list[Found]:
    """Returns the entries of a Bundle, decoded one by one, so that an invalid entry does not affect the others."""
    one = entries.undecoded(place, None, msgspec.json.decode(data, type=msgspec.Raw))
    if isinstance(one, Refused) or one.kind != "Bundle":
        return [one]
    try:
        bundle = _LOOSE.decode(data)
    except BAD_INPUT as error:
        return [Refused(one.position, reason(error))]
    if bundle.type == "history":
        return [Refused(place or "Bundle", HISTORY)]
    return [_loose_entry(spot, raw, _made(bundle)) for spot, raw in _numbered(place, bundle.entry)]


def _loose_entry(place: str, raw: msgspec.Raw, when: str | None) -> Found:
    try:
        found = _ENTRY.decode(raw)
    except BAD_INPUT as error:
        return Refused(place, reason(error))
    if found.modifierExtension:
        return Refused(place, MODIFIED)
    if bytes(found.resource) in (b"", b"null"):
        return entries.deletion(place, found.request, when) or Refused(place, _EMPTY)
    return entries.undecoded(place, found.fullUrl, found.resource)


def _numbered(place: str, held: list[T]) -> Iterator[tuple[str, T]]:
    prefix = f"{place}, entry" if place else "entry"
    return ((f"{prefix} {number}", one) for number, one in enumerate(held, 1))


SOURCE = Source("fhir_json", "FHIR R4 JSON and NDJSON", "https://hl7.org/fhir/R4/json.html", recognise, read)

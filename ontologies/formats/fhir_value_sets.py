"""ontologies: reads value sets of FHIR R4 as JSON, https://hl7.org/fhir/R4/valueset.html, alone or in a Bundle.

`ontologies.fhir_compose` reads `compose`. The expansion is read only if there is no `compose`. If a part of a value set
cannot be read, the whole set is refused, because the rest would be another set. The name of a set is its canonical URL,
or its id if it has no URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ontologies.errors import BadStatement
from ontologies.fhir_compose import MODIFIED, Compose, composed, member
from ontologies.format import Format
from ontologies.model import Item, Member, NotRead, Part, Refused, ValueSet
from ontologies.value_set_files import check_number, checked_name, checked_version, part, short, whole

_TYPES = re.compile(rb'"resourceType"\s*:\s*"(ValueSet|Bundle|CodeSystem)"')
_NOT_WHOLE = "its expansion is only a part of the set; give the whole expansion, or a compose"


class _Contains(msgspec.Struct):
    system: str = ""
    code: str = ""
    abstract: bool = False
    contains: list[_Contains] = []


class _Expansion(msgspec.Struct):
    contains: list[_Contains] = []
    total: int | None = None
    offset: int = 0


class _Resource(msgspec.Struct):
    resourceType: str
    id: str = ""
    url: str = ""
    version: str = ""
    name: str = ""
    title: str = ""
    language: str = ""
    compose: Compose | None = None
    expansion: _Expansion | None = None
    modifierExtension: list[Any] = []


class _Type(msgspec.Struct):
    resourceType: str = ""


class _Entry(msgspec.Struct):
    resource: msgspec.Raw = msgspec.Raw(b"{}")


class _Bundle(msgspec.Struct):
    resourceType: str
    entry: list[_Entry] = []


def recognise(head: bytes, name: str) -> bool:
    """True for JSON with a value set, or for a bundle that begins with code systems, as in FHIR's specification."""
    types = set(_TYPES.findall(head)) if head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" else set()
    return b"ValueSet" in types or {b"Bundle", b"CodeSystem"} <= types


def read(path: Path) -> Iterator[Item]:
    """Yields every value set of the file. For any other resource of a bundle, yields NotRead."""
    bundle = whole(path, _Type).resourceType == "Bundle"
    if not bundle:
        yield from _read("$", msgspec.Raw(msgspec.json.encode(whole(path, dict[str, msgspec.Raw]))))
        return
    for number, entry in enumerate(whole(path, _Bundle).entry):
        yield from _read(f"$.entry[{number}].resource", entry.resource)


def _read(position: str, raw: msgspec.Raw) -> Iterator[Item]:
    try:
        kind = part(raw, _Type).resourceType
        if kind == "ValueSet":
            yield _set(position, part(raw, _Resource))
        else:
            yield NotRead(f"a bundle of value sets has a {kind[:40] or 'resource without a type'}", "value sets")
    except BadStatement as wrong:
        yield Refused(position, str(wrong))


def _set(position: str, given: _Resource) -> ValueSet:
    """Returns the value set of a resource. Raises BadStatement if a part of it cannot be read."""
    name, version = checked_name(given.url or given.id), checked_version(given.version)
    if given.modifierExtension:
        raise BadStatement(MODIFIED)
    parts = list[Part]()
    if given.compose:
        members, parts = composed(given.compose, name, version)
    elif given.expansion:
        members = _expanded(given.expansion)
    else:
        raise BadStatement("it has neither compose nor expansion; add one of them")
    check_number(len(members) + sum(map(_size, parts)))
    title = short(given.title or given.name)
    return ValueSet(position, name, version, title, given.language, True, tuple(members), tuple(parts))


def _size(part: Part) -> int:
    return 1 + sum(map(len, part.all_of)) + len(part.none_of) + len(part.child_of) + len(part.matches)


def _expanded(given: _Expansion) -> list[Member]:
    found, waiting, entries = list[Member](), [*reversed(given.contains)], 0
    while waiting:
        one = waiting.pop()
        entries += 1
        waiting += reversed(one.contains)
        if one.code and not one.abstract:
            found.append(member(one.system, one.code, exact=True))
    if given.offset or (given.total is not None and given.total > entries):
        raise BadStatement(_NOT_WHOLE)
    return found


FORMAT = Format("FHIR value sets (JSON)", "https://hl7.org/fhir/R4/valueset.html", recognise, read)

"""ontologies: reads value sets of FHIR R4 as JSON, https://hl7.org/fhir/R4/valueset.html, alone or in a Bundle.

The reader supports `compose` with lists of codes, the filters `is-a` and `descendent-of`, imported value sets, and
exclusions. It reads the expansion if there is no `compose`. If a part of a value set cannot be read, the whole set is
refused, because the rest would be another set. The name of a set is its canonical URL, or its id if it has no URL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ontologies.curies import curie_of
from ontologies.errors import BadStatement
from ontologies.format import Format
from ontologies.model import Item, Member, NotRead, Refused, ValueSet
from ontologies.value_set_files import VALUE_SET, check_number, checked_name, checked_version, part, short, whole

_TYPES = re.compile(rb'"resourceType"\s*:\s*"(ValueSet|Bundle|CodeSystem)"')
_ALL = (
    "it includes all codes of {}, so it is a code system and not a set of concepts; list the codes, or use the filter "
    "is-a with the top concept"
)
_BOTH = "it has an include with several value sets or filters, and intersections are not read; use one per include"
_NOT_WHOLE = "its expansion is only a part of the set; give the whole expansion, or a compose"


class _Code(msgspec.Struct):
    code: str


class _Filter(msgspec.Struct):
    property: str
    op: str
    value: str


class _Include(msgspec.Struct):
    system: str = ""
    concept: list[_Code] = []
    filter: list[_Filter] = []
    valueSet: list[str] = []


class _Compose(msgspec.Struct):
    include: list[_Include]
    exclude: list[_Include] = []


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
    compose: _Compose | None = None
    expansion: _Expansion | None = None


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
    """Every value set. Other resources of a bundle are not read."""
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
            yield from _sets(position, part(raw, _Resource))
        else:
            yield NotRead(f"a bundle of value sets has a {kind[:40] or 'resource without a type'}", "value sets")
    except BadStatement as wrong:
        yield Refused(position, str(wrong))


def _sets(position: str, given: _Resource) -> list[ValueSet]:
    """The value set, after its parts. Each filter `descendent-of` is a part with a name. Raises BadStatement."""
    name, version = checked_name(given.url or given.id), checked_version(given.version)
    parts: dict[str, Member] = {}
    if given.compose:
        members = [one for some in given.compose.include for one in _included(name, some, parts)]
        excluded = [one for some in given.compose.exclude for one in _included(name, some, parts)]
        members += [one._replace(excluded=True) for one in excluded]
    elif given.expansion:
        members = _expanded(given.expansion)
    else:
        raise BadStatement("it has neither compose nor expansion; add one of them")
    check_number(len(members))
    title = short(given.title or given.name)
    made = [
        ValueSet(
            position, part, version, title, given.language, True, (top, top._replace(exact=True, excluded=True)), name
        )
        for part, top in parts.items()
    ]
    return [*made, ValueSet(position, name, version, title, given.language, True, tuple(members))]


def _included(name: str, given: _Include, parts: dict[str, Member]) -> Iterator[Member]:
    """The members of one include.

    A filter `descendent-of` excludes the concept itself, so it becomes a value set of its own in `parts`.
    """
    narrowed = [bool(given.concept), bool(given.filter), bool(given.valueSet)]
    if sum(narrowed) > 1 or len(given.filter) > 1 or len(given.valueSet) > 1:
        raise BadStatement(_BOTH)
    if not any(narrowed) or (given.valueSet and given.system):
        raise BadStatement(_BOTH if given.valueSet else _ALL.format(given.system[:100] or "no system"))
    for url in given.valueSet:
        yield Member(_reference(url))
    for concept in given.concept:
        yield _member(given.system, concept.code, exact=True)
    for one in given.filter:
        if one.property != "concept" or one.op not in ("is-a", "descendent-of"):
            what = f"the filter {one.property[:40]} {one.op[:40]}"
            raise BadStatement(f"{what} is not read; use concept is-a, concept descendent-of, or a list of codes")
        top = _member(given.system, one.value)
        if one.op == "is-a":
            yield top
        else:
            key = f"{name}#{len(parts) + 1}"
            parts[key] = top
            yield Member(f"{VALUE_SET}{key}")


def _reference(url: str) -> str:
    url, _, version = url.partition("|")
    return f"{VALUE_SET}{checked_name(url)}" + (f"|{checked_version(version)}" if version else "")


def _member(system: str, code: str, exact: bool = False) -> Member:
    id_ = curie_of(system, code)
    if not id_ or any(map(str.isspace, code.strip())):
        raise BadStatement(f"a code of it has no system, is empty or has a space ({code[:60]!r}); correct it")
    return Member(id_, exact, system=system, code=code)


def _expanded(given: _Expansion) -> list[Member]:
    found, waiting, entries = list[Member](), [*reversed(given.contains)], 0
    while waiting:
        one = waiting.pop()
        entries += 1
        waiting += reversed(one.contains)
        if one.code and not one.abstract:
            found.append(_member(one.system, one.code, exact=True))
    if given.offset or (given.total is not None and given.total > entries):
        raise BadStatement(_NOT_WHOLE)
    return found


FORMAT = Format("FHIR value sets (JSON)", "https://hl7.org/fhir/R4/valueset.html", recognise, read)

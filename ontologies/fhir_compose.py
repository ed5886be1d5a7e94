"""ontologies: reads `compose` of a FHIR R4 value set (https://hl7.org/fhir/R4/valueset-definitions.html).

A value set has the concepts of all its includes, without the concepts of its excludes. An include has the concepts that
meet all conditions of the include: its code system, its listed codes, each of its filters and each of its value sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec

from ontologies.curies import curie_of, is_obo
from ontologies.errors import BadStatement
from ontologies.model import Member, Part
from ontologies.value_set_files import VALUE_SET, checked_name, checked_version

MODIFIED = "it has a modifierExtension, which may change the meaning and is not read; remove the modifierExtension"
_CANNOT = (
    "the filter `{} {}` cannot be answered from the graph; use `concept` with is-a, descendent-of, is-not-a, child-of, "
    "=, in or not-in, or use `code regex`, `parent =` or `inactive =`, or list the codes"
)
_REFERENCE_SET = "the filter `concept in` of SNOMED CT means a reference set, which is not read; list the codes"
_OBO_REGEX = "the filter `code regex` is not read for OBO ontologies, whose codes have a prefix in FHIR; list the codes"
_NOTHING = "it has neither a system nor a value set; add one of them"
_NO_SYSTEM = "it has codes or filters without a system; add the system"
_BOTH = "it has both codes and filters, which FHIR does not allow (vsd-3); divide it into two"
_ITSELF = "the value set is a part of itself; remove this reference"
_LONGEST_REGEX = 1000


class _Code(msgspec.Struct):
    code: str
    modifierExtension: list[Any] = []


class _Filter(msgspec.Struct):
    property: str
    op: str
    value: str
    modifierExtension: list[Any] = []


class _Include(msgspec.Struct):
    system: str = ""
    concept: list[_Code] = []
    filter: list[_Filter] = []
    valueSet: list[str] = []
    modifierExtension: list[Any] = []


class Compose(msgspec.Struct):
    include: list[_Include]
    exclude: list[_Include] = []
    inactive: bool = True
    modifierExtension: list[Any] = []


def composed(given: Compose, name: str, version: str) -> tuple[list[Member], list[Part]]:
    """Returns the members and the parts of the value set that `given` defines.

    `name` and `version` are those of this value set. Raises BadStatement if a part cannot be read, or refers to the
    value set itself.
    """
    _refuse_modified(given)
    if not given.include:
        raise BadStatement("compose.include: it is empty; add what the set includes")
    itself = {f"{VALUE_SET}{name}", f"{VALUE_SET}{name}|{version}"}
    members, parts = list[Member](), list[Part]()
    for kind, includes in (("include", given.include), ("exclude", given.exclude)):
        for n, one in enumerate(includes):
            with _at(f"compose.{kind}[{n}]"):
                part = _part(one, itself)._replace(excluded=kind == "exclude")
            if plain := _plain(part):
                members += (one._replace(excluded=part.excluded) for one in plain)
            else:
                parts.append(part)
    if not given.inactive:
        parts.append(Part(obsolete=True, excluded=True))
    return members, parts


def member(system: str, code: str, exact: bool = False) -> Member:
    """Returns the member for a code of a system. Raises BadStatement if the code or the system is not valid."""
    id_ = curie_of(system, code)
    if not id_ or any(map(str.isspace, code.strip())):
        raise BadStatement(f"a code has no system, is empty or has a space ({code[:60]!r}); correct the code")
    return Member(id_, exact, system=system, code=code)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Adds `place` to the message of a BadStatement that the block raises."""
    try:
        yield
    except BadStatement as wrong:
        raise BadStatement(f"{place}: {wrong}") from None


def _refuse_modified(given: Any) -> None:
    if given.modifierExtension:
        raise BadStatement(MODIFIED)


def _plain(part: Part) -> tuple[Member, ...]:
    """If a set of members is the only condition of the part, returns these members. Returns nothing for other parts."""
    first = part.all_of[:1]
    return first[0] if first and part == Part(all_of=first, excluded=part.excluded) else ()


def _part(given: _Include, itself: set[str]) -> Part:
    _refuse_modified(given)
    _refuse_incomplete(given)
    part = Part()
    if given.concept:
        for one in given.concept:
            _refuse_modified(one)
        part = Part(all_of=(tuple(member(given.system, one.code, exact=True) for one in given.concept),))
    for n, condition in enumerate(given.filter):
        with _at(f"filter[{n}]"):
            _refuse_modified(condition)
            part = _narrowed(part, condition, given.system)
    if given.system and (part.matches or not (part.all_of or part.child_of)):
        part = part._replace(system=given.system)
    for n, url in enumerate(given.valueSet):
        with _at(f"valueSet[{n}]"):
            part = part._replace(all_of=(*part.all_of, (_reference(url, itself),)))
    return part


def _refuse_incomplete(given: _Include) -> None:
    if not given.system and not given.valueSet:
        raise BadStatement(_NO_SYSTEM if given.concept or given.filter else _NOTHING)
    if not given.system.strip() and (given.concept or given.filter):
        raise BadStatement(_NO_SYSTEM)
    if given.concept and given.filter:
        raise BadStatement(_BOTH)


def _narrowed(part: Part, given: _Filter, system: str) -> Part:
    """Returns `part` with the condition of the filter `given`. Raises BadStatement if the graph cannot answer it."""
    match given.property, given.op:
        case "concept", "is-a":
            return part._replace(all_of=(*part.all_of, (member(system, given.value),)))
        case "concept", "descendent-of":
            top = member(system, given.value)
            none_of = (*part.none_of, top._replace(exact=True))
            return part._replace(all_of=(*part.all_of, (top,)), none_of=none_of)
        case "concept", "is-not-a":
            return part._replace(none_of=(*part.none_of, member(system, given.value)))
        case (("concept" | "code"), ("=" | "in")):
            return part._replace(all_of=(*part.all_of, _codes(given, system)))
        case (("concept" | "code"), "not-in"):
            return part._replace(none_of=(*part.none_of, *_codes(given, system)))
        case ("concept", "child-of") | ("parent", "="):
            return part._replace(child_of=(*part.child_of, member(system, given.value)))
        case "code", "regex":
            return part._replace(matches=(*part.matches, _regex(given.value, system)))
        case "inactive", "=" if given.value in ("true", "false") and part.obsolete is None:
            return part._replace(obsolete=given.value == "true")
    raise BadStatement(_CANNOT.format(given.property[:40], given.op[:40]))


def _codes(given: _Filter, system: str) -> tuple[Member, ...]:
    if given.op == "=":
        return (member(system, given.value, exact=True),)
    first = member(system, given.value.partition(",")[0], exact=True)
    if given.property == "concept" and first.id.startswith("snomedct:"):
        raise BadStatement(_REFERENCE_SET)
    return tuple(member(system, one, exact=True) for one in given.value.split(","))


def _regex(text: str, system: str) -> str:
    if is_obo(system):
        raise BadStatement(_OBO_REGEX)
    if not text or len(text) > _LONGEST_REGEX:
        raise BadStatement(f"a regular expression must have 1 to {_LONGEST_REGEX} characters; correct the expression")
    return text


def _reference(given: str, itself: set[str]) -> Member:
    url, _, version = given.partition("|")
    id_ = f"{VALUE_SET}{checked_name(url)}" + (f"|{checked_version(version)}" if version else "")
    if id_ in itself:
        raise BadStatement(_ITSELF)
    return Member(id_)

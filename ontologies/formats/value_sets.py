"""ontologies: reads Tricuspid's own value sets as JSON (https://www.rfc-editor.org/rfc/rfc8259, docs/formats.md).

The file has one set, `{"valueSet": NAME, "items": [{"id": "MONDO:0005148"}]}`, or several sets, `{"valueSets": [...]}`.
The ids of concepts are normalised. An item may be another set, with the id `valueset:NAME` or `valueset:NAME|VERSION`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from ontologies.curies import curie
from ontologies.errors import BadStatement
from ontologies.format import Format
from ontologies.model import Item, Member, Refused, ValueSet
from ontologies.value_set_files import VALUE_SET, check_number, checked_name, checked_version, part, short, whole

_START = re.compile(rb'"valueSet"\s*:\s*"|"valueSets"\s*:\s*\[')


class _Item(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    exact: bool = False
    excluded: bool = False


class _Set(msgspec.Struct, forbid_unknown_fields=True):
    valueSet: str
    items: list[_Item]
    version: str = ""
    title: str = ""
    language: str = ""
    certain: bool = False


def recognise(head: bytes, name: str) -> bool:
    """True for JSON with the name of a value set and with items."""
    return head.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{" and bool(_START.search(head)) and _is_own(head)


def _is_own(head: bytes) -> bool:
    return b'"items"' in head and b'"resourceType"' not in head


def read(path: Path) -> Iterator[Item]:
    """Yields every value set of the file. A value set that cannot be read is refused as a whole."""
    document = whole(path, dict[str, msgspec.Raw])
    if "valueSets" not in document:
        yield _set("$", msgspec.Raw(msgspec.json.encode(document)))
        return
    for number, raw in enumerate(whole(path, _Several).valueSets):
        yield _set(f"$.valueSets[{number}]", raw)


class _Several(msgspec.Struct):
    valueSets: list[msgspec.Raw]


def _set(position: str, raw: msgspec.Raw) -> ValueSet | Refused:
    try:
        found = part(raw, _Set)
        name, version = checked_name(found.valueSet), checked_version(found.version)
        check_number(len(found.items))
        members = tuple(Member(_spelled(item.id), item.exact, item.excluded) for item in found.items)
        return ValueSet(position, name, version, short(found.title), found.language[:40], found.certain, members)
    except BadStatement as wrong:
        return Refused(position, str(wrong))


def _spelled(id_: str) -> str:
    """Returns the normalised id of an item. Raises BadStatement if the id is not valid."""
    if id_.startswith(VALUE_SET):
        name, _, version = id_.removeprefix(VALUE_SET).partition("|")
        return f"{VALUE_SET}{checked_name(name)}" + (f"|{checked_version(version)}" if version else "")
    if not re.fullmatch(r"\s*[^\s:]+:\S+\s*", id_):
        raise BadStatement(f"the id {id_[:60]!r} is not an identifier such as MONDO:0005148; correct it")
    return curie(id_.strip())


FORMAT = Format("value sets (JSON)", "https://www.rfc-editor.org/rfc/rfc8259", recognise, read)

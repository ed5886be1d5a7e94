"""ingest: decodes a document with phenopackets, in JSON or YAML, to messages.

Both the names of protobuf (`phenotypic_features`) and the names of its JSON (`phenotypicFeatures`) are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import yaml

from ingest.documents import BAD_INPUT, MOST_VALUES, reason
from ingest.phenopackets.messages import MetaData, Phenopacket
from ingest.phenopackets.packet import KIND, items
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused
from ontologies.files import values_in

RELATIVE = f"{KIND} of a relative"
_WORDS = ("phenopacket Schema Version", "phenotypic Features", "medical Actions", "genomic Interpretations", "proband")
# The names of fields in camel case and in snake case.
_NAMES = "|".join(f"{word.replace(' ', '')}|{word.lower().replace(' ', '_')}" for word in _WORDS)
_JSON = re.compile(rf'"(?:{_NAMES})"\s*:'.encode())
_YAML = re.compile(rf"""^[ \t-]*["']?(?:{_NAMES})["']?[ \t]*:""".encode(), re.MULTILINE)
_DEEPEST = 100
_SNAKE = re.compile(r"_([a-z0-9])")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def is_json(head: bytes) -> bool:
    return head.lstrip()[:1] in (b"{", b"[")


def recognised(head: bytes) -> bool:
    """True if the document whose first bytes are `head` has phenopackets."""
    head = head.removeprefix(b"\xef\xbb\xbf")
    if is_json(head):
        return _JSON.search(head) is not None and b'"resourceType"' not in head
    return head.lstrip()[:1] != b"<" and _YAML.search(head) is not None


class Undecodable(Exception):
    """Raised if a document cannot be decoded. The text is the reason, without the content of the file."""


def read(data: bytes, place: str, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of every phenopacket in the JSON or YAML document `data`. Relatives of a proband are counted but
    not read.

    `place` is the position of the document in its archive; empty without an archive.
    Raises Undecodable before the first item if the document as a whole cannot be read.
    """
    try:
        whole = decoded(data)
    except (*BAD_INPUT, yaml.YAMLError, ValueError) as error:
        raise Undecodable(_why(error)) from None
    if not isinstance(whole, dict | list):
        raise Undecodable("not a message of Phenopackets v2")
    for number, one in enumerate(whole if isinstance(whole, list) else [whole], 1):
        yield from _message(one, _in(place, f"message {number}") if isinstance(whole, list) else place, pseudonym)


def decoded(data: bytes) -> Any:
    """Decodes a JSON or YAML document. Leaves out nulls, and converts field names to camel case.

    Raises the errors of the decoders.
    """
    data = data.removeprefix(b"\xef\xbb\xbf")
    if is_json(data):
        if values_in(data) > MOST_VALUES:
            raise ValueError(f"it has more than {MOST_VALUES} values; split it")
        return _named(msgspec.json.decode(data))
    _check_yaml(data)
    return _named(yaml.load(data, _LOADER))


def _check_yaml(data: bytes) -> None:
    """Raises ValueError for YAML that may need too much memory: aliases, deep nesting or too many values."""
    depth = 0
    for values, event in enumerate(yaml.parse(data, _LOADER)):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise ValueError("it has an anchor or alias; write the values in full")
        if depth > _DEEPEST or values > MOST_VALUES:
            raise ValueError("nested too deeply" if depth > _DEEPEST else f"it has more than {MOST_VALUES} values")


def _named(value: Any) -> Any:
    if isinstance(value, dict):
        return {_SNAKE.sub(lambda m: m[1].upper(), str(k)): _named(one) for k, one in value.items() if one is not None}
    return [_named(one) for one in value] if isinstance(value, list) else value


def _why(error: Exception) -> str:
    """Returns the reason why a document cannot be decoded, without the content of the document."""
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        return f"not YAML: line {mark.line + 1}" if mark else "not YAML"
    if isinstance(error, yaml.YAMLError):
        return "not YAML"
    return f"not a JSON document: {reason(error)}" if isinstance(error, msgspec.DecodeError) else reason(error)


def _message(one: Any, place: str, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of `one`, a decoded Phenopacket, Family or Cohort."""
    if not isinstance(one, dict):
        yield Refused(place or "document", "not a message of Phenopackets v2")
    elif "proband" in one:
        yield from _family(one, place, pseudonym)
    elif "members" in one:
        members = one["members"] if isinstance(one["members"], list) else [one["members"]]
        for number, member in enumerate(members, 1):
            yield from _packet(member, one, _in(place, f"member {number}"), pseudonym)
    else:
        yield from _packet(one, one, place, pseudonym)


def _family(one: dict[str, Any], place: str, pseudonym: Pseudonym) -> Iterator[Item]:
    yield from _packet(one["proband"], one, _in(place, "proband"), pseudonym)
    relatives = one.get("relatives", [])
    for number in range(1, 1 + len(relatives) if isinstance(relatives, list) else 1):
        yield NotRead(RELATIVE, _in(place, f"relative {number}"))


def _in(place: str, part: str) -> str:
    return f"{place}, {part}" if place else part


def _packet(one: Any, whole: dict[str, Any], place: str, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of the phenopacket `one`.

    If it has no metadata, the metadata of `whole`, its family or cohort, is used.
    """
    try:
        packet = msgspec.convert(one, Phenopacket, strict=False)
        if packet.meta_data is None and "metaData" in whole:
            packet.meta_data = msgspec.convert(whole["metaData"], MetaData, strict=False)
    except BAD_INPUT as error:
        yield Refused(f"{place} ({KIND})" if place else KIND, reason(error))
        return
    yield from items(packet, place, pseudonym)

"""ingest: converts FHIR XML to the dictionaries that the same resources have in FHIR JSON.

Only the fields of the structs are converted.

The rules are in https://hl7.org/fhir/R4/xml.html: a primitive is an attribute `value`, a list is a repeated element.
A document with a document type declaration is refused, so it cannot define entities. FHIR XML has no such declaration.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import UnionType
from typing import Any, BinaryIO, NamedTuple, get_args, get_origin, get_type_hints
from xml.parsers import expat

import msgspec

from ingest.fhir import resources as fhir
from ingest.fhir.entries import Request
from ontologies.errors import UnreadableFile
from ontologies.expat import NotXml, feed

NAMESPACE = "http://hl7.org/fhir"
# Large chunks, because expat before 2.6 reads an unfinished token again with each chunk.
_CHUNK = 1 << 24
MAX_XML = 1 << 29
# Maximum number of elements in memory. Each element takes 300 bytes; a bundle of 100 MB has 1.5 million elements.
MAX_KEPT = 4 << 20
# The supported R4 resources have fewer than ten levels; narrative has a few more levels.
_DEEPEST = 200
# Replaces a value that is not decoded.
_THERE = msgspec.Raw(b"true")


class _BundleEntry(msgspec.Struct):
    modifierExtension: list[msgspec.Raw] = []
    fullUrl: str | None = None
    resource: fhir.Resource | None = None
    request: Request | None = None


class Bundle(msgspec.Struct):
    type: str | None = None
    timestamp: str | None = None
    entry: list[_BundleEntry] = []


class _Unread(msgspec.Struct):
    id: str | None = None


class _Role(msgspec.Struct):
    id: str | None = None
    modifierExtension: list[msgspec.Raw] = []
    specialty: list[fhir.CodeableConcept] = []


_CONTAINED: dict[str, type[msgspec.Struct]] = {
    "Medication": fhir.Medication,
    "Device": fhir.Device,
    "PractitionerRole": _Role,
}


class _Field(NamedTuple):
    """How a field of a FHIR struct is read from XML. `many` is true for a list. `struct` is the type of its value, or
    None for a primitive. If `raw` is true, the value is never decoded.
    """

    many: bool
    struct: type[msgspec.Struct] | None
    raw: bool

    @property
    def holds_resource(self) -> bool:
        return self.struct in (fhir.Resource, fhir.Contained)


_Node = tuple[dict[str, Any], type[msgspec.Struct]]


@cache
def _fields(struct: type[msgspec.Struct]) -> dict[str, _Field]:
    hints = get_type_hints(struct)
    fields = msgspec.structs.fields(struct)
    return {one.encode_name: _field(hints[one.name]) for one in fields if one.name != "resourceType"}


def _field(hint: Any) -> _Field:
    choices = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    choice = choices[0]
    many = get_origin(choice) is list
    inner = get_args(choice)[0] if many else choice
    struct = inner if isinstance(inner, type) and issubclass(inner, msgspec.Struct) else None
    return _Field(many, struct, inner is msgspec.Raw)


class _Builder:
    """Builds the dictionary `root` of a FHIR resource from the XML elements that expat reports.

    Elements that are not a field of the resource's struct are skipped, with their children.
    """

    def __init__(self, path: Path) -> None:
        self.root: dict[str, Any] = {}
        self._path = path
        self._open: list[tuple[_Node | None, str]] = []
        self._skipped = self._kept = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    def _doctype(self, *_: object) -> None:
        raise self.refuse("a document type declaration is not allowed in FHIR XML; remove it")

    def refuse(self, remedy: str) -> UnreadableFile:
        return UnreadableFile(self._path, f"line {self.parser.CurrentLineNumber}", remedy)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._skipped or len(self._open) > _DEEPEST:
            self._skipped += 1
            return
        namespace, _, name = tag.rpartition(" ")
        if namespace != NAMESPACE:
            self._skipped = 1
            return
        if not self._open:
            self.root["resourceType"] = name
            self._open.append(((self.root, _struct_of(name)), ""))
            return
        self._kept += 1
        if self._kept > MAX_KEPT:
            raise self.refuse(f"it has more than {MAX_KEPT} elements; split it, or export it as NDJSON")
        node, wrapper = self._open[-1]
        if wrapper:
            self._resource(name, wrapper)
        elif node is not None:
            self._child(node, name, attributes)

    def _child(self, node: _Node, name: str, attributes: dict[str, str]) -> None:
        into, struct = node
        field = _fields(struct).get(name)
        if field is not None and field.raw:
            _put(into, name, _THERE, field.many)
            self._skipped = 1
        elif field is None or (field.struct is None and "value" not in attributes):
            self._skipped = 1
        elif field.struct is None:
            _put(into, name, attributes["value"], field.many)
            self._skipped = 1
        elif field.holds_resource:
            self._open.append((node, name))
        else:
            made: dict[str, Any] = {}
            _put(into, name, made, field.many)
            self._open.append(((made, field.struct), ""))

    def _resource(self, name: str, wrapper: str) -> None:
        """Starts an element whose parent `wrapper` is `resource` or `contained`. Its name is a resource type."""
        node, _ = self._open[-1]
        assert node is not None
        made: dict[str, Any] = {"resourceType": name}
        _put(node[0], wrapper, made, _fields(node[1])[wrapper].many)
        struct: type[msgspec.Struct] = _struct_of(name)
        if wrapper == "contained":
            struct = _CONTAINED.get(name, _Unread)
        self._open.append(((made, struct), ""))

    def _end(self, _: str) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._open.pop()


def _struct_of(name: str) -> type[msgspec.Struct]:
    return Bundle if name == "Bundle" else fhir.STRUCTS.get(name, _Unread)


def _put(into: dict[str, Any], name: str, value: Any, many: bool) -> None:
    """Sets the field `name` of `into`, the dictionary of a FHIR element. `many` is true if the field is a list.

    If a field that is not a list is repeated, its value becomes a list, so that the resource is refused later.
    """
    if many:
        into.setdefault(name, []).append(value)
    else:
        into[name] = [into[name], value] if name in into else value


def parse(path: Path, file: BinaryIO, limit: int = MAX_XML) -> dict[str, Any]:
    """Returns the FHIR XML document `file` as a dictionary with the form of FHIR JSON. `path` is its path, for errors.

    Raises UnreadableFile if the document is not well-formed or larger than `limit` bytes.
    """
    builder = _Builder(path)
    read = 0
    try:
        while chunk := file.read(_CHUNK):
            read += len(chunk)
            if read > limit:
                raise builder.refuse(f"it is larger than {limit} bytes; split it")
            feed(builder.parser, chunk, False)
        feed(builder.parser, b"", True)
    except NotXml as error:
        raise builder.refuse(f"not well-formed XML ({error.reason}); export it again") from error
    return builder.root

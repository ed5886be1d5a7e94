"""ontologies: reads the statements about each subject from RDF/XML, Turtle or N-Triples (a part of Turtle).

https://www.w3.org/TR/rdf-syntax-grammar/ and https://www.w3.org/TR/turtle/. RDF has no order, so the wanted statements
of a file are held in memory. The parser alone is not safe: it expands nested entities, accepts RDF/XML that ends too
early, and overflows its stack on deep nesting. Therefore expat checks RDF/XML first, and
Turtle with too many triple terms in one statement is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from xml.parsers import expat

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, parse

from ontologies import obsolete
from ontologies.errors import UnreadableFile
from ontologies.expat import NotXml, feed
from ontologies.files import head, open_binary

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MAX_FILE = 2 << 30
# Memory for the wanted statements of a file: 700 bytes per value, plus its text. NCIT as OWL, with 4 million values,
# needs nearly this much.
MAX_HELD = 3 << 30
_VALUE = 700
# Maximum number of bytes without a statement. A literal of a real ontology is much shorter.
MAX_STATEMENT = 4 << 20
MAX_DEPTH = 256
# Maximum number of `<<` between two statements. The maximum is high, because a literal may contain `<<` too.
MAX_TERMS = 4096
# Real entities are namespaces. A long entity would multiply the size of the file, because each use is expanded.
MAX_ENTITY = 256

_REMEDY = "split it, or load the ontology as OBO, which needs little memory"
_BOM = b"\xef\xbb\xbf"
_XML = re.compile(rb"<(?:\?xml\s|!--|!DOCTYPE\s|(?:[\w.-]+:)?RDF\s)")
_TURTLE = re.compile(
    rb"^[ \t]*(?:@prefix\s|@base\s|PREFIX\s|BASE\s|(?:<[^<>\s]+>|_:\S+)[ \t]+<[^<>\s]+>[ \t])",
    re.IGNORECASE | re.MULTILINE,
)


class Text(NamedTuple):
    """A literal. `language` is the language tag in lower case; empty for a literal without a tag."""

    value: str
    language: str


Value = str | Text
"""An IRI, a blank node (`_:b0`), or a literal."""
Subject = dict[str, dict[Value, None]]


def is_xml(start: bytes) -> bool:
    return bool(_XML.match(start.removeprefix(_BOM).lstrip()))


def is_rdf(start: bytes) -> bool:
    """True for XML with the namespace of RDF. For other text, true if a line starts with Turtle or N-Triples."""
    return RDF.encode() in start if is_xml(start) else start.lstrip()[:1] not in b"{" and bool(_TURTLE.search(start))


def says(start: bytes, namespace: str, *names: str) -> bool:
    """True if the first bytes of an RDF file use one of these names of a namespace. The prefix may be any prefix."""
    spelled = re.escape(namespace.encode())
    declared = re.findall(
        rb"(?:xmlns:?|@?prefix\s+)([\w.-]*)\s*[:=]\s*[\"'<]" + spelled + rb"[\"'>]", start, re.IGNORECASE
    )
    wanted = b"(?:" + b"|".join(name.encode() for name in names) + rb")\b"
    prefixes = [re.escape(prefix) + b":" if prefix else b"[<:]" for prefix in declared]
    return any(re.search(rb"(?<![\w.-])" + lead + wanted, start) for lead in (*prefixes, spelled))


class _Checked(io.BytesIO):
    """A stream for the parser. Raises UnreadableFile for input that the parser cannot handle safely."""

    def __init__(self, path: Path, file: io.BufferedReader, xml: bool) -> None:
        super().__init__()
        self._path, self._file, self._xml = path, file, expat.ParserCreate() if xml else None
        self.total = self.silent = self._depth = self._terms = 0
        if self._xml:
            self._xml.StartElementHandler = self._opened
            self._xml.EndElementHandler = self._closed
            self._xml.EntityDeclHandler = self._entity

    def read(self, size: int | None = -1) -> bytes:
        chunk = self._file.read(size if size and size > 0 else 1 << 16)
        if not self.total:
            chunk = chunk.removeprefix(_BOM)
        self.total += len(chunk)
        self.silent += len(chunk)
        if self.silent > MAX_STATEMENT:
            raise self.broken(f"more than {MAX_STATEMENT} bytes without a statement; shorten the literal")
        if self.total > MAX_FILE:
            raise self.broken(f"it is larger than {MAX_FILE} bytes decompressed; {_REMEDY}")
        if self._xml:
            self._check_xml(chunk)
        else:
            self._terms += chunk.count(b"<<")
            if self._terms > MAX_TERMS:
                raise self.broken(f"triple terms nested more than {MAX_TERMS} levels deep; flatten them")
        return chunk

    def _check_xml(self, chunk: bytes) -> None:
        assert self._xml
        try:
            feed(self._xml, chunk, not chunk)
        except NotXml as error:
            raise self.broken(f"{error}; it is not a valid XML document") from error

    def _opened(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self.broken(f"nested more than {MAX_DEPTH} levels deep; flatten it")

    def _closed(self, name: str) -> None:
        self._depth -= 1

    def _entity(self, name: str, parameter: bool, value: str | None, *rest: str | None) -> None:
        if value is None or "&" in value or "%" in value or len(value) > MAX_ENTITY:
            raise self.broken(f"the entity {name[:80]} is external, nested or long; replace it by its value")

    def statement(self) -> None:
        """Must be called after each statement that the parser yields."""
        self.silent = self._terms = 0

    def broken(self, reason: str, line: int | None = None) -> UnreadableFile:
        line = line or (self._xml.CurrentLineNumber if self._xml else None)
        return UnreadableFile(self._path, f"line {line}" if line else f"byte {self.total}", reason)


def _statements(path: Path) -> Iterator[tuple[str, str, Value]]:
    xml = is_xml(head(path, 4096))
    with open_binary(path) as file:
        source = _Checked(path, file, xml)
        try:
            for quad in parse(source, RdfFormat.RDF_XML if xml else RdfFormat.TURTLE, lenient=True):
                source.statement()
                subject, value = quad.subject, quad.object
                name = subject.value if isinstance(subject, NamedNode) else f"_:{getattr(subject, 'value', '')}"
                if isinstance(value, Literal):
                    yield name, quad.predicate.value, Text(value.value, (value.language or "").lower())
                elif isinstance(value, NamedNode):
                    yield name, quad.predicate.value, value.value
                elif isinstance(value, BlankNode):
                    yield name, quad.predicate.value, f"_:{value.value}"
        except (SyntaxError, ValueError, OSError, MemoryError) as error:
            raise source.broken(f"{error}; correct the file there", getattr(error, "lineno", None)) from error


def subjects(
    path: Path, wanted: Mapping[str, str], also: Callable[[str], str | None] = lambda _: None
) -> dict[str, Subject]:
    """Returns the keys and values of each subject, in the order of the file.

    `wanted` maps the IRI of a predicate to a key. `also` returns the key of a predicate that is wanted in any
    namespace. A repeated statement is stored once.
    """
    found: dict[str, Subject] = {}
    held = 0
    for number, (subject, predicate, value) in enumerate(_statements(path), 1):
        if key := wanted.get(predicate) or also(predicate):
            found.setdefault(subject, {}).setdefault(key, {})[value] = None
            held += _VALUE + len(value[0] if isinstance(value, Text) else value)
            if held > MAX_HELD:
                raise UnreadableFile(
                    path, f"statement {number}", f"it would take {MAX_HELD} bytes of memory; {_REMEDY}"
                )
    return found


def texts(subject: Subject, key: str) -> Iterator[Text]:
    return (value for value in subject.get(key, ()) if isinstance(value, Text))


def resources(subject: Subject, key: str) -> Iterator[str]:
    """The IRIs and blank nodes among the values of `key`."""
    return (value for value in subject.get(key, ()) if isinstance(value, str))


def is_obsolete(subject: Subject) -> bool:
    """True if a property states that the subject is obsolete.

    The subject must have been read with `also=obsolete.key`.
    """
    return any(obsolete.by_property(key, spelled(subject, key)) for key in subject.keys() & obsolete.PROPERTIES)


def spelled(subject: Subject, *keys: str) -> Iterator[str]:
    """The values of `keys` as texts. Some files write identifiers as IRIs, other files write them as literals."""
    return (value.value if isinstance(value, Text) else value for key in keys for value in subject.get(key, ()))

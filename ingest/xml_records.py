"""ingest: streams the records of an XML document as small trees, one at a time.

A document that declares an entity is refused, and external entities are never fetched
(https://www.w3.org/TR/xml/#sec-entity-decl). The namespaces of elements are left out. Memory is limited to a chunk of
the file and the records in it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ingest.records import Refused
from ontologies.errors import UnreadableFile
from ontologies.expat import NotXml, feed
from ontologies.files import open_binary

_CHUNK = 1 << 18
# Limit of a tag, attribute or comment: expat before 2.6 reads an unfinished token again with each chunk.
_LONGEST_TOKEN = 1 << 23
_DEEPEST = 200
# Limit of a record in characters; an element counts as `_ELEMENT` characters.
LARGEST_RECORD = 1 << 23
_ELEMENT = 64
_FIRST = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?:\s[^<>]*|/)?>")


def first_element(head: bytes) -> tuple[str, bytes] | None:
    """Returns the name of a document's first element and its whole tag; None if the bytes are not the start of XML."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = text.decode("utf-16", "ignore").encode()
    match = _FIRST.search(re.sub(rb"<!--.*?(-->|$)", b"", text, flags=re.DOTALL)) if text[:1] == b"<" else None
    return (match[1].decode("ascii", "replace"), match[0]) if match else None


class _Reader:
    """Builds a tree of each outermost XML element whose name is in `names`, without the elements named in `skipped`."""

    def __init__(self, path: Path, names: Collection[str], skipped: Collection[str]) -> None:
        self.done: deque[Element | Refused] = deque()
        self._path, self._names, self._unwanted = path, names, skipped
        self._builder: TreeBuilder | None = None
        self._depth = self._inside = self._skipping = self._size = self._number = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._data
        self.parser.EntityDeclHandler = self._entity

    def refuse(self, remedy: str) -> UnreadableFile:
        return UnreadableFile(self._path, f"line {self.parser.CurrentLineNumber}", remedy)

    def _entity(self, *_: object) -> None:
        raise self.refuse("a declaration of an entity is not allowed; remove it")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise self.refuse(f"elements are nested more than {_DEEPEST} levels deep; is the file in the right format?")
        name = _local(tag)
        if self._builder is None and name in self._names:
            self._builder, self._size = TreeBuilder(), 0
            self._number += 1
        if self._builder is None:
            return
        self._inside += 1
        if not self._skipping and name not in self._unwanted:
            self._size += _ELEMENT + sum(map(len, attributes.values()))
        if self._skipping or name in self._unwanted or self._size > LARGEST_RECORD:
            self._skipping += 1
        else:
            if name == "br":
                self._builder.data("\n")
            self._builder.start(name, {_local(key): value for key, value in attributes.items()})

    def _data(self, text: str) -> None:
        if self._builder is not None and not self._skipping and self._size <= LARGEST_RECORD:
            self._size += len(text)
            self._builder.data(text)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._builder is None:
            return
        self._inside -= 1
        if self._skipping:
            self._skipping -= 1
        else:
            self._builder.end(_local(tag))
        if not self._inside:
            large = Refused(f"record {self._number}", "the record is too large")
            self.done.append(large if self._size > LARGEST_RECORD else self._builder.close())
            self._builder = None


def records(path: Path, names: Collection[str], skipped: Collection[str] = ()) -> Iterator[Element | Refused]:
    """Yields the outermost elements of an XML file whose names are in `names`, without the elements named in `skipped`.

    For an element that is too large, yields Refused.

    If the document is not well-formed, yields the records before the error and then raises UnreadableFile.
    """
    reader, fed = _Reader(path, names, skipped), 0
    with open_binary(path) as file:
        while chunk := file.read(_CHUNK):
            _feed(reader, chunk, False)
            fed += len(chunk)
            while reader.done:
                yield reader.done.popleft()
            if fed - max(reader.parser.CurrentByteIndex, 0) > _LONGEST_TOKEN:
                raise reader.refuse(f"a tag or comment has more than {_LONGEST_TOKEN} bytes; is the file XML?")
    _feed(reader, b"", True)
    yield from reader.done


def _feed(reader: _Reader, chunk: bytes, last: bool) -> None:
    try:
        feed(reader.parser, chunk, last)
    except NotXml as error:
        raise reader.refuse(f"not well-formed XML ({error.reason}); export it again") from error


def _local(name: str) -> str:
    return name.rpartition(" ")[2]


def words(element: Element | None) -> str:
    """Returns all text in an element, including text in inline markup; empty if there is no text."""
    return "" if element is None else "".join(element.itertext()).strip()


def text_at(element: Element, path: str) -> str:
    """Returns the text of the first element at `path`, an XPath below `element`; empty if there is no such element."""
    return words(element.find(path))

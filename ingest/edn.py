"""ingest: reads the maps of an EDN vector one at a time (https://github.com/edn-format/edn).

Maps, vectors, lists, sets, strings, keywords, symbols, numbers, booleans and nil are supported; tagged elements are
not. One map is in memory at a time.

The package edn-format is not used: it cannot read a vector with a bad element, and takes 1.7 times as long. This module
refuses only the bad element.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ontologies.errors import UnreadableFile

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

_TOKEN = re.compile(
    r'(?:[\s,]++|;[^\n]*+)++|(#?\{|[\[\](){}])|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|([^\s,\[\](){}";]++)', re.DOTALL
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "\\": "\\"}
_ATOMS = {"nil": None, "true": True, "false": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}N?")
_FLOAT = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,18})?([eE][+-]?[0-9]{1,2})?M?")
_CLOSING = {"[": "]", "(": ")", "{": "}", "#{": "}"}
_CHUNK = 1 << 16
# Limits of one element. For comparison, a course has a few thousand characters and twenty EDN forms.
_LONGEST_TOKEN = 1 << 24
_MOST_FORMS = 1 << 20
_DEEPEST = 64


class BadElement(Exception):
    """An element of the vector whose brackets match, but which is not a valid value.

    The message states the reason without the content.
    """


def elements(path: Path, file: BinaryIO) -> Iterator[Value | BadElement]:
    """Yields the elements of the vector in the file. Raises UnreadableFile if a bracket or string does not close."""
    stack: list[tuple[str, list[Value]]] = []
    bad: BadElement | None = None
    closed, forms = False, 0
    for place, token in _tokens(path, file):
        if closed or (not stack and token[1] != "["):
            raise UnreadableFile(path, place, "the file is not a single vector; is the file EDN?")
        forms += 1
        if token[1] in _CLOSING:
            stack.append((token[1], []))
            if len(stack) > _DEEPEST or forms > _MOST_FORMS:
                raise UnreadableFile(path, place, f"nested deeper than {_DEEPEST}, or an element too large")
            continue
        if token[1] and token[1] != _CLOSING[stack[-1][0]]:
            raise UnreadableFile(path, place, "a closing bracket without an opening one")
        try:
            value = _collected(*stack.pop()) if token[1] else _atom(token)
        except BadElement as error:
            value, bad = None, error
        if len(stack) > 1:
            stack[-1][1].append(value)
        elif stack:
            yield bad or value
            bad, forms = None, 0
        closed = not stack
    if not closed:
        raise UnreadableFile(path, "", "the file ends inside the vector; download it again")


def _tokens(path: Path, file: BinaryIO) -> Iterator[tuple[str, re.Match[str]]]:
    """Yields the brackets, strings and atoms of the EDN file, each with its line number."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    buffer, at, line, ended = "", 0, 1, False
    while not ended or at < len(buffer):
        match = _TOKEN.match(buffer, at)
        if not ended and (match is None or match.end() == len(buffer)):
            left = len(buffer) - at
            if left > _LONGEST_TOKEN:
                raise UnreadableFile(path, f"line {line}", "a string or symbol that does not end")
            # Doubling the buffer avoids scanning a long token again with every chunk.
            data = file.read(max(_CHUNK, left))
            buffer, at, ended = buffer[at:] + decoder.decode(data, not data), 0, not data
        elif match is None:
            raise UnreadableFile(path, f"line {line}", "a string that does not end")
        else:
            line += buffer.count("\n", at, match.end())
            at = match.end()
            if match.lastindex:
                yield f"line {line}", match


def _collected(bracket: str, forms: list[Value]) -> Value:
    if bracket != "{":
        return forms
    keys = forms[::2]
    if len(forms) % 2 or not all(isinstance(key, str) for key in keys):
        raise BadElement("a map with a key without a value, or with a key that is not a keyword")
    return dict(zip(map(str, keys), forms[1::2], strict=True))


def _atom(token: re.Match[str]) -> Value:
    """The value of a string, number, boolean or nil; keywords and symbols stay as written (`:name`)."""
    if token[2] is not None:
        return _string(token[2])
    text = token[3]
    if text in _ATOMS:
        return _ATOMS[text]
    if _INTEGER.fullmatch(text):
        return int(text.rstrip("N"))
    if _FLOAT.fullmatch(text):
        return float(text.rstrip("M"))
    if text.startswith("#"):
        raise BadElement("a tagged or discarded form is not read")
    return _utf8(text)


def _string(text: str) -> str:
    return _utf8(_ESCAPE.sub(_unescaped, text) if "\\" in text else text)


def _unescaped(match: re.Match[str]) -> str:
    code = match[1]
    if code[0] == "u" and len(code) == 5:
        return chr(int(code[1:], 16))
    if code not in _ESCAPES:
        raise BadElement("a string with an escape that EDN does not have")
    return _ESCAPES[code]


def _utf8(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadElement("text is not UTF-8") from error
    return text

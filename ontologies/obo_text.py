"""ontologies: the lexical rules of OBO, https://owlcollab.github.io/oboformat/doc/obo-syntax.html."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ontologies.errors import UnreadableFile
from ontologies.files import MAX_LINE, open_binary

QUOTED = re.compile(r'\s*"([^"\\]*(?:\\.[^"\\]*)*)"\s*')
_ESCAPE = re.compile(r"\\(.)")
_ESCAPED = {"n": "\n", "W": " ", "t": "\t"}
_CONTINUED = re.compile(r"(?<!\\)((?:\\\\)*)\\\r?\n")
# An unquoted value may end in modifiers and a hidden comment. Braces without `=` belong to the value.
_COMMENT = re.compile(r"(?:^|\s)!.*$")
_MODIFIERS = re.compile(r'(?<!\\)\{[^{}="]*=(?:"[^"\\]*(?:\\.[^"\\]*)*"|[^{}"])*\}\s*$')


def stanzas(path: Path) -> Iterator[tuple[int, bytes]]:
    """The line number of every stanza, and its text without the opening `[`. The header frame is first, at line 0."""
    number, rest = 0, b"\n"
    with open_binary(path) as file:
        rest += file.read(1 << 20).removeprefix(b"\xef\xbb\xbf")
        while True:
            *whole, rest = rest.split(b"\n[")
            for stanza in whole:
                yield number, stanza
                number += stanza.count(b"\n") + 1
            if len(rest) > MAX_LINE:
                raise UnreadableFile(path, f"line {number}", f"a stanza is longer than {MAX_LINE} bytes; is this OBO?")
            if not (block := file.read(1 << 20)):
                break
            rest += block
    yield number, rest


def unfolded(text: str) -> list[str]:
    """The lines of a stanza. A line that ends in a backslash is joined with the next line."""
    if "\\\n" in text or "\\\r\n" in text:
        text = _CONTINUED.sub(r"\1", text)
    return text.split("\n")


def word(value: str) -> str:
    """The first word of a value: the identifier without comments and modifiers."""
    words = value.split(None, 1)
    return words[0] if words else ""


def unquoted(value: str) -> str:
    """An unquoted value without its hidden comment and trailing modifiers."""
    value = value.strip()
    if "!" in value:
        value = _COMMENT.sub("", value).rstrip()
    if value.endswith("}"):
        value = _MODIFIERS.sub("", value)
    return unescaped(value).strip()


def unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda match: _ESCAPED.get(match[1], match[1]), text) if "\\" in text else text

"""cohorts: splits a text in the controlled language into tokens. Ends of lines and indentation are tokens too.

If a line is indented more than the previous line, it continues the previous line. If the previous line ends with a
colon, the indented line begins a block. Between parentheses and brackets, ends of lines are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NoReturn

from lark import Token

from cohorts.encoding import MOST_LEVELS
from cohorts.errors import NotUnderstood
from cohorts.language.messages import say
from cohorts.language.words import Words
from ontologies.ucum import is_ucum

MOST_CHARACTERS = 100_000
_MOST_LEVELS = 2 * MOST_LEVELS + 2
"""Maximum depth of blocks, parentheses and `for which`. A group of the model takes two of these levels, and its rule
takes one."""

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_LINE = re.compile(r"(?:[^\S\n]*\n)+[^\S\n]*")
_SPACE = re.compile(r"[^\S\n]+")
_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_DATE = re.compile(r"[0-9]{4}-[0-9][0-9](?:-[0-9][0-9])?(?![\w-])")
_NUMBER = re.compile(r"-?[0-9]+(?:[.,][0-9]+)?(?:e[+-]?[0-9]+)?(?=[\s,;:()\[\]%]|$)")
_UNIT = re.compile(r'(?:[^\s,;"()\[\]:]|\[[^\s\[\]]*\]|\([^\s()]*\))+')
ID = re.compile(r'[^\s\[\];",:()]+:[^\s\[\];",]+')
LABEL = re.compile(r"(?:[^\[\];\n]|\[[^\[\];\n]*\])+")
SIGNS = {"(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", ",": "COMMA", ";": "SEMI", ":": "COLON"}
_OPENS = {"LPAR": 1, "LSQB": 1, "RPAR": -1, "RSQB": -1}
_DEEPER = {"LPAR": 1, "INDENT": 1, "RPAR": -1, "DEDENT": -1}


def cleaned(text: str) -> str:
    """Returns the text without a byte order mark, with `\\n` at the end of each line. Positions refer to this text."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n")


def tokens(text: str, words: Words) -> Iterator[Token]:
    """Yields the tokens of a text. A phrase of words.tsv is one token, with the value in words.tsv."""
    text = cleaned(text)
    if len(text) > MOST_CHARACTERS:
        raise NotUnderstood(say(words, "long", most=MOST_CHARACTERS), 1, 1)
    if wrong := _CONTROL.search(text):
        line, column = text.count("\n", 0, wrong.start()) + 1, wrong.start() - text.rfind("\n", 0, wrong.start())
        refuse(words, Token("", wrong[0], line=line, column=column), "control", code=f"U+{ord(wrong[0]):04X}")
    yield from _not_too_deep(_laid_out(_Scanner(text.rstrip(), words), words), words)


def refuse(words: Words, token: Token, key: str, **details: Any) -> NoReturn:
    """Raises NotUnderstood with the message `key` at the position of a token."""
    line, column = token.line or 1, token.column or 1
    place = say(words, "place", line=line, column=column)
    raise NotUnderstood(f"{place}: {say(words, key, **details)}", line, column, str(token))


class _Scanner:
    """Yields the tokens of a text. A LINE token contains the end of a line and the indentation of the next line."""

    def __init__(self, text: str, words: Words) -> None:
        self._text, self._words = text, words
        self._ordinal = re.compile(rf"([0-9]{{1,19}})(?:{words.suffixes})\b")
        self._certain = re.compile(rf"{words.say('CERTAIN')}\s*:(?=\s|\])", re.IGNORECASE)
        self._line, self._line_start = 1, 0

    def __iter__(self) -> Iterator[Token]:
        text, at, before = self._text, len(self._text) - len(self._text.lstrip()), ""
        self._line, self._line_start = text.count("\n", 0, at) + 1, text.rfind("\n", 0, at) + 1
        in_set = False
        while at < len(text):
            if space := _SPACE.match(text, at):
                at = space.end()
                continue
            kind, value, end = self._set_part(at, before) if in_set else self._next(at, before)
            yield Token(kind, value, at, self._line, at - self._line_start + 1, end_pos=end)
            if kind == "LINE":
                self._line += value.count("\n")
                self._line_start = text.rfind("\n", 0, end) + 1
            in_set, at, before = kind == "LSQB" or (in_set and kind != "RSQB"), end, kind

    def _next(self, at: int, before: str) -> tuple[str, str, int]:
        text = self._text
        for kind, pattern in (("LINE", _LINE), ("STRING", _STRING), ("DATE", _DATE), ("NUMBER", _NUMBER)):
            if found := pattern.match(text, at):
                return kind, found[0], found.end()
        if found := self._ordinal.match(text, at):
            return "ORDINAL", found[1], found.end()
        if phrase := self._words.match(text, at):
            kind, value, end = phrase
            return kind, value or text[at:end], end
        unit = _UNIT.match(text, at) if text[at] not in SIGNS or before == "NUMBER" else None
        if unit:
            return "UNIT" if is_ucum(unit[0]) else "OTHER", unit[0], unit.end()
        return SIGNS.get(text[at], "OTHER"), text[at], at + 1

    def _set_part(self, at: int, before: str) -> tuple[str, str, int]:
        """Returns the next token in a set of concepts such as `[not exactly icd10:E11 a label; MONDO:0005148]`."""
        text = self._text
        if before == "ID" and (label := LABEL.match(text, at)):
            return "LABEL", label[0].rstrip(), label.end()
        for kind, pattern in (("LINE", _LINE), ("CERTAIN", self._certain), ("ID", _STRING), ("ID", ID)):
            if found := pattern.match(text, at):
                return kind, found[0], found.end()
        if phrase := self._words.match(text, at):
            return phrase[0], text[at : phrase[2]], phrase[2]
        unit = _UNIT.match(text, at) if text[at] not in SIGNS else None
        return ("OTHER", unit[0], unit.end()) if unit else (SIGNS.get(text[at], "OTHER"), text[at], at + 1)


def _laid_out(scanned: Iterable[Token], words: Words) -> Iterator[Token]:
    """Replaces LINE tokens with NEWLINE, INDENT and DEDENT. Drops a LINE token if the next line continues the line."""
    indents: list[int] = []
    opened, before = 0, ""
    for token in scanned:
        indents = indents or [(token.column or 1) - 1]
        if token.type == "LINE" and not opened:
            yield from _indentation(token, indents, before == "COLON", words)
        elif token.type != "LINE":
            opened += _OPENS.get(token.type, 0)
            before = token.type
            yield token
    yield from (Token("DEDENT", "") for _ in indents[1:])


def _indentation(line: Token, indents: list[int], begins: bool, words: Words) -> Iterator[Token]:
    width = len(line) - line.rfind("\n") - 1
    next_line = (line.line or 1) + line.count("\n")
    here = partial(Token, value="", start_pos=line.end_pos, line=next_line, column=width + 1, end_pos=line.end_pos)
    if "\t" in line[-width - 1 :]:
        refuse(words, here("LINE"), "tab")
    if width > indents[-1]:
        if begins:
            indents.append(width)
            yield here("INDENT")
        return
    while width < indents[-1]:
        indents.pop()
        if not indents or indents[-1] < width:
            refuse(words, here("LINE"), "indent")
        yield here("DEDENT")
    yield here("NEWLINE")


def _not_too_deep(laid_out: Iterable[Token], words: Words) -> Iterator[Token]:
    depth = in_line = 0
    for token in laid_out:
        depth += _DEEPER.get(token.type, 0)
        in_line = 0 if token.type in ("NEWLINE", "SEMI") else in_line + (token.type == "FOR_WHICH")
        if depth + in_line > _MOST_LEVELS:
            refuse(words, token, "deep", most=MOST_LEVELS)
        yield token

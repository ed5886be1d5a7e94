"""linking: splits a text into words and phrases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from graph.lexical import LONE_S, STOP_WORDS, WORD, normalise, root
from graph.lexical import language as language_of

# The end of a phrase. No name continues after the end of a phrase.
_BREAK = re.compile(r"[;:!?&()\[\]\n]|\s/\s|\.\s+(?=[A-Z])")
_COMMA_ONLY = re.compile(r"\s*,\s*")
_LONGEST_PHRASE = 6


class Span(NamedTuple):
    """Words `first` to `last` (inclusive), and their characters `start` to `end` (exclusive)."""

    first: int
    last: int
    start: int
    end: int


class Reading:
    """A text split into words. `norms` are the normal forms of the words."""

    def __init__(self, text: str, language: str | None) -> None:
        self.text, self.language = text, language or language_of(text)
        self.words = list(WORD.finditer(text))
        self.norms = [normalise(word.group()) for word in self.words]
        self._parted: dict[int, bool] = {}
        lone = {match.start() for match in LONE_S.finditer(text)}
        if lone:
            self.norms = [
                "S" if word.start() in lone else norm for word, norm in zip(self.words, self.norms, strict=True)
            ]

    @cached_property
    def roots(self) -> list[str]:
        return list(map(root, self.norms))

    def span(self, first: int, last: int) -> Span:
        return Span(first, last, self.words[first].start(), self.words[last].end())

    def between(self, first: int, last: int) -> str:
        return self.text[self.words[first].end() : self.words[last].start()]

    def parted(self, at: int) -> bool:
        """True if a phrase ends between word `at` and the next word."""
        if at not in self._parted:
            start, end = self.words[at].end(), self.words[at + 1].start() + 1
            self._parted[at] = _BREAK.search(self.text, start, end) is not None
        return self._parted[at]


def phrases(read: Reading, taken: bytearray) -> Iterator[Span]:
    """Yields spans of up to six words that may be a name. `taken` marks characters that no span contains."""
    first = None
    for at, word in enumerate(read.words):
        names_nothing = taken[word.start()] or read.norms[at] in STOP_WORDS or not any(map(str.isalpha, word.group()))
        if first is not None and (
            names_nothing or read.parted(at - 1) or "," in read.between(at - 1, at) or at - first == _LONGEST_PHRASE
        ):
            yield read.span(first, at - 1)
            first = None
        if first is None and not names_nothing:
            first = at
    if first is not None:
        yield read.span(first, len(read.words) - 1)

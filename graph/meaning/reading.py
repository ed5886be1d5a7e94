"""graph: a text in words, its phrases, and the words that are listed together in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from typing import NamedTuple

from graph.meaning.language import language as language_of
from graph.meaning.words import CONJUNCTIONS, FUNCTION_WORDS, LINKS, LONE_S, STOP_WORDS, root
from graph.names import normalise
from graph.unseen import WORD

# Where one phrase ends and another begins: no name goes on beyond it.
_BREAK = re.compile(r"[;:!?&()\[\]\n]|\s/\s|\.\s+(?=[A-Z])")
_COMMA_ONLY = re.compile(r"\s*,\s*")
_LONGEST_PHRASE = 6


class Span(NamedTuple):
    """Words `first` to `last`, inclusive, and the characters they take."""

    first: int
    last: int
    start: int
    end: int


class Reading:
    """A text in words; `norms` are their normal forms."""

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
        """Whether a phrase ends between word `at` and the next."""
        if at not in self._parted:
            start, end = self.words[at].end(), self.words[at + 1].start() + 1
            self._parted[at] = _BREAK.search(self.text, start, end) is not None
        return self._parted[at]


def listed_before(read: Reading, first: int) -> Iterator[int]:
    """The words that are listed before word `first`: `a, b and`."""
    at = first - 1
    if at > 0 and read.norms[at] in CONJUNCTIONS and not read.between(at, first).strip():
        at -= 1
    elif at < 0 or not _COMMA_ONLY.fullmatch(read.between(at, first)):
        return
    for _ in range(_LONGEST_PHRASE):
        if at < 0 or read.norms[at] in STOP_WORDS - FUNCTION_WORDS:
            return
        yield at
        if at == 0 or not _COMMA_ONLY.fullmatch(read.between(at - 1, at)):
            return
        at -= 1


def joined_after(read: Reading, last: int) -> Iterator[int]:
    """The word that a conjunction joins to word `last`."""
    at = last + 1
    if at + 1 < len(read.norms) and read.norms[at] in CONJUNCTIONS and not read.between(last, at + 1)[:1].strip():
        at += 1
        while at < len(read.norms) - 1 and read.norms[at] in LINKS:
            at += 1
        if read.norms[at] not in STOP_WORDS:
            yield at


def joint_heads(read: Reading) -> Iterator[tuple[int, int]]:
    """The head before a list of parts, and the last part: `cysts`, `kidney` in `cysts of jaws and kidney`."""
    for joint in range(2, len(read.norms) - 1):
        # In English `of` is no conjunction.
        if read.norms[joint] not in CONJUNCTIONS or (read.norms[joint] == "of" and read.language != "nl"):
            continue
        place = joint + 1
        while place < len(read.norms) - 1 and read.norms[place] in LINKS:
            place += 1
        head = _head_before(read, joint)
        if head is not None and not any(map(read.parted, range(head, place))):
            yield head, place


def _head_before(read: Reading, joint: int) -> int | None:
    """The word before the links that stand a few words before a conjunction."""
    for at in range(joint - 2, max(0, joint - _LONGEST_PHRASE), -1):
        if read.norms[at] in LINKS and read.norms[at - 1] not in LINKS:
            return at - 1
    return None


def hyphened_before(read: Reading, first: int) -> int | None:
    """The word before `first` whose end Dutch leaves out: `borst-` in `borst- en eierstokkanker`."""
    at = first - 2
    joined = at >= 0 and read.norms[first - 1] in CONJUNCTIONS and read.between(at, first - 1).strip() == "-"
    return at if joined else None


def phrases(read: Reading, taken: bytearray) -> Iterator[Span]:
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

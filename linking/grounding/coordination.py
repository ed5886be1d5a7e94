"""linking: finds words that share a part of a nearby name: `breast` in `breast and ovarian cancer`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from graph.lexical import CONJUNCTIONS, FUNCTION_WORDS, LINKS, STOP_WORDS, stem
from linking.grounding.reading import Reading, Span

# These words are too general to share a part of a name. Root concepts of terminologies often have one of these names.
_ROOTS = frozenset(map(stem, "disease disorder syndrome condition illness ziekte aandoening syndroom stoornis".split()))
_COMMA_ONLY = re.compile(r"\s*,\s*")
_LONGEST_PHRASE = 6

Tried = Iterable[list[str]]
"""The possible full names of a word that shares a part of another name, the most probable first."""


def beside(read: Reading, span: Span) -> Iterator[tuple[int, Tried]]:
    """Yields the index of each word that shares the first or last part of the name at `span`.

    Each index comes with the possible full names of the word.
    """
    words = read.norms[span.first : span.last + 1]
    for place in (one for one in listed_before(read, span.first) if stem(read.norms[one]) not in _ROOTS):
        yield place, ([read.norms[place], *words[cut:]] for cut in range(1, len(words)))
    for place in joined_after(read, span.last) if len(words) > 1 else ():
        yield place, ([*words[:-1], read.norms[place]],)
    if len(words) == 1 and (left := hyphened_before(read, span.first)) is not None:
        yield left, ([read.norms[left] + words[0][cut:]] for cut in range(3, len(words[0]) - 3))


def under_one_head(read: Reading) -> Iterator[tuple[int, Tried]]:
    """Yields the index of each word that shares a noun before it: `kidney` in `cysts of the jaws and of the kidney`.

    Each index comes with the possible full names of the word, here `cysts kidney`.
    """
    for head, place in joint_heads(read):
        yield place, ([read.norms[head], read.norms[place]],)


def listed_before(read: Reading, first: int) -> Iterator[int]:
    """Yields the indices of the words of a list that ends before word `first`: `a, b and`."""
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
    """If a conjunction follows word `last`, yields the index of the word that the conjunction joins to word `last`."""
    at = last + 1
    if at + 1 < len(read.norms) and read.norms[at] in CONJUNCTIONS and not read.between(last, at + 1)[:1].strip():
        at += 1
        while at < len(read.norms) - 1 and read.norms[at] in LINKS:
            at += 1
        if read.norms[at] not in STOP_WORDS:
            yield at


def joint_heads(read: Reading) -> Iterator[tuple[int, int]]:
    """Yields the indices of the noun before a list and of the last item of the list.

    For example, of `cysts` and `kidney` in `cysts of jaws and kidney`.
    """
    for joint in range(2, len(read.norms) - 1):
        # `of` is a conjunction only in Dutch.
        if read.norms[joint] not in CONJUNCTIONS or (read.norms[joint] == "of" and read.language != "nl"):
            continue
        place = joint + 1
        while place < len(read.norms) - 1 and read.norms[place] in LINKS:
            place += 1
        head = _head_before(read, joint)
        if head is not None and not any(map(read.parted, range(head, place))):
            yield head, place


def _head_before(read: Reading, joint: int) -> int | None:
    """The index of the noun before a list: the word before the last link word (`of`) before the conjunction."""
    for at in range(joint - 2, max(0, joint - _LONGEST_PHRASE), -1):
        if read.norms[at] in LINKS and read.norms[at - 1] not in LINKS:
            return at - 1
    return None


def hyphened_before(read: Reading, first: int) -> int | None:
    """The index of the shortened Dutch compound before word `first`: `borst-` in `borst- en eierstokkanker`."""
    at = first - 2
    joined = at >= 0 and read.norms[first - 1] in CONJUNCTIONS and read.between(at, first - 1).strip() == "-"
    return at if joined else None

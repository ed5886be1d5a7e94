"""linking: splits a mention of several concepts, such as `breast and ovarian cancer`, into one name per concept."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from linking.grounding.matches import Match

_JOINT = re.compile(r"\s*,?\s+(?:and/or|and|or|en)\s+|\s*,\s+|/")
_MOST, _LONGEST = 4, 12


class Part(NamedTuple):
    """One of the concepts that a mention names: its full name, and the span of its words in the mention.

    `end` is exclusive.
    """

    name: str
    start: int
    end: int


def ways_apart(text: str) -> Iterator[list[Part]]:
    """Yields the ways to split a mention into two to four names. The names may share their last or first words.

    Yields nothing if the mention has no conjunction, comma or slash.
    """
    pieces = _pieces(text)
    if not 2 <= len(pieces) <= _MOST or not all(piece.name for piece in pieces):
        return
    first, *middle, last = pieces
    words = last.name.split()
    if not any(len(piece.name.split()) > _LONGEST for piece in pieces):
        yield pieces
        for cut in range(1, len(words)):
            head = " ".join(words[cut:])
            yield [*(piece._replace(name=f"{piece.name} {head}") for piece in (first, *middle)), last]
        front = first.name.rpartition(" ")[0]
        if front:
            yield [first, *(piece._replace(name=f"{front} {piece.name}") for piece in (*middle, last))]


def _pieces(text: str) -> list[Part]:
    ends = [0, *(end for joint in _JOINT.finditer(text) for end in joint.span()), len(text)]
    return [Part(text[start:end].strip(), start, end) for start, end in zip(ends[::2], ends[1::2], strict=True)]


def put_together(whole: list[Match], ways: list[list[Part]], parts: dict[str, list[Match]], sure: float) -> list[Match]:
    """Joins the matches of a whole mention with the matches of its parts.

    `whole` are the matches of the whole mention. `ways` are the results of `ways_apart`, and `parts` has the matches
    for each name in `ways`. The matches of the parts come first if the best score of each part is at least `sure` and
    at least the best score in `whole`. Otherwise, only `whole` is returned.
    """
    able = [way for way in ways if all(parts[part.name] for part in way)]
    best = max(able, key=lambda way: min(parts[part.name][0].score for part in way), default=[])
    surest = min((parts[part.name][0].score for part in best), default=0.0)
    if surest < max([sure, *(match.score for match in whole)]):
        return whole
    found = [[match._replace(start=part.start, end=part.end) for match in parts[part.name]] for part in best]
    first, *turns = zip_longest(*found)
    each: dict[str, Match] = {}
    for match in (*first, *whole, *(match for turn in turns for match in turn if match)):
        each.setdefault(match.concept, match)
    return list(each.values())

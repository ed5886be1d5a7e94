"""linking: matches of a text with concepts, and functions to compare and filter matches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from graph.lexical import is_ordinary
from linking.grounding.likeness import in_capitals, is_counted
from linking.grounding.reading import Span

# A single word of a text never means an item of a form, such as `Address` or `Race`.
_ITEMS = ("loinc:",)
SHORTEST = 4


class Match(NamedTuple):
    """A concept that a text mentions. `start` and `end` are character offsets; `end` is exclusive."""

    concept: str
    label: str
    score: float
    method: str
    text: str
    start: int
    end: int
    assertion: str = "present"
    name: str = ""


def each_once(matches: Sequence[Match]) -> Iterable[Match]:
    """The first match of each concept."""
    found: dict[str, Match] = {}
    for match in matches:
        found.setdefault(match.concept, match)
    return found.values()


def prefix(match: Match) -> str:
    return match.concept.partition(":")[0]


def rank(found: tuple[Span, list[Match]]) -> tuple[int, float, int]:
    """A sort key for a span with its matches: the longest span first, then the highest score, then the first."""
    span, matches = found
    return span.first - span.last, -max(match.score for match in matches), span.first


def may_be_name(match: Match, norm: str) -> bool:
    """True if a single word may be a name: it is not ordinary, and it is long enough or an abbreviation."""
    ordinary = is_ordinary(norm)
    # In a heading in capitals (`DISEASE CHARACTERISTICS`), an ordinary word matches only an abbreviation as name.
    if norm.isdigit() or (ordinary and not (in_capitals(match.text) and in_capitals(match.name))):
        return False
    if match.concept.startswith(_ITEMS):
        return False
    return len(norm) >= SHORTEST or (len(norm) > 1 and match.text.isupper()) or is_counted(match.name)

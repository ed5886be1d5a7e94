"""graph: what is shown of a record that a search found: which of its texts answered, and the words around."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from graph.names import normalise
from graph.record_search import HOW, AskedWord, RecordRanking
from graph.record_texts import RecordText, texts_of

if TYPE_CHECKING:
    from graph.snapshot import Snapshot

_SHOWN, _BEFORE = 160, 40
"""Characters of a text that are shown, and how many of them before the first word that was found."""


class RecordHit(NamedTuple):
    """A record by its kind and number; `how` is one of HOW, `text` a part of the text of `field`, `score` 0 to 1."""

    kind: str
    number: int
    how: str
    field: str
    text: str
    score: float


def record_hits(snapshot: Snapshot, ranking: RecordRanking, start: int, end: int) -> list[RecordHit]:
    """The hits at these places of a ranking, in its order."""
    shown = slice(start, end)
    places = [snapshot.kind_of(row) for row in ranking.rows[shown].tolist()]
    texts: dict[tuple[str, int], list[RecordText]] = {}
    for kind, records in snapshot.records.items():
        numbers = [number for own, number in places if own == kind]
        texts |= zip(((kind, number) for number in numbers), texts_of(records, numbers), strict=True)
    patterns = [(_pattern(word, " ", " "), _pattern(word, r"(?<![^\W_])", r"(?![^\W_])")) for word in ranking.asked]
    rows = zip(places, ranking.how[shown].tolist(), ranking.scores[shown].tolist(), strict=True)
    found = []
    for (kind, number), how, score in rows:
        if HOW[how] == "identifier":
            field, text = "id", snapshot.records[kind].ids[number]
        else:
            field, text = _shown(texts[kind, number], patterns if HOW[how] != "meaning" else [])
        found.append(RecordHit(kind, number, HOW[how], field, text, round(score, 4)))
    return found


Patterns = Sequence[tuple[re.Pattern[str], re.Pattern[str]]]
"""Of each word how it is found in a normal form between spaces, and in a text as it was written."""


def _pattern(word: AskedWord, before: str, after: str) -> re.Pattern[str]:
    words = "|".join(map(re.escape, word.words or (word.text,)))
    whole = not word.starts or len(word.text) <= 2
    return re.compile(f"{before}(?:{words}){after if whole else ''}", re.IGNORECASE)


def _shown(texts: Sequence[RecordText], patterns: Patterns) -> tuple[str, str]:
    """The field that has most of the words, of several the first, and its text around the first of them."""
    if not texts:
        return "", ""
    counts = [_count(one.text, patterns) for one in texts]
    best = texts[counts.index(max(counts))]
    return best.field, _excerpt(best.text, patterns)


def _count(text: str, patterns: Patterns) -> int:
    norm = f" {normalise(text)} " if patterns else ""
    return sum(pattern.search(norm) is not None for pattern, _ in patterns)


def _excerpt(text: str, patterns: Patterns) -> str:
    """In one line; from the start where the words are written otherwise, as with accents."""
    text = " ".join(text.split())
    places = (found.start() for _, pattern in patterns if (found := pattern.search(text)))
    start = max(min(places, default=0) - _BEFORE, 0)
    if len(text) <= _SHOWN:
        return text
    start = min(start, len(text) - _SHOWN)
    start = text.find(" ", start) + 1 if start else 0
    end = len(text) if start + _SHOWN >= len(text) else text.rfind(" ", start, start + _SHOWN + 1)
    end = end if end > start else start + _SHOWN
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"

"""linking: makes the hits of a search for records, with the field that matched and an excerpt of the field."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from graph.kinds import Part
from graph.lexical import normalise, visible
from graph.snapshot import RecordText, Snapshot, texts_of
from linking.search.record_search import HOW, AskedWord, RecordRanking, kind_of

_SHOWN, _BEFORE = 160, 40
"""The number of characters in an excerpt, and the number of characters before the first word that matched."""
_NO_TEXT = RecordText(Part.BODY, "", "")


class RecordHit(NamedTuple):
    """A record with its kind and number. `how` is one of HOW. `text` is an excerpt of `field`. `score` is 0 to 1."""

    kind: str
    number: int
    how: str
    field: str
    text: str
    score: float


def record_hits(snapshot: Snapshot, ranking: RecordRanking, start: int, end: int) -> list[RecordHit]:
    """Returns the hits of a ranking from `start` to `end`, in the order of the ranking."""
    page = slice(start, end)
    places = [kind_of(snapshot.records, row) for row in ranking.rows[page].tolist()]
    texts: dict[tuple[str, int], list[RecordText]] = {}
    for kind in {kind for kind, _ in places}:
        numbers = [number for own, number in places if own == kind]
        of_each = texts_of(snapshot.records[kind], numbers)
        texts |= zip(((kind, number) for number in numbers), of_each, strict=True)
    asked = [_spaced(word) for word in ranking.asked]
    rows = zip(places, ranking.how[page].tolist(), ranking.scores[page].tolist(), strict=True)
    found = []
    for (kind, number), how, score in rows:
        if HOW[how] == "identifier":
            field, text = "id", snapshot.records[kind].ids[number]
        else:
            best = _best(texts[kind, number], asked if HOW[how] != "meaning" else [])
            field, text = best.field, _excerpt(best.text, ranking.asked)
        found.append(RecordHit(kind, number, HOW[how], field, text, round(score, 4)))
    return found


def _spaced(word: AskedWord) -> list[str]:
    """Returns the texts by which `_best` finds a word in a normal form.

    Before the search, a space is added at each end of the normal form. So whole words are found, or beginnings of words
    if `word.starts` is true.
    """
    return [f" {one}" if word.starts else f" {one} " for one in word.words]


def _pattern(asked: Sequence[AskedWord]) -> re.Pattern[str]:
    """Returns a pattern that finds any of the words in `asked` in a text that is not normalised.

    The pattern does not find a word that has accents in the text.
    """
    words = [re.escape(one) + ("" if word.starts else r"(?![^\W_])") for word in asked for one in word.words]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})" if words else r"(?!)", re.IGNORECASE)


def _best(texts: Sequence[RecordText], asked: Sequence[Sequence[str]]) -> RecordText:
    """Returns the text with the most words in `asked` (see `_spaced`). Of several such texts, returns the first."""
    best, most = texts[0] if texts else _NO_TEXT, 0
    for one in texts if asked else ():
        norm = f" {normalise(one.text)} "
        count = sum(any(some in norm for some in word) for word in asked)
        if count > most:
            best, most = one, count
        if most == len(asked):
            break
    return best


def _excerpt(text: str, asked: Sequence[AskedWord]) -> str:
    """Returns an excerpt of `text` around the first word in `asked`, or the start of `text` if it has no such word."""
    text = " ".join(visible(text).split())
    if len(text) <= _SHOWN:
        return text
    found = _pattern(asked).search(text)
    start = min(max(found.start() - _BEFORE if found else 0, 0), len(text) - _SHOWN)
    start = text.find(" ", start) + 1 if start else 0
    end = len(text) if start + _SHOWN >= len(text) else text.rfind(" ", start, start + _SHOWN + 1)
    end = end if end > start else start + _SHOWN
    return f"{'… ' if start else ''}{text[start:end]}{' …' if end < len(text) else ''}"

"""ingest: text to concepts by dictionary; exact and normalised names only, each with what it matched and where.

A name may stand in several ontologies: each gets its match, so whoever asks by one of them finds it, mapped or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from graph.names import normalise
from graph.snapshot import Snapshot

# Units and administrative codes are words of any text and never its topic.
_NO_TOPIC = ("ucum", "hl7.", "omop", "visit", "gender", "race", "ethnicity")
_KINDS = ("label", "exact", "abbreviation")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 8
_SHORTEST = 4
# In running text these words alone name nothing, whatever terminology lists them as a concept.
_FUNCTION_WORDS = frozenset(
    "about after all and any are aspect both case cause change course data disease disorder each event finding from "
    "general group have high human into left level life low male female man other part patient patients people person "
    "process result results right role self short status study system systems test this time type unit value with work "
    "alle als dan dat deze die door een geen het hun kan maar met naar niet onder ook over tot van voor was week wel "
    "zijn".split()
)


class Match(NamedTuple):
    """A concept named in a text. `start` and `end` are characters of the text, end exclusive; confidence is 0 to 1."""

    concept: str
    method: str
    confidence: float
    text: str
    start: int
    end: int


class Grounder:
    """Finds the names of one snapshot's concepts; deprecated concepts and stubs are left out."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._entries: dict[str, list[tuple[str, str, str, str]]] = {}
        self._longest: dict[str, int] = {}
        for norm, *entry in _dictionary(snapshot):
            self._entries.setdefault(norm, []).append((entry[0], entry[1], entry[2], entry[3]))
            first, words = norm.partition(" ")[0], norm.count(" ") + 1
            if words > self._longest.get(first, 0):
                self._longest[first] = min(words, _LONGEST)

    def mention(self, text: str) -> list[Match]:
        """The concepts that the whole text names."""
        return self._matches(text, 0, len(text), _spellings(text))

    def text(self, text: str) -> Iterator[Match]:
        """The concepts named anywhere in a text, the longest names first to claim their words."""
        words = list(_WORD.finditer(text))
        norms = [normalise(word.group()) for word in words]
        at = 0
        while at < len(words):
            found: list[Match] = []
            at += self._span(text, words, norms, at, found)
            yield from found

    def _span(self, text: str, words: list[re.Match[str]], norms: list[str], at: int, found: list[Match]) -> int:
        """Adds what is named from word `at` on; how many words that took, at least one."""
        for size in range(min(self._longest.get(norms[at], 0), len(words) - at), 0, -1):
            norm = " ".join(norms[at : at + size])
            if norm not in self._entries:
                continue
            start, end = words[at].start(), words[at + size - 1].end()
            if size > 1 or _tells_something(text[start:end], norm):
                found.extend(self._matches(text, start, end, [(norm, 1.0)]))
                return size
        return 1

    def _matches(self, text: str, start: int, end: int, spellings: list[tuple[str, float]]) -> list[Match]:
        said = text[start:end]
        entries, weight = next(((e, w) for norm, w in spellings if (e := self._entries.get(norm))), ([], 0.0))
        best: dict[str, Match] = {}
        for concept, ontology, name, kind in entries:
            if kind == "abbreviation" and said.islower():
                continue
            same = said.casefold() == name.casefold()
            confidence = round((0.95 if same else 0.85) * (1.0 if kind == "label" else 0.95) * weight, 3)
            match = Match(concept, "exact" if same else "normalised", confidence, said, start, end)
            if ontology not in best or confidence > best[ontology].confidence:
                best[ontology] = match
        return list(best.values())


def _dictionary(snapshot: Snapshot) -> Iterator[list[str]]:
    """(normal form, concept, ontology, name, kind) of every name, best first."""
    names, concepts = snapshot.names.table, snapshot.concepts
    live = pc.invert(pc.or_(concepts["deprecated"], concepts["stub"]).fill_null(True))
    for prefix in _NO_TOPIC:
        live = pc.and_(live, pc.invert(pc.starts_with(concepts["ontology"], prefix, ignore_case=True)))
    keep = pc.and_(live.take(names["concept"]), pc.is_in(names["kind"], pa.array(_KINDS)))
    names = names.filter(keep)
    owner = concepts.select(["id", "ontology"]).take(names["concept"])
    columns = names["norm"], owner["id"], owner["ontology"], names["text"], names["kind"]
    for row in zip(*(column.to_pylist() for column in columns), strict=True):
        yield list(row)


def _spellings(text: str) -> list[tuple[str, float]]:
    """Normal forms to try, the text's own first, each with a weight for the liberty taken."""
    own = normalise(text)
    tried = [(own, 1.0)]
    head, comma, tail = text.partition(",")
    if comma and "," not in tail:
        tried.append((normalise(f"{tail} {head}"), 0.95))
    if own.endswith("s"):
        tried.append((own[:-1], 0.95))
    return tried


def _tells_something(said: str, norm: str) -> bool:
    """Whether one word alone may be taken for a name: long enough or written as an abbreviation."""
    if norm in _FUNCTION_WORDS or norm.isdigit():
        return False
    return len(norm) >= _SHORTEST or (said.isupper() and len(said) > 1)

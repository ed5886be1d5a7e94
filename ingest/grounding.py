"""ingest: text to concepts by dictionary; exact and normalised names only, each with what it matched and where.

A name may stand in several ontologies: each gets its match, so whoever asks by one of them finds it, mapped or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.names import normalise
from graph.snapshot import Snapshot

# Units and administrative codes are words of any text and never its topic.
_NO_TOPIC = ("ucum", "hl7.", "omop", "visit", "gender", "race", "ethnicity")
# Branches that say how, how often or how inherited a thing is, not what; their names are adjectives of any text:
# mode of inheritance, clinical modifier, past medical history, frequency; MONDO's disease characteristic.
_QUALIFIERS = ("HP:0000005", "HP:0012823", "HP:0032443", "HP:0040279", "MONDO:0021125")
# Items of a form: `Address`, `Race`; one word of a text never means them.
_ITEMS = ("loinc:",)
_KINDS = ("label", "exact", "abbreviation")
_WORD = re.compile(r"[^\W_]+")
# Where one phrase ends and another begins: no name goes on beyond it.
_BREAK = re.compile(r"[;:!?&()\[\]\n]|\.\s+(?=[A-Z])")
_LONGEST = 8
_SHORTEST = 4
# In running text these words alone name nothing, whatever terminology lists them as a concept.
_FUNCTION_WORDS = frozenset(
    "about after all and any are aspect both case cause change course data disease disorder each event exercise "
    "finding from general group have high human into left level life low male female man other part patient patients "
    "people person process result results right role self short status study syndrome system systems test this time "
    "type unit value with work "
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
    """Finds the names of one snapshot's concepts, without deprecated ones, stubs and excerpts of other terminologies.

    An excerpt holds what its ontology needs for definitions, `natural` and `linear` among it; who wants to find the
    concepts of a terminology loads it whole.
    """

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

    def text(self, text: str) -> list[Match]:
        """The concepts named anywhere in a text, in its order; the longest names claim their words.

        An abbreviation of up to three letters means too many things: it counts where its concept is also named in full.
        """
        words = list(_WORD.finditer(text))
        norms = [normalise(word.group()) for word in words]
        found: list[Match] = []
        at = 0
        while at < len(words):
            at += self._span(text, words, norms, at, found)
        full = {match.concept for match in found if len(match.text) >= _SHORTEST}
        return [match for match in found if match.concept in full]

    def _span(self, text: str, words: list[re.Match[str]], norms: list[str], at: int, found: list[Match]) -> int:
        """Adds what is named from word `at` on; how many words that took, at least one."""
        for size in range(self._room(text, words, norms, at), 0, -1):
            start, end = words[at].start(), words[at + size - 1].end()
            norm = " ".join(norms[at : at + size])
            spellings = [(norm, 1.0), *((one, 0.95) for one in _singulars(norm))]
            matches = self._matches(text, start, end, spellings)
            if size == 1:
                matches = [match for match in matches if _tells_something(match, norm)]
            if matches:
                found.extend(matches)
                return size
        return 1

    def _room(self, text: str, words: list[re.Match[str]], norms: list[str], at: int) -> int:
        """Words that a name beginning at word `at` may have: as many as any has, up to the end of the phrase."""
        longest = max(self._longest.get(first, 0) for first in (norms[at], *_singulars(norms[at])))
        longest = min(longest, len(words) - at)
        for size in range(1, longest):
            if _BREAK.search(text, words[at + size - 1].end(), words[at + size].start() + 1):
                return size
        return longest

    def _matches(self, text: str, start: int, end: int, spellings: list[tuple[str, float]]) -> list[Match]:
        said = text[start:end]
        entries, weight = next(((e, w) for norm, w in spellings if (e := self._entries.get(norm))), ([], 0.0))
        best: dict[str, Match] = {}
        for concept, ontology, name, kind in entries:
            if (kind == "abbreviation" or name.isupper()) and not _in_capitals(said):
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
    live = _topics(snapshot)
    keep = pc.and_(live.take(names["concept"]), pc.is_in(names["kind"], pa.array(_KINDS)))
    names = names.filter(keep)
    owner = concepts.select(["id", "ontology"]).take(names["concept"])
    columns = names["norm"], owner["id"], owner["ontology"], names["text"], names["kind"]
    for row in zip(*(column.to_pylist() for column in columns), strict=True):
        yield list(row)


def _topics(snapshot: Snapshot) -> pa.Array:
    """Whether each concept may be the topic of a text."""
    concepts, releases = snapshot.concepts, snapshot.tables["Release"]
    out = pc.or_(concepts["deprecated"], concepts["stub"]).fill_null(True)
    place = pc.index_in(concepts["release"], value_set=releases["id"])
    owner = pc.coalesce(releases["prefix"].take(place), "")
    foreign = pc.not_equal(pc.utf8_lower(owner), pc.utf8_lower(concepts["ontology"]))
    out = pc.or_(out, pc.and_(foreign, pc.not_equal(owner, "")))
    for prefix in _NO_TOPIC:
        out = pc.or_(out, pc.starts_with(concepts["ontology"], prefix, ignore_case=True))
    roots = [snapshot.concept(root) for root in _QUALIFIERS]
    below = BitMap.union(BitMap(), *(snapshot.hierarchy.descendants(root) for root in roots if root is not None))
    topics = ~np.asarray(out)
    topics[np.asarray(below, dtype=np.int64)] = False
    return pa.array(topics)


def _spellings(text: str) -> list[tuple[str, float]]:
    """Normal forms to try, the text's own first, each with a weight for the liberty taken."""
    own = normalise(text)
    tried = [(own, 1.0)]
    head, comma, tail = text.partition(",")
    if comma and "," not in tail:
        tried.append((normalise(f"{tail} {head}"), 0.95))
    return tried + [(one, weight * 0.95) for norm, weight in tried for one in _singulars(norm)]


def _singulars(norm: str) -> list[str]:
    """What the singular may be where the last word is a plural, in English or Dutch; what is no word names nothing."""
    if norm.endswith("s"):
        return [norm[:-1]]
    return [norm[:-1], norm[:-2]] if norm.endswith("en") else []


def _in_capitals(said: str) -> bool:
    """Whether it is written as an abbreviation is: COPD, T2DM, mRNA."""
    return sum(letter.isupper() for letter in said) > 1 or (said.isupper() and said.isalnum())


def _tells_something(match: Match, norm: str) -> bool:
    """Whether one word alone may be taken for a name: no function word, and long enough or an abbreviation."""
    if norm.isdigit() or not _FUNCTION_WORDS.isdisjoint((norm, *_singulars(norm))):
        return False
    if match.concept.startswith(_ITEMS):
        return False
    return len(norm) >= _SHORTEST or (len(norm) > 1 and match.text.isupper())

"""graph: finds possible English names of Dutch phrases and compounds from their parts.

For example, `nierfalen` consists of `nier` (kidney, renal) and `falen` (failure), so its English name may be `kidney
failure` or `renal failure`. Parts come from parts.tsv and from the names of the lexicon. The column `place` of
parts.tsv states how a part is used:

- `head`: the last part. `english` has patterns. {noun}, {adjective} and {stem} stand for forms of the previous part.
- `modifier`: a part before a head. `english` has its English nouns; `adjective` and `stem` have its other forms.
- `both`: a modifier that may also be the last part. As the last part, its English nouns are its names.
- `qualifier`: an adjective that is joined to the next part or is a separate word. `english` has its translations.
- `word`: a word that is used in phrases, but not in compounds.

Linking letters may join two parts. The results are only possible names. The caller uses the first result that is a name
in a loaded terminology.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from graph.dutch.lexicon import Entry, lexicon
from graph.lexical import normalise

PARTS = Path(__file__).with_name("parts.tsv")
_LINKS = ("", "s", "e", "en", "n", "er", "ens")
_SHORTEST, _LONGEST = 3, 60
_OF = frozenset("van in aan op bij door uit rond tegen na voor".split())
_ARTICLES = frozenset("de het een".split())
_MOST_WORDS = 8
_MOST_TOGETHER = 4
_MOST = 200
"""Maximum number of English names for a phrase."""
_ILLNESS = frozenset(["disease", "symptom"])


class Modifier(NamedTuple):
    """The English forms of a modifier (a part before a head)."""

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...] = ()
    stems: tuple[str, ...] = ()

    def before(self, other: Modifier) -> Modifier:
        """Combines two modifiers, such as `hersen` and `vlies`, into one modifier."""
        nouns = [f"{one} {two}" for one in (*self.adjectives, *self.nouns) for two in other.nouns]
        return Modifier(tuple(nouns), tuple(f"{one} {two}" for one in self.nouns for two in other.adjectives))


class Compounds:
    """Finds English names of Dutch phrases in the lexicon, or builds the names from parts."""

    def __init__(self, words: Sequence[Entry]) -> None:
        self._heads = defaultdict[str, list[str]](list)
        self._modifiers: dict[str, Modifier] = {}
        self._qualifiers: dict[str, tuple[str, ...]] = {}
        self._words: dict[str, tuple[str, ...]] = {}
        self._names = defaultdict[str, list[str]](list)
        for entry in words:
            for dutch in entry.dutch:
                self._names[normalise(dutch)] += entry.english
            if entry.kind not in _ILLNESS:
                for dutch in entry.dutch:
                    self._modifiers.setdefault(normalise(dutch), Modifier(entry.english))
        for row in _rows():
            self._add(row)

    def _add(self, row: dict[str, str]) -> None:
        parts = [normalise(one) for one in row["part"].split("|")]
        english, adjectives, stems = (_split(row[name]) for name in ("english", "adjective", "stem"))
        for one in parts:
            if row["place"] == "head":
                self._heads[one] += english
            elif row["place"] == "qualifier":
                self._qualifiers[one] = english
            elif row["place"] == "word":
                self._words[one] = tuple(dict.fromkeys((*self._words.get(one, ()), *english)))
            else:
                self._modifiers[one] = Modifier(english, adjectives, stems)
                if row["place"] == "both":
                    self._names[one] += [name for name in english if name not in self._names[one]]

    def english(self, norm: str) -> list[str]:
        """Returns possible English names of a Dutch phrase in normal form, best first.

        Returns no names if a part of the phrase is unknown.
        """
        words = norm.split()
        if not 0 < len(words) <= _MOST_WORDS or len(norm) > _LONGEST:
            return []
        return list(dict.fromkeys(map(normalise, islice(self._called(tuple(words)), _MOST))))

    def forms(self, word: str) -> tuple[str, ...]:
        """Returns the English translations of one Dutch word of a phrase: nouns and adjectives."""
        found = self._modifier(word) or Modifier(())
        return (*self._words.get(word, ()), *self._qualifiers.get(word, ()), *found.nouns, *found.adjectives)

    def units(self, words: Sequence[str]) -> list[str]:
        """Splits a Dutch phrase into units: words, and phrases in the lexicon or parts.tsv, such as `dunne darm`.

        If several of these phrases match, the longest one is used.
        """
        found: list[str] = []
        while words:
            sizes = range(min(_MOST_TOGETHER, len(words)), 1, -1)
            size = next((size for size in sizes if self._is_listed(" ".join(words[:size]))), 1)
            found.append(" ".join(words[:size]))
            words = words[size:]
        return found

    def _is_listed(self, phrase: str) -> bool:
        return any(phrase in known for known in (self._names, self._words, self._modifiers, self._qualifiers))

    def is_understood(self, word: str) -> bool:
        """True if a Dutch word is in the lexicon or parts.tsv, or consists of parts that are."""
        return bool(self.forms(word)) or next(self._word(word), None) is not None

    def _called(self, words: tuple[str, ...]) -> Iterator[str]:
        whole = " ".join(words)
        yield from self._names.get(whole, ())
        if len(words) == 1:
            yield from self._word(whole)
            return
        yield from self._word("".join(words))
        if words[0] in self._qualifiers:
            for rest in self._called(words[1:]):
                yield from _qualified(self._qualifiers[words[0]], rest)
        for at in range(1, len(words) - 1):
            if words[at] in _OF:
                after = words[at + 1 :]
                after = after[1:] if after[0] in _ARTICLES else after
                yield from self._of(" ".join(words[:at]), " ".join(after))

    def _of(self, head: str, other: str) -> Iterator[str]:
        """Yields the English names of a phrase such as `ontsteking van de long`."""
        modifier = self._modifier(other)
        if modifier is None:
            return
        yield from _filled(self._heads.get(head, ()), modifier)
        for name in self._called(tuple(head.split())):
            yield from _said_of(name, modifier)
            yield from (f"{name} in {noun}" for noun in modifier.nouns)

    def _word(self, word: str) -> Iterator[str]:
        """Yields the English names of a Dutch word. Names from longer last parts come first.

        A short last part often matches by chance.
        """
        yield from self._names.get(word, ())
        for at in range(_SHORTEST - 1, len(word) - _SHORTEST + 1):
            front, head = word[:at], word[at:]
            if head in self._heads or head in self._names:
                for first in _unlinked(front):
                    yield from self._joined(first, head)

    def _joined(self, first: str, head: str) -> Iterator[str]:
        names = self._names.get(head, ())
        if (modifier := self._modifier(first)) is not None:
            yield from _filled(self._heads.get(head, ()), modifier)
            for name in names:
                yield from _said_of(name, modifier)
        for name in names:
            yield from _qualified(self._qualifiers.get(first, ()), name)

    def _modifier(self, word: str, depth: int = 2) -> Modifier | None:
        if word in self._modifiers:
            return self._modifiers[word]
        for at in range(_SHORTEST, len(word) - _SHORTEST + 1) if depth else ():
            last = self._modifiers.get(word[at:])
            first = self._linked(word[:at], depth - 1) if last else None
            if first and last:
                return first.before(last)
        return None

    def _linked(self, front: str, depth: int) -> Modifier | None:
        return next(filter(None, (self._modifier(first, depth) for first in _unlinked(front))), None)


def _unlinked(front: str) -> Iterator[str]:
    """Yields `front`, the start of a compound, with and without linking letters at its end."""
    return (front.removesuffix(link) for link in _LINKS if front.endswith(link))


def _rows() -> Iterator[dict[str, str]]:
    with PARTS.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split("|")))


_SLOT = re.compile(r"\{(noun|adjective|stem)\}")


def _filled(patterns: Sequence[str], modifier: Modifier) -> Iterator[str]:
    forms = {"noun": modifier.nouns, "adjective": modifier.adjectives, "stem": modifier.stems}
    for pattern in patterns:
        slot = _SLOT.search(pattern)
        if slot is None:
            continue
        yield from (pattern.replace(slot[0], form) for form in forms[slot[1]])


def _said_of(name: str, modifier: Modifier) -> Iterator[str]:
    yield from (f"{form} {name}" for form in (*modifier.adjectives, *modifier.nouns))
    yield from (f"{name} of {noun}" for noun in modifier.nouns)


def _qualified(qualifiers: Sequence[str], name: str) -> Iterator[str]:
    for one in qualifiers:
        yield f"{one} {name}"
        yield f"{name} {one}"


@lru_cache(maxsize=1)
def compounds() -> Compounds:
    """Returns the `Compounds` of the packaged lexicon."""
    return Compounds(lexicon())

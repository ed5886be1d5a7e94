"""linking: finds the synsets of words in findings. A synset is a group of words with the same meaning.

For example, `wasted` and `atrophy` form a synset, and `klein` and `small` form another synset. words.tsv has a row for
each synset. The column `means` has one or more tokens. The columns `english` and `dutch` have words, separated by `|`.
The column `kind` is one of:

part     a part of the body or its function
quality  a quality
degree   a word that may be left out
filler   a word without meaning
name     a clinical word that means several tokens, such as `microcephaly`
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from graph.lexical import normalise, root

WORDS = Path(__file__).with_name("words.tsv")
FILLER = "-"
SKIPPED = frozenset("of the a an his her their its s de het een van".split())
"""Words that are ignored in a phrase, such as `of the` in `bridge of the nose`."""
Tokens = tuple[str, ...]


@lru_cache(maxsize=2)
def rows(file: Path) -> tuple[dict[str, str], ...]:
    with file.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def alternatives(cell: str) -> list[str]:
    return [one for one in cell.split("|") if one]


class Words:
    """The words of words.tsv in one language, with their tokens.

    For Dutch, English words that are not also Dutch words are added.
    """

    def __init__(self, language: str | None) -> None:
        self.parts: set[str] = set()
        self.degrees: set[str] = set()
        self._single: dict[str, Tokens] = {}
        self._roots: dict[str, Tokens] = {}
        self._phrases: dict[Tokens, Tokens] = {}
        self._longest: dict[str, int] = {}
        for column in ("dutch", "english") if language == "nl" else ("english",):
            for row in rows(WORDS):
                self._add(row, alternatives(row[column]))

    def _add(self, row: dict[str, str], phrases: list[str]) -> None:
        means = () if row["means"] == FILLER else tuple(row["means"].split())
        if row["kind"] == "part":
            self.parts.update(means)
        elif row["kind"] == "degree":
            self.degrees.update(means)
        for norm in map(normalise, phrases):
            words = without_skipped(norm.split())
            if len(words) > 1:
                self._phrases.setdefault(tuple(words), means)
                self._longest[words[0]] = max(len(words), self._longest.get(words[0], 0))
            elif words:
                self._single.setdefault(words[0], means)
                if means:
                    self._roots.setdefault(root(words[0]), means)

    def means(self, norms: Sequence[str], at: int) -> tuple[Tokens, int]:
        """Returns the tokens of the longest known phrase that begins at word `at`, and the index after the phrase."""
        first = norms[at]
        if first in self._longest:
            for size in range(min(self._longest[first], len(norms) - at), 1, -1):
                found = self._phrases.get(tuple(norms[at : at + size]))
                if found is not None:
                    return found, at + size
        return self._single.get(first) or self._by_root(first), at + 1

    def _by_root(self, word: str) -> Tokens:
        if word in self._single:
            return ()
        own = root(word)
        return self._roots.get(own) or (own,)

    def is_filler(self, word: str) -> bool:
        """True if the word has no meaning."""
        return self._single.get(word) == ()

    def of(self, norm: str) -> list[str]:
        """Returns the tokens of a phrase in normal form."""
        out: list[str] = []
        norms, at = without_skipped(norm.split()), 0
        while at < len(norms):
            tokens, at = self.means(norms, at)
            out += tokens
        return out


def without_skipped(words: Sequence[str]) -> list[str]:
    return [word for word in words if word not in SKIPPED]


@lru_cache(maxsize=2)
def words_of(language: str | None) -> Words:
    """The packaged words of a language."""
    return Words(language)

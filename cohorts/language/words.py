"""cohorts: loads the words of the controlled language. words.tsv has a column for each language.

A row has a terminal of the grammar. If the terminal has several values in the model, the row also has one of these
values. A cell has phrases, separated by `|`. The first phrase is used for writing, and all phrases are accepted in
reading. For nouns, the second phrase is the plural.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from importlib.resources import files
from typing import Literal, NamedTuple, get_args
from unicodedata import normalize

Language = Literal["en", "nl"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_DECIMAL: dict[Language, str] = {"en": ".", "nl": ","}


class Row(NamedTuple):
    terminal: str
    value: str
    phrases: dict[Language, list[str]]


@cache
def rows() -> tuple[Row, ...]:
    """The rows of words.tsv."""
    lines = files(__package__).joinpath("words.tsv").read_text(encoding="utf-8").splitlines()[1:]
    parts = (line.split("\t") for line in lines)
    return tuple(
        Row(terminal, value, {name: said.split("|") for name, said in zip(LANGUAGES, phrases, strict=True)})
        for terminal, value, *phrases in parts
    )


class Words:
    """The words of a language. `decimal` is the decimal mark of the language."""

    def __init__(self, language: Language) -> None:
        self.language, self.decimal = language, _DECIMAL[language]
        self._said = {(row.terminal, row.value): row.phrases[language] for row in rows()}
        self.known = {
            phrase: (terminal, value)
            for (terminal, value), phrases in self._said.items()
            for phrase in phrases
            if terminal not in ("CERTAIN", "ORDINAL")
        }
        """The terminal and value of each phrase."""
        self._read = {_key(form): found for phrase, found in self.known.items() for form in _forms(phrase)}
        longest = sorted(self._read, key=len, reverse=True)
        some = "|".join(re.escape(phrase).replace(r"\ ", r"[^\S\n]+") for phrase in longest)
        self._phrase = re.compile(rf"(?:{some})(?![\w/])", re.IGNORECASE)

    def say(self, terminal: str, value: str = "", form: int = 0) -> str:
        """The phrase for writing a terminal. `form` 1 is the plural of a noun."""
        return self._said[terminal, value][form]

    def all(self, terminal: str) -> Iterator[str]:
        """The phrases for writing a terminal, one phrase for each value."""
        return (phrases[0] for (name, _), phrases in self._said.items() if name == terminal)

    def phrases(self, terminals: Collection[str]) -> Iterator[str]:
        """All phrases that are accepted for these terminals."""
        return (phrase for phrase, (terminal, _) in self.known.items() if terminal in terminals)

    def match(self, text: str, start: int) -> tuple[str, str, int] | None:
        """The terminal, value and end of the longest phrase that begins at `start`. None if no phrase begins there."""
        found = self._phrase.match(text, start)
        meant = self._read.get(_key(found[0])) if found else None
        return (*meant, found.end()) if found and meant else None

    def ordinal(self, number: int) -> str:
        """The number as an ordinal: `2nd`, `3rd`, `2e`."""
        suffixes = self._said["ORDINAL", ""]
        last = number % 10 if number % 100 not in (11, 12, 13) else 0
        return f"{number}{suffixes[last] if self.language == 'en' and last < len(suffixes) else suffixes[0]}"

    @property
    def suffixes(self) -> str:
        """A pattern for the endings of ordinals."""
        return "|".join(self._said["ORDINAL", ""])


def _forms(phrase: str) -> set[str]:
    return {normalize(form, phrase) for form in ("NFC", "NFD")}


def _key(phrase: str) -> str:
    return " ".join(phrase.lower().split())


words = cache(Words)
"""A function that returns the words of a language. The words are loaded once."""

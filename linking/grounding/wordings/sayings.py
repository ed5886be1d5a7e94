"""linking: matches patterns of words in a fixed order, such as `took her first steps at three years`.

A pattern is a list of words separated by spaces. `a/b` matches either word. `~2` matches up to two words. `@18` matches
an age above 18 months. A wording without these signs is a pattern if it begins with `=`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

_SIGNS = frozenset("~@/=")
_NUMBERS = {
    word: number
    for words in (
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty",
        "een twee drie vier vijf zes zeven acht negen tien elf twaalf dertien veertien vijftien zestien zeventien "
        "achttien negentien twintig",
    )
    for number, word in enumerate(words.split(), 1)
}
_UNITS = {"month": 1, "months": 1, "maand": 1, "maanden": 1, "year": 12, "years": 12, "jaar": 12, "jaren": 12}
_ABOUT = frozenset(
    "the age of about around nearly almost only over after just de leeftijd van ongeveer bijna met pas op rond".split()
)
_MOST_ABOUT = 4
_STOPS = frozenset(
    "not no never nor neither without normal and but niet nooit geen noch zonder normaal normale en maar".split()
)
"""Words that `~` never matches."""
_OLDEST = 12
"""A number without a unit is an age in years if the number is at most this limit."""


class Saying(NamedTuple):
    """The parts of a pattern. `needs` are words after the first part; every match contains all of them."""

    parts: tuple[str, ...]
    needs: frozenset[str]


def is_saying(wording: str) -> bool:
    return not _SIGNS.isdisjoint(wording)


def saying(wording: str) -> Saying:
    parts = tuple(wording.lstrip("=").split())
    return Saying(parts, frozenset(part for part in parts[1:] if _SIGNS.isdisjoint(part)))


def first_words(pattern: Saying) -> list[str]:
    return pattern.parts[0].split("/")


def match_end(pattern: Saying, norms: Sequence[str], at: int, end: int) -> int | None:
    """Returns the index after a match that begins at word `at` and ends before `end`. None if there is no match."""
    return next(_ends(pattern.parts, 0, norms, at, end), None)


def _ends(parts: tuple[str, ...], place: int, norms: Sequence[str], at: int, end: int) -> Iterator[int]:
    if place == len(parts):
        yield at
        return
    part = parts[place]
    if part[0] == "~":
        for skipped in range(int(part[1:]) + 1):
            if at + skipped > end or (skipped and norms[at + skipped - 1] in _STOPS):
                return
            yield from _ends(parts, place + 1, norms, at + skipped, end)
    elif part[0] == "@":
        if (after := _age_until(norms, at, end, int(part[1:]))) is not None:
            yield from _ends(parts, place + 1, norms, after, end)
    elif at < end and norms[at] in part.split("/"):
        yield from _ends(parts, place + 1, norms, at + 1, end)


def _age_until(norms: Sequence[str], at: int, end: int, months: int) -> int | None:
    """Returns the index after an age above `months` that begins at word `at`; None if there is no such age."""
    first = at
    while at < end and at - first < _MOST_ABOUT and norms[at] in _ABOUT:
        at += 1
    if at == end or not (number := _number(norms[at])):
        return None
    at += 1
    if at + 1 < end and norms[at].isdigit() and norms[at + 1] in _UNITS:
        at += 1
    if at + 2 < end and norms[at : at + 3] == ["and", "a", "half"]:
        at += 3
    if at < end and norms[at] in _UNITS:
        return at + 1 if number * _UNITS[norms[at]] > months else None
    return at if number <= _OLDEST and number * 12 > months else None


def _number(norm: str) -> int:
    return int(norm) if norm.isdecimal() and len(norm) < 4 else _NUMBERS.get(norm, 0)

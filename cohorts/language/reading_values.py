"""cohorts: reads the smallest parts of the controlled language: numbers, ranges, dates, durations and concepts.

Every method has the name of a rule or an alternative in grammar.lark. Its argument has the parts and tokens of the
rule.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from lark import Token, Transformer
from msgspec.structs import replace

from cohorts.language.parts import Limit, checked_date, days, number, text
from cohorts.language.tokens import refuse
from cohorts.language.words import Words
from cohorts.model import Dates, Range
from graph.value_sets import Concepts, Item

Parts = list[Any]


class Named(NamedTuple):
    """A value for the field `name` of a class in cohorts/model.py, and the first word of the value in the text."""

    name: str
    value: Any
    word: Token


def parts(children: Parts) -> Parts:
    """The children that are not tokens."""
    return [child for child in children if not isinstance(child, Token)]


def token(children: Parts, *kinds: str) -> Token | None:
    """The first token in `children` whose type is one of `kinds`. None if there is no such token."""
    return next((child for child in children if isinstance(child, Token) and child.type in kinds), None)


class Values(Transformer[Token, Any]):
    """Reads values in one language. `words` are the words of the language. Error messages are in the same language."""

    def __init__(self, words: Words) -> None:
        super().__init__()
        self.words = words

    def several(self, children: Parts) -> tuple[Any, ...]:
        return tuple(parts(children))

    def text(self, children: Parts) -> str:
        return text(children[0], self.words)

    def limit(self, children: Parts) -> Limit:
        (found,) = children
        return Limit(number(found, self.words) if found.type == "NUMBER" else None, found)

    def days(self, children: Parts) -> int:
        amount, unit = children
        return days(amount, unit, self.words)

    def date(self, children: Parts) -> str:
        return checked_date(children[0], self.words)

    def from_to(self, children: Parts) -> Range:
        low, high = parts(children)
        return Range(low=low.value, high=high.value)

    def from_to_below(self, children: Parts) -> Range:
        return replace(self.from_to(children), below=True)

    def above_to(self, children: Parts) -> Range:
        return replace(self.from_to(children), above=True)

    def above_to_below(self, children: Parts) -> Range:
        return replace(self.from_to(children), above=True, below=True)

    def least(self, children: Parts) -> Range:
        return Range(low=parts(children)[0].value)

    def above(self, children: Parts) -> Range:
        return Range(low=parts(children)[0].value, above=True)

    def most(self, children: Parts) -> Range:
        return Range(high=parts(children)[0].value)

    def below(self, children: Parts) -> Range:
        return Range(high=parts(children)[0].value, below=True)

    def exact(self, children: Parts) -> Range:
        value = parts(children)[0].value
        return Range(low=value, high=value)

    def any_number(self, children: Parts) -> Range:
        return Range()

    def outside(self, children: Parts) -> Range | Dates:
        outside: Range | Dates = replace(parts(children)[0], outside=True)
        return outside

    def dates_from_to(self, children: Parts) -> Dates:
        since, until = parts(children)
        return Dates(since=since, until=until)

    def dates_since(self, children: Parts) -> Dates:
        return Dates(since=parts(children)[0])

    def dates_until(self, children: Parts) -> Dates:
        return Dates(until=parts(children)[0])

    def any_date(self, children: Parts) -> Dates:
        return Dates()

    def set(self, children: Parts) -> Concepts:
        return Concepts(items=tuple(parts(children)), certain=bool(token(children, "CERTAIN")))

    def item(self, children: Parts) -> Item:
        found = token(children, "ID")
        assert found
        id_ = text(found, self.words) if found.startswith('"') else str(found)
        return Item(id_, exact=bool(token(children, "EXACTLY")), excluded=bool(token(children, "NOT")))

    def fields(self, some: Iterable[Named]) -> dict[str, Any]:
        """The values in `some` by name. Values with an empty name are left out. Refuses a name that occurs twice."""
        found: dict[str, Any] = {}
        for name, value, word in filter(lambda named: named.name, some):
            if name in found:
                refuse(self.words, word, "twice", found=word)
            found[name] = value
        return found

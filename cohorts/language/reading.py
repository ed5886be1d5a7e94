"""cohorts: converts a text in the controlled language into a definition, in one pass.

Every method of the builder has the name of a rule or an alternative in grammar.lark. The argument of the method has the
parts and tokens of the rule. The method returns a part of the model.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import msgspec
from lark import Lark, Token, UnexpectedToken
from lark.lexer import Lexer

from cohorts.encoding import MOST_LEVELS, not_too_deep
from cohorts.errors import NotUnderstood
from cohorts.language.expecting import unexpected
from cohorts.language.messages import say
from cohorts.language.parts import text as text_of
from cohorts.language.reading_events import EventParts, Quantity
from cohorts.language.reading_persons import PersonParts
from cohorts.language.reading_values import Named, Parts, parts, token
from cohorts.language.reading_windows import WindowParts
from cohorts.language.tokens import tokens
from cohorts.language.words import Language, words
from cohorts.model import AfterDays, Definition, Group, Rule, WhileExposed


class Label(NamedTuple):
    """A label after the CURIE `id`, and the position of the label in the text. Labels do not affect the definition."""

    id: str
    label: str
    line: int
    column: int


def parse(text: str, language: Language = "en") -> Definition:
    """The definition in a text in the controlled language. Raises NotUnderstood."""
    known = words(language)
    try:
        definition: Any = _parser(language).parse(tokens(text, known))
        return not_too_deep(definition)
    except UnexpectedToken as wrong:
        raise unexpected(wrong, text, known) from None
    except msgspec.ValidationError:
        raise NotUnderstood(say(known, "deep", most=MOST_LEVELS), 1, 1) from None


def labels(text: str, language: Language = "en") -> list[Label]:
    """The labels in a text. Raises NotUnderstood."""
    found, id_, known = [], "", words(language)
    for one in tokens(text, known):
        if one.type == "LABEL":
            found.append(Label(id_, str(one), one.line or 1, one.column or 1))
        elif one.type == "ID":
            id_ = text_of(one, known) if one.startswith('"') else str(one)
    return found


class _Lexer(Lexer):
    """Passes the tokens of tokens.py to Lark unchanged."""

    def __init__(self, _: Any) -> None:
        pass

    def lex(self, lexer_state: Any, _: Any = None) -> Iterator[Token]:
        yield from lexer_state


@cache
def _parser(language: Language) -> Lark:
    grammar = files(__package__).joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", lexer=_Lexer, transformer=_Definitions(words(language)))


class _Definitions(EventParts, WindowParts, PersonParts):
    def start(self, children: Parts) -> Definition:
        return Definition(**self.fields(part for part in children if isinstance(part, Named)))

    def entry(self, children: Parts) -> Named:
        return Named("entry", children[0], children[0])

    def question(self, children: Parts) -> Named:
        members = tuple(parts(children))
        return Named("also" if members else "", Group(of=members) if members else None, children[0])

    def before(self, children: Parts) -> Named:
        return Named("before", children[2], children[0])

    def after(self, children: Parts) -> Named:
        return Named("after", children[2], children[0])

    def limited(self, children: Parts) -> Named:
        _, which, limit = children
        return Named(str(limit), which.type.lower(), children[0])

    def also(self, children: Parts) -> Named:
        return Named("also", children[1], children[0])

    def if_rules(self, children: Parts) -> Named:
        return Named("rules", children[2], children[0])

    def until(self, children: Parts) -> Named:
        return Named("exit", children[1], children[0])

    def censor(self, children: Parts) -> Named:
        return Named("censor", children[1], children[0])

    def period(self, children: Parts) -> Named:
        return Named("dates", children[1], children[0])

    def gap(self, children: Parts) -> Named:
        return Named("gap", children[1], children[0])

    def observed(self, children: Parts) -> None:
        return None

    def after_days(self, children: Parts) -> AfterDays:
        days = -children[0] if token(children, "BEFORE") else children[0]
        return AfterDays(days=days, of="end" if token(children, "THE_END") else "start")

    def at_edge(self, children: Parts) -> AfterDays:
        return AfterDays(of="end" if token(children, "THE_END") else "start")

    def exposed(self, children: Parts) -> WhileExposed:
        surveillance = children[0] if isinstance(children[0], int) else 0
        concepts, *more = [part for part in parts(children) if not isinstance(part, int)]
        return WhileExposed(concepts=concepts, surveillance=surveillance, **self.fields(more))

    def gaps(self, children: Parts) -> Named:
        return Named("gap", children[1], children[0])

    def supply(self, children: Parts) -> Named:
        return Named("supply", children[1], children[0])

    def rule(self, children: Parts) -> Rule:
        name, *description, group = parts(children)
        return Rule(name=name, group=group, description=description[0] if description else "")

    def unnamed(self, children: Parts) -> Rule:
        return Rule(name="", group=children[0])

    def whole(self, children: Parts) -> Group:
        group: Group = children[0]
        return group

    def alone(self, children: Parts) -> Group:
        return Group(of=(children[0],))

    def group(self, children: Parts) -> Group:
        (at_least, at_most), members = children
        return Group(of=members, at_least=at_least, at_most=at_most)

    def all_of(self, children: Parts) -> Quantity:
        return Quantity(None, None)

    def any_of(self, children: Parts) -> Quantity:
        return Quantity(1, None)

    def none_of(self, children: Parts) -> Quantity:
        return Quantity(None, 0)

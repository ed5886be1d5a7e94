"""cohorts: reads events in the controlled language, with their kinds, concepts, conditions, windows and counts.

Every method has the name of a rule or an alternative in grammar.lark. Its argument has the parts and tokens of the
rule.
"""

from __future__ import annotations

from typing import NamedTuple

from lark import Token
from msgspec.structs import replace

from cohorts.language.parts import Limit, checked, whole
from cohorts.language.reading_values import Named, Parts, Values, parts, token
from cohorts.language.tokens import refuse
from cohorts.model import Coded, Either, End, Events, Fixed, Group, Number, Occurs, Shift, Stated, Text, When

NAMED_UNITS = {"length": "DAYS", "days": "DAYS", "gap": "DAYS", "age": "YEARS", "age_at_end": "YEARS"}


class Quantity(NamedTuple):
    at_least: int | None
    at_most: int | None


def _end(children: Parts, *words: str) -> End:
    return "end" if token(children, *words) else "start"


class EventParts(Values):
    def events_whole(self, children: Parts) -> Events:
        events: Events = children[0]
        return replace(events, group=children[1]) if children[1:] else events

    def for_which(self, children: Parts) -> Group:
        group: Group = children[1]
        return group

    def events(self, children: Parts) -> Events:
        return Events(**self.fields(children))

    def kinds(self, children: Parts) -> Named:
        return Named("kinds", tuple(str(child) for child in children if child.type == "KIND"), children[0])

    def no_kinds(self, children: Parts) -> Named:
        return Named("kinds", (), children[0])

    def concepts(self, children: Parts) -> Named:
        return Named("concepts", children[0], children[0])

    def where(self, children: Parts) -> Named:
        return Named("where", tuple(parts(children)), children[0])

    def first(self, children: Parts) -> Named:
        return Named("nth", 1, children[0])

    def last(self, children: Parts) -> Named:
        return Named("nth", -1, children[0])

    def nth(self, children: Parts) -> Named:
        return Named("nth", checked(int(children[0]), children[0], self.words), children[0])

    def nth_last(self, children: Parts) -> Named:
        return Named("nth", checked(-int(children[0]), children[0], self.words), children[0])

    def shift(self, children: Parts) -> Named:
        names = ("start_days", "start_of", "end_days", "end_of")
        return Named("shift", Shift(**dict(zip(names, parts(children), strict=True))), children[0])

    def its(self, children: Parts) -> str:
        return _end(children, "ITS_END")

    def fixed(self, children: Parts) -> Named:
        word, dates = children
        if dates.outside:
            refuse(self.words, word, "not_outside")
        return Named("fixed", Fixed(start=dates.since, end=dates.until), word)

    def number(self, children: Parts) -> Number:
        field, within, *units = children
        unit = units[0] if units else None
        if isinstance(unit, Token):
            if unit.type != NAMED_UNITS.get(field):
                refuse(self.words, unit, "days_of")
            unit = None
        return Number(field=str(field), range=within, unit=unit)  # type: ignore[arg-type]

    def named_unit(self, children: Parts) -> Token:
        unit: Token = children[0]
        return unit

    def bare_unit(self, children: Parts) -> str:
        return str(children[0])

    def quoted_unit(self, children: Parts) -> str:
        return str(children[0])

    def coded(self, children: Parts) -> Coded:
        other = bool(token(children, "OTHER_THAN"))
        return Coded(field=str(children[0]), concepts=children[-1], other=other)  # type: ignore[arg-type]

    def stated(self, children: Parts) -> Stated:
        other = bool(token(children, "OTHER_THAN"))
        return Stated(field=str(children[0]), words=tuple(parts(children)), other=other)  # type: ignore[arg-type]

    def texts(self, children: Parts) -> Text:
        how = next(child for child in children if isinstance(child, Token) and child.type in ("MATCHING", "EXACTLY"))
        match = "is" if how.type == "EXACTLY" else str(how)
        other = bool(token(children, "NOT"))
        return Text(field=str(children[0]), how=match, texts=tuple(parts(children)), other=other)  # type: ignore[arg-type]

    def dated(self, children: Parts) -> When:
        return When(field=_end(children, "ENDING"), dates=children[1])

    def either(self, children: Parts) -> Either:
        return Either(of=tuple(parts(children)))

    def occurs(self, children: Parts) -> Occurs:
        at_least, at_most = next((part for part in children if isinstance(part, Quantity)), Quantity(1, None))
        events = next(part for part in children if isinstance(part, Events))
        group = next((part for part in children if isinstance(part, Group)), None)
        more = self.fields(part for part in children if isinstance(part, Named))
        return Occurs(events=replace(events, group=group), at_least=at_least or 0, at_most=at_most, **more)

    def quantity(self, children: Parts) -> Quantity:
        found: Quantity = children[-1]
        return found

    def some(self, children: Parts) -> Quantity:
        return Quantity(1, None)

    def no(self, children: Parts) -> Quantity:
        return Quantity(0, 0)

    def at_least(self, children: Parts) -> Quantity:
        return Quantity(self._count(children[1]), None)

    def at_most(self, children: Parts) -> Quantity:
        return Quantity(None, self._count(children[1]))

    def exactly(self, children: Parts) -> Quantity:
        return Quantity(*[self._count(children[1])] * 2)

    def between(self, children: Parts) -> Quantity:
        return Quantity(self._count(children[1]), self._count(children[3]))

    def _count(self, limit: Limit) -> int:
        return whole(limit, self.words)

    def distinct(self, children: Parts) -> Named:
        return Named("distinct", str(children[0]), children[0])

    def same_visit(self, children: Parts) -> Named:
        return Named("same_visit", True, children[0])

    def outside_observation(self, children: Parts) -> Named:
        return Named("outside_observation", True, children[0])

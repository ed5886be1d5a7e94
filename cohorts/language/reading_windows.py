"""cohorts: reads windows (days from an index event to an event) in the controlled language.

Every method has the name of a rule or an alternative in grammar.lark. Its argument has the parts and tokens of the
rule.
"""

from __future__ import annotations

from typing import Any

from lark import Token
from msgspec.structs import replace

from cohorts.language.reading_values import Named, Parts, Values, parts, token
from cohorts.language.tokens import refuse
from cohorts.model import Window

OVERLAPPING = (Window(until=0, of="end"), Window(since=0, field="end"))
"""An event is in both windows if the event and the index event have at least one day in common."""
DURING = (Window(since=0), Window(until=0, field="end", of="end"))
"""An event is in both windows if all days of the event are days of the index event."""


class WindowParts(Values):
    def windows(self, children: Parts) -> Named:
        some = [part if isinstance(part, tuple) else (part,) for part in parts(children)]
        return Named("windows", tuple(window for windows in some for window in windows), Token("", ""))

    def window(self, children: Parts) -> Window:
        span: Window = parts(children)[0]
        ends = {"field": "ENDING", "of": "THE_END"}
        changed: Window = replace(span, **{name: "end" for name, word in ends.items() if token(children, word)})
        return changed

    def overlapping(self, children: Parts) -> Any:
        return OVERLAPPING

    def during(self, children: Parts) -> Any:
        return DURING

    def days_before(self, children: Parts) -> Window:
        return Window(since=-self._positive(children), until=-1)

    def days_after(self, children: Parts) -> Window:
        return Window(since=1, until=self._positive(children))

    def _positive(self, children: Parts) -> int:
        count: int = parts(children)[0]
        if count < 1:
            refuse(self.words, children[0], "positive", found=count)
        return count

    def before_it(self, children: Parts) -> Window:
        return Window(until=-1)

    def after_it(self, children: Parts) -> Window:
        return Window(since=1)

    def until_it(self, children: Parts) -> Window:
        return Window(until=0)

    def since_it(self, children: Parts) -> Window:
        return Window(since=0)

    def same_day(self, children: Parts) -> Window:
        return Window(since=0, until=0)

    def any_day(self, children: Parts) -> Window:
        return Window()

    def span(self, children: Parts) -> Window:
        since, until = parts(children)
        return Window(since=since, until=until)

    def span_since(self, children: Parts) -> Window:
        return Window(since=parts(children)[0])

    def span_until(self, children: Parts) -> Window:
        return Window(until=parts(children)[0])

    def bound(self, children: Parts) -> int:
        days: int = children[0]
        return -days if token(children, "BEFORE") else days

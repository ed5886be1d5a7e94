"""cohorts: writes numbers, ranges, dates, concepts and conditions in the controlled language."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from unicodedata import category

from cohorts.errors import NotUnderstood
from cohorts.language.reading_events import NAMED_UNITS
from cohorts.language.tokens import ID, LABEL, tokens
from cohorts.language.words import Words
from cohorts.model import Coded, Condition, Dates, Either, Number, Range, Stated, Text, When
from graph.value_sets import Concepts, Item
from ontologies.ucum import is_ucum

Labelled = Callable[[str], str | None]
"""A function that returns the label of a CURIE, or None."""
_UNSEEN = ("Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn")


def shown_label(label: str) -> str:
    """Returns a label that can be written after a CURIE, without invisible characters and without `;`.

    If the brackets do not form pairs, all brackets are removed too, because a bracket would end the label.
    """
    shown = " ".join("".join(" " if sign == ";" or category(sign) in _UNSEEN else sign for sign in label).split())
    return shown if LABEL.fullmatch(shown) else " ".join(re.sub(r"[\[\]]", " ", shown).split())


class ValuesWritten:
    """Writes values in one language. `label` returns the label that is written after a CURIE."""

    def __init__(self, words: Words, label: Labelled) -> None:
        self.words, self.say, self._label = words, words.say, label

    def text(self, text: str) -> str:
        """Writes a text in quotes. Invisible characters are escaped."""
        quoted = json.dumps(text, ensure_ascii=False)
        return "".join(json.dumps(sign)[1:-1] if category(sign) in _UNSEEN else sign for sign in quoted)

    def texts(self, some: Iterable[str], between: str) -> str:
        return between.join(map(self.text, some)) or self.say("NOTHING")

    def any_of_texts(self, some: Iterable[str]) -> str:
        return self.texts(some, f" {self.say('OR')} ")

    def number(self, number: float) -> str:
        whole = float(number).is_integer() and abs(number) < 1e15
        return str(int(number)) if whole else repr(float(number)).replace(".", self.words.decimal)

    def limit(self, limit: float | None) -> str:
        return self.say("ANYTHING") if limit is None else self.number(limit)

    def days(self, days: int) -> str:
        return f"{days} {self.say('DAYS', form=1 if abs(days) == 1 else 0)}"

    def range(self, range_: Range, least: str = "AT_LEAST", most: str = "AT_MOST", start: str = "FROM") -> str:
        """Writes a range of numbers.

        `least` is the word for a lower limit, `most` for an upper limit, and `start` for a range with two limits.
        """
        outside = f"{self.say('NOT')} " if range_.outside else ""
        return outside + self._inside(range_, least, most, start)

    def _inside(self, range_: Range, least: str, most: str, start: str) -> str:
        low, high, above, below = range_.low, range_.high, range_.above, range_.below
        one_sided = {
            (False, True, False, False): f"{self.say(most)} {self.limit(high)}",
            (False, True, False, True): f"{self.say('BELOW')} {self.limit(high)}",
            (True, False, False, False): f"{self.say(least)} {self.limit(low)}",
            (True, False, True, False): f"{self.say('ABOVE')} {self.limit(low)}",
            (False, False, False, False): self.say("ANY_NUMBER"),
            (False, False, True, False): f"{self.say('ABOVE')} {self.limit(None)}",
            (False, False, False, True): f"{self.say('BELOW')} {self.limit(None)}",
        }
        found = one_sided.get((low is not None, high is not None, above, below))
        if found is None and low == high and not (above or below):
            return f"{self.say('EXACTLY')} {self.limit(low)}"
        first = f"{self.say('ABOVE')} " if above else start and f"{self.say(start)} "
        last = f"{self.say('BELOW')} {self.limit(high)}" if below else self.limit(high)
        return found or f"{first}{self.limit(low)} {self.say('TO')} {last}"

    def dates(self, dates: Dates) -> str:
        outside = f"{self.say('NOT')} " if dates.outside else ""
        return outside + self.interval(dates.since, dates.until)

    def interval(self, since: str | None, until: str | None) -> str:
        """Writes the dates from `since` to `until`. None means no limit."""
        if since is None and until is None:
            return self.say("ANY_DATE")
        if until is None:
            return f"{self.say('SINCE')} {since}"
        if since is None:
            return f"{self.say('UP_TO')} {until}"
        return f"{self.say('FROM')} {since} {self.say('TO')} {until}"

    def concepts(self, concepts: Concepts) -> str:
        certain = f"{self.say('CERTAIN')}: " if concepts.certain else ""
        return f"[{certain}{'; '.join(map(self._item, concepts.items))}]"

    def _item(self, item: Item) -> str:
        bare = ID.fullmatch(item.id) and not any(category(sign) in _UNSEEN for sign in item.id)
        flags = [self.say("NOT")] * item.excluded + [self.say("EXACTLY")] * item.exact
        return " ".join(
            [*flags, item.id if bare else self.text(item.id), *shown_label(self._label(item.id) or "").split()]
        )

    def condition(self, condition: Condition) -> str:
        match condition:
            case Number():
                return self._number(condition)
            case Coded(field=field, concepts=concepts, other=other):
                return self._other(self.say("CODED", field), other, self.concepts(concepts))
            case Stated(field=field, words=words, other=other):
                return self._other(self.say("STATED", field), other, self.any_of_texts(words))
            case Text():
                return self._text(condition)
            case When(field=field, dates=dates):
                return f"{self.say('STARTING' if field == 'start' else 'ENDING')} {self.dates(dates)}"
            case Either(of=of):
                return f"{self.say('EITHER')} ({'; '.join(map(self.condition, of))})"

    def _other(self, field: str, other: bool, values: str) -> str:
        return " ".join([field, *[self.say("OTHER_THAN")] * other, values])

    def _text(self, text: Text) -> str:
        how = self.say("EXACTLY") if text.how == "is" else self.say("MATCHING", text.how)
        return " ".join(
            [self.say("TEXT", text.field), *[self.say("NOT")] * text.other, how, self.any_of_texts(text.texts)]
        )

    def _number(self, number: Number) -> str:
        written = f"{self.say('MEASURE', number.field)} {self.range(number.range)}"
        if number.unit is not None:
            return f"{written} {self._unit(number.unit, written[-1].isdigit())}"
        named = NAMED_UNITS.get(number.field)
        return f"{written} {self.say(named)}" if named and written[-1].isdigit() else written

    def _unit(self, unit: str, after_number: bool) -> str:
        """Writes the unit in quotes, unless the unit is recognised without quotes when the text is read."""
        try:
            bare = (
                after_number and is_ucum(unit) and [one.type for one in tokens(f"1 {unit}", self.words)][1:] == ["UNIT"]
            )
        except NotUnderstood:
            bare = False
        return unit if bare else self.text(unit)

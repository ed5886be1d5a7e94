"""cohorts: writes a definition in the controlled language, so that reading the text gives the same definition."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cohorts.language.words import Language, words
from cohorts.language.writing_events import EventsWritten
from cohorts.language.writing_values import Labelled
from cohorts.model import (
    AfterDays,
    Among,
    Definition,
    Events,
    Group,
    Member,
    Occurs,
    Person,
    Rule,
    WhileExposed,
)

_INDENT = "  "
_INLINE = -1
"""The value of `level` for a part that is written in the same line as the part that contains it."""


def printed(definition: Definition, language: Language = "en", label: Labelled = lambda _: None) -> str:
    """The definition as text. `label` returns the label that is written after a CURIE, or None."""
    return "\n".join(_Written(words(language), label).lines(definition)) + "\n"


def member_text(member: Member, language: Language = "en", label: Labelled = lambda _: None) -> str:
    """A member of a group as text in one line. If the member is a group, only its limits are written: `any of`."""
    written = _Written(words(language), label)
    return written.quantity_of(member.at_least, member.at_most) if isinstance(member, Group) else written.member(member)


class _Written(EventsWritten):
    """Writes the parts of a definition. `level` is the indentation level of the line that contains a part."""

    def lines(self, definition: Definition) -> Iterator[str]:
        also = definition.also
        if definition.entry:
            yield self._events_list(definition.entry)
        elif also is not None and _is_short(also):
            yield self._question(also)
            also = None
        else:
            yield self.say("PATIENTS")
        yield from self._observed(definition)
        yield from self._limited("entry_limit", definition.entry_limit)
        if also is not None:
            yield f"{self.say('PROVIDED')} {self._body(also, 0)}"
        yield from self._limited("also_limit", definition.also_limit)
        yield from self._rules(definition.rules)
        yield from self._limited("limit", definition.limit)
        yield from self._exit(definition)

    def _question(self, group: Group) -> str:
        members = f" {self.say('AND')} ".join(self._member(member, _INLINE, question=True) for member in group.of)
        colon = "" if isinstance(group.of[0], Occurs) else ":"
        return f"{self.say('PATIENTS')}{colon} {members}"

    def _observed(self, definition: Definition) -> Iterator[str]:
        for days, word in ((definition.before, "OBSERVED_BEFORE"), (definition.after, "OBSERVED_AFTER")):
            if days:
                yield f"{self.say('WITH')} {self.say('AT_LEAST')} {self.days(days)} {self.say(word)}"

    def _limited(self, limit: str, which: str) -> Iterator[str]:
        if which != "all":
            yield f"{self.say('ONLY_THE')} {self.say(which.upper())} {self.say('LIMITED', limit)}"

    def _rules(self, rules: Sequence[Rule]) -> Iterator[str]:
        if rules:
            yield f"{self.say('IF')} {self.say('ALL_OF')}:"
            yield from (_INDENT + self._rule(rule) for rule in rules)

    def _rule(self, rule: Rule) -> str:
        body = self._body(rule.group, 1)
        if not (rule.name or rule.description):
            return body
        described = f" {self.say('DESCRIBED')} {self.text(rule.description)}" if rule.description else ""
        return f"{self.say('RULE')} {self.text(rule.name)}{described}: {body}"

    def _exit(self, definition: Definition) -> Iterator[str]:
        if definition.exit or definition.censor:
            yield f"{self.say('UNTIL')} {self._end_of(definition.exit)}"
        if definition.censor:
            yield f"{self.say('OR_EARLIER')} {self._events_list(definition.censor)}"
        if definition.dates:
            yield f"{self.say('IN_PERIOD')} {self.dates(definition.dates)}"
        if definition.gap:
            yield f"{self.say('JOINING')} {self.days(definition.gap)} {self.say('APART')}"

    def _end_of(self, exit_: AfterDays | WhileExposed | None) -> str:
        match exit_:
            case None:
                return self.say("END_OF_OBSERVATION")
            case AfterDays(days=days, of=of):
                return f"{f'{self.bound(days)} ' if days else ''}{self.edge(of)}"
            case WhileExposed(surveillance=days, gap=gap, supply=supply):
                begin = f"{self.days(days)} {self.say('AFTER')} " if days else ""
                ended = f"{begin}{self.say('END_OF_EXPOSURE')} {self.concepts(exit_.concepts)}"
                gaps = f"{self.say('GAPS')} {self.days(gap)} {self.say('JOINED')}"
                return f"{ended}, {gaps}" + (
                    f", {self.say('SUPPLY')} {self.days(supply)}" if supply is not None else ""
                )

    def _events_list(self, events: Sequence[Events]) -> str:
        if len(events) == 1:
            return self._events_whole(events[0], 0)
        return "".join([f"{self.say('ANY_OF')}:", *(f"\n{_INDENT}{self._events_whole(one, 1)}" for one in events)])

    def _events_whole(self, events: Events, level: int) -> str:
        return f"{self.events(events)}{self._for_which(events, level)}"

    def _for_which(self, events: Events, level: int) -> str:
        return f" {self.say('FOR_WHICH')} {self._body(events.group, level)}" if events.group is not None else ""

    def _body(self, group: Group, level: int) -> str:
        one = group.of[0] if len(group.of) == 1 else None
        if one and not isinstance(one, Group) and group.at_least is None and group.at_most is None:
            return self._member(one, level)
        return self._group(group, level)

    def _group(self, group: Group, level: int) -> str:
        quantity = self.quantity_of(group.at_least, group.at_most)
        if level == _INLINE or not group.of:
            return f"{quantity} ({'; '.join(self._member(member, _INLINE) for member in group.of)})"
        lines = (f"\n{_INDENT * (level + 1)}{self._member(member, level + 1)}" for member in group.of)
        return f"{quantity}:{''.join(lines)}"

    def quantity_of(self, at_least: int | None, at_most: int | None) -> str:
        match at_least, at_most:
            case None, None:
                return self.say("ALL_OF")
            case 1, None:
                return self.say("ANY_OF")
            case None, 0:
                return self.say("NONE_OF")
        return f"{self.count(at_least, at_most)} {self.say('OF')}"

    def member(self, member: Member) -> str:
        """A member in one line."""
        return self._member(member, _INLINE)

    def _member(self, member: Member, level: int, question: bool = False) -> str:
        match member:
            case Occurs(events=events):
                return self.occurs(member, question) + self._for_which(events, level)
            case Person():
                return self.person(member, question)
            case Among():
                return self.among(member)
            case Group():
                return self._group(member, level)


def _is_short(group: Group) -> bool:
    """True if the text of the group can follow the word `patients` in one line."""
    inner = [member for member in group.of if not isinstance(member, Group)]
    short = all(not isinstance(member, Occurs) or member.events.group is None for member in inner)
    return bool(group.of) and (group.at_least, group.at_most) == (None, None) and inner == list(group.of) and short

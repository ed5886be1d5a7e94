"""cohorts: writes events and properties of patients in the controlled language. writing.py writes groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cohorts.language.reading_windows import DURING, OVERLAPPING
from cohorts.language.writing_values import ValuesWritten
from cohorts.model import Among, End, Events, Fixed, Occurs, Person, Shift, Window

_SEXES = ("female", "male")


class EventsWritten(ValuesWritten):
    def events(self, events: Events, plural: bool = False) -> str:
        """Writes the events without their group."""
        kinds = [self.say("KIND", kind, plural) for kind in events.kinds] or [self.say("EVENT", form=plural)]
        parts = [*self._nth(events.nth), f" {self.say('OR')} ".join(kinds)]
        if events.concepts is not None:
            parts.append(self.concepts(events.concepts))
        if events.where:
            parts.append(f"{self.say('WITH')} {', '.join(map(self.condition, events.where))}")
        return " ".join([*parts, *self._counted(events.shift, events.fixed)])

    def _nth(self, nth: int) -> Iterator[str]:
        if abs(nth) > 1:
            yield self.words.ordinal(abs(nth))
        if nth == 1:
            yield self.say("FIRST")
        if nth < 0:
            yield self.say("LAST")

    def _counted(self, shift: Shift | None, fixed: Fixed | None) -> Iterator[str]:
        if shift:
            start, end = self.bound(shift.start_days), self.bound(shift.end_days)
            first, last = f"{start} {self._its(shift.start_of)}", f"{end} {self._its(shift.end_of)}"
            yield f"{self.say('COUNTED_AS')} {self.say('FROM')} {first} {self.say('TO')} {last}"
        if fixed:
            yield f"{self.say('COUNTED_AS')} {self.interval(fixed.start, fixed.end)}"

    def _its(self, end: End) -> str:
        return self.say("ITS_START" if end == "start" else "ITS_END")

    def edge(self, end: End) -> str:
        return self.say("THE_START" if end == "start" else "THE_END")

    def bound(self, days: int) -> str:
        """Writes the days of a limit: `30 days after`, `90 days before`."""
        return f"{self.days(abs(days))} {self.say('BEFORE' if days < 0 else 'AFTER')}"

    def occurs(self, occurs: Occurs, question: bool) -> str:
        """Writes the number of events, the events without their group, and the windows.

        `question` is true if the result is written after the word `patients` or `and`.
        """
        at_least, at_most, nth = occurs.at_least, occurs.at_most, occurs.events.nth
        plural = (at_least, at_most) not in ((1, None), (0, 0), (1, 1), (0, 1))
        match at_least, at_most:
            case 0, 0:
                quantity = self.say("NO", form=int(question))
            case 1, None if question or nth:
                quantity = self.say("WITH") if question else ""
            case _:
                count = self.count(at_least or (0 if at_most is None else None), at_most)
                quantity = f"{self.say('WITH')} {count}" if question else count
        return " ".join(filter(None, [quantity, self.events(occurs.events, plural), *self._options(occurs)]))

    def count(self, at_least: int | None, at_most: int | None) -> str:
        """Writes the limits for the number of events or members. At least one limit must be given."""
        if at_most is None:
            return f"{self.say('AT_LEAST')} {at_least}"
        if at_least is None:
            return f"{self.say('AT_MOST')} {at_most}"
        if at_least == at_most:
            return f"{self.say('EXACTLY')} {at_most}"
        return f"{self.say('FROM')} {at_least} {self.say('TO')} {at_most}"

    def _options(self, occurs: Occurs) -> Iterator[str]:
        if occurs.windows:
            yield self._windows(occurs.windows)
        if occurs.distinct:
            yield self.say("DISTINCT", occurs.distinct)
        if occurs.same_visit:
            yield self.say("SAME_VISIT")
        if occurs.outside_observation:
            yield self.say("OUTSIDE")

    def _windows(self, windows: Sequence[Window]) -> str:
        pairs: dict[tuple[Window, ...], str] = {OVERLAPPING: "OVERLAPPING", DURING: "DURING"}
        known = pairs.get(tuple(windows))
        return self.say(known) if known else ", ".join(map(self._window, windows))

    def _window(self, window: Window) -> str:
        ending = [self.say("ENDING")] if window.field == "end" else []
        return " ".join([*ending, self._span(window.since, window.until), self.edge(window.of)])

    def _span(self, since: int | None, until: int | None) -> str:
        named = {(None, -1): "BEFORE", (1, None): "AFTER", (None, 0): "ON_OR_BEFORE", (0, None): "ON_OR_AFTER"}
        named |= {(0, 0): "ON_THE_DAY_OF", (None, None): "ANY_DAY"}
        if word := named.get((since, until)):
            return self.say(word)
        if since is None or until is None:
            return f"{self.say('UP_TO')} {self.bound(until)}" if until is not None else self._since(since or 0)
        if since < 0 and until == -1:
            return f"{self.say('IN_THE')} {self.days(-since)} {self.say('BEFORE')}"
        if since == 1 and until > 0:
            return f"{self.say('IN_THE')} {self.days(until)} {self.say('AFTER')}"
        return f"{self.say('FROM')} {self.bound(since)} {self.say('TO')} {self.bound(until)}"

    def _since(self, since: int) -> str:
        return f"{self.say('SINCE')} {self.bound(since)}"

    def person(self, person: Person, question: bool) -> str:
        properties = f" {self.say('AND_IS')} ".join(self._properties(person))
        is_ = "" if question and properties else f"{self.say('PATIENT_IS')} "
        return f"{is_}{properties or self.say('ANYONE')}"

    def _properties(self, person: Person) -> Iterator[str]:
        if person.sex:
            yield f" {self.say('OR')} ".join(map(self._sex, person.sex))
        if person.born:
            yield f"{self.say('BORN')} {self.range(person.born, 'SINCE', 'UP_TO')}"
        if person.age:
            start = "FROM" if person.age.outside else ""
            yield f"{self.range(person.age, start=start)} {self.say('YEARS_OLD')}"
        for word, concepts in (("RACE", person.race), ("ETHNICITY", person.ethnicity)):
            if concepts:
                yield f"{self.say(word)} {self.concepts(concepts)}"
        if person.care_sites:
            yield f"{self.say('TREATED_AT')} {self.any_of_texts(person.care_sites)}"
        for word, dates in (("INDEXED", person.dates), ("INDEX_END", person.ends)):
            if dates:
                yield f"{self.say(word)} {self.dates(dates)}"

    def _sex(self, sex: str) -> str:
        return self.say("SEX", sex) if sex in _SEXES else f"{self.say('OF_SEX')} {self.text(sex)}"

    def among(self, among: Among) -> str:
        some = (("PATIENTS", among.patients), ("COHORTS", among.cohorts), ("SOURCES", among.sources))
        parts = (f"{self.say(word)} {self.texts(ids, ', ')}" for word, ids in some if ids)
        listed = f" {self.say('OR')} ".join(parts) or self.say("NOTHING")
        return f"{self.say('AMONG')} {listed}"

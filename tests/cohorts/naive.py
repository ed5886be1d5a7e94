"""Answers cohort definitions slowly and plainly, event by event, for comparison with the engine."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from cohorts.model import (
    AfterDays,
    Among,
    Coded,
    Dates,
    Definition,
    Either,
    Events,
    Fixed,
    Group,
    Number,
    Occurs,
    Person,
    Shift,
    Stated,
    Text,
    When,
    WhileExposed,
    Window,
)

Event = dict[str, Any]
FAR = 10**6
VISITS = ("visit", "encounter", "visit_detail")
_FACTORS = {("mg", "g"): 0.001}
NOT_OWN = ("family_history", "observation_period", "payer_plan", "location")


class Patient:
    """A patient with events, each a row of the table EVENT with a `concept`. `below` has what each concept includes.

    `about` has race, ethnicity and care site; `lists` the pseudonym, and the cohorts and sources of the patient.
    """

    def __init__(
        self,
        number: int,
        born: int | None,
        sex: str,
        events: list[Event],
        below: dict[str, set[str]],
        about: Event | None = None,
        lists: Iterable[str] = (),
    ) -> None:
        self.number, self.born, self.sex, self.below = number, born, sex, below
        self.about, self.lists = about or {}, set(lists)
        self.events = [self._dated(event) | {"at": at} for at, event in enumerate(events)]
        stated = [e for e in self.events if e["kind"] == "observation_period" and e["span"][0] > -FAR]
        days = [day for e in self.events if e["span"][0] > -FAR for day in (e["span"][0], e["span"][3])]
        self.periods = sorted((e["span"][0], e["span"][3]) for e in stated) or (
            [(min(days), max(days))] if days else []
        )

    def _dated(self, event: Event) -> Event:
        start, end = span(event["start"]), span(event["end"]) if event.get("end") else span(event["start"])
        return event | {"span": (*start, max(end[0], start[0]), max(end[1], end[0], start[0]))}

    def select(self, wanted: Events) -> list[Event]:
        found = [e for e in self.events if self._counts(e, wanted)]
        found.sort(key=lambda e: e["span"][0])
        if wanted.nth:
            place = wanted.nth - 1 if wanted.nth > 0 else len(found) + wanted.nth
            found = found[place : place + 1] if 0 <= place < len(found) else []
        found = [e for e in found if all(self._meets(e, condition) for condition in wanted.where)]
        if wanted.fixed:
            found = [moved for e in found if (moved := _fixed(e, wanted.fixed))]
        if wanted.shift:
            found = [_shifted(e, wanted.shift) for e in found]
        found.sort(key=lambda e: e["span"][0])
        return [e for e in found if wanted.group is None or self.holds(wanted.group, e)]

    def _counts(self, e: Event, wanted: Events) -> bool:
        kind = e["kind"] in wanted.kinds if wanted.kinds else e["kind"] not in NOT_OWN
        certain = (e.get("status") or "").split(" ")[0] not in ("unconfirmed", "provisional", "differential", "absent")
        return kind and certain and (wanted.concepts is None or e["concept"] in self._members(wanted.concepts))

    def _members(self, concepts: Any) -> set[str]:
        sets = {flag: [item for item in concepts.items if item.excluded is flag] for flag in (False, True)}
        kept, out = (
            set().union(*({item.id} if item.exact else self.below.get(item.id, set()) for item in sets[flag]))
            for flag in (False, True)
        )
        return kept - out

    def _meets(self, e: Event, condition: Any) -> bool:
        if isinstance(condition, Either):
            return any(self._meets(e, one) for one in condition.of)
        if isinstance(condition, Coded):
            known = self._codes(e, condition.field)
            return bool(known) and (not known.isdisjoint(self._members(condition.concepts))) != condition.other
        if isinstance(condition, Text):
            said = e.get(condition.field)
            return (
                said is not None
                and any(_matches(said, condition.how, one) for one in condition.texts) != condition.other
            )
        if isinstance(condition, When):
            first, last = e["span"][:2] if condition.field == "start" else e["span"][2:]
            return first > -FAR and all(_in_dates(condition.dates, day) for day in (first, last))
        if isinstance(condition, Stated):
            stated = e.get(condition.field)
            return stated is not None and bool(set(stated.split()) & set(condition.words)) != condition.other
        assert isinstance(condition, Number)
        first, last, end, end_to = e["span"]
        if condition.field == "length":
            values = [end - last, end_to - first] if first > -FAR else []
        elif condition.field in ("age", "age_at_end"):
            values = self._ages(first, last) if condition.field == "age" else self._ages(end, end_to)
        else:
            values = _numbers(e, condition.field)
        if condition.unit:
            values = [value * _FACTORS[e["unit"], condition.unit] for value in values if e.get("unit")]
        return bool(values) and all(_in(condition.range, value) for value in values)

    def _codes(self, e: Event, field: str) -> set[str]:
        if field == "visit":
            visits = [v for v in self.events if v["kind"] in VISITS and v.get("visit") == e.get("visit")]
            return {v["concept"] for v in visits} | {"in a visit"} if e.get("visit") else set()
        return {str(e[field]).split()[-1]} if e.get(field) else set()

    def _ages(self, first: int, last: int) -> list[int]:
        return [date.fromordinal(d).year - self.born for d in (first, last)] if first > -FAR and self.born else []

    def holds(self, member: Any, index: Event | None) -> bool:
        if isinstance(member, Group):
            count = sum(self.holds(one, index) for one in member.of)
            if member.at_least is None and member.at_most is None:
                return count == len(member.of)
            return (member.at_least or 0) <= count <= (FAR if member.at_most is None else member.at_most)
        if isinstance(member, Person):
            right = not member.sex or self.sex in member.sex
            right &= not member.born or (self.born is not None and _in(member.born, self.born))
            ages = self._ages(*index["span"][:2]) if index and member.age else []
            for name, concepts in (("race", member.race), ("ethnicity", member.ethnicity)):
                right &= not concepts or self.about.get(name) in self._members(concepts)
            right &= not member.care_sites or self.about.get("care_site") in member.care_sites
            span = index["span"] if index else (-FAR, FAR, -FAR, FAR)
            for dates, days in ((member.dates, span[:2]), (member.ends, span[2:])):
                right &= not dates or (days[0] > -FAR and all(_in_dates(dates, day) for day in days))
            return right and (not member.age or (bool(ages) and all(_in(member.age, age) for age in ages)))
        if isinstance(member, Among):
            return not self.lists.isdisjoint((*member.patients, *member.cohorts, *member.sources))
        assert isinstance(member, Occurs)
        some = [e for e in self.select(member.events) if self._beside(member, e, index)]
        keys: dict[str, Callable[[int, Event], Any]] = {
            "": lambda n, e: n,
            "concept": lambda n, e: e["concept"],
            "date": lambda n, e: e["span"][0],
            "visit": lambda n, e: e.get("visit") or n,
        }
        count = len({keys[member.distinct](n, e) for n, e in enumerate(some)})
        return member.at_least <= count <= (FAR if member.at_most is None else member.at_most)

    def _beside(self, member: Occurs, e: Event, index: Event | None) -> bool:
        days = index["span"] if index else (-FAR, FAR, -FAR, FAR)
        period = self.period(index) if index else None
        if period and not member.outside_observation and not period[0] <= e["span"][0] <= e["span"][1] <= period[1]:
            return False
        if member.same_visit and not (index and index.get("visit") and index["visit"] == e.get("visit")):
            return False
        return all(_within(window, e["span"], days) for window in member.windows)

    def period(self, e: Event) -> tuple[int, int] | None:
        return next((p for p in self.periods if p[0] <= e["span"][0] and e["span"][1] <= p[1]), None)

    def times(self, definition: Definition) -> list[tuple[int, int]]:
        """The times in the cohort, as first and last day."""
        every = [e for wanted in definition.entry for e in self.select(wanted)]
        entry = sorted({(e["at"], e["span"]): e for e in every}.values(), key=lambda e: e["span"][0])
        left = _limited([e for e in entry if self._observed(e, definition)], definition.entry_limit)
        if definition.also:
            also = definition.also
            left = _limited([e for e in left if self.holds(also, e)], definition.also_limit)
        left = [e for e in left if all(self.holds(rule.group, e) for rule in definition.rules)]
        spans = [_cut(e["span"][0], self._exit(e, definition), definition) for e in _limited(left, definition.limit)]
        return list(_joined(sorted(span for span in spans if span[0] <= span[1]), definition.gap))

    def _observed(self, e: Event, definition: Definition) -> bool:
        period = self.period(e)
        if period is None:
            return not definition.before and not definition.after and e["span"][0] == -FAR
        first, last, *_ = e["span"]
        return bool(period[0] + definition.before <= first and last + definition.after <= period[1])

    def _exit(self, e: Event, definition: Definition) -> int:
        period = self.period(e)
        end = period[1] if period else FAR
        if isinstance(definition.exit, AfterDays):
            day = e["span"][1] if definition.exit.of == "start" else e["span"][3]
            end = min(end, day + definition.exit.days if day < FAR else FAR)
        if isinstance(definition.exit, WhileExposed):
            end = min(end, self._exposed(e, definition.exit))
        starts = [one["span"][0] for wanted in definition.censor for one in self.select(wanted)]
        return int(min([end, *(day for day in starts if day >= e["span"][0] and day > -FAR)]))

    def _exposed(self, e: Event, rule: WhileExposed) -> int:
        """The end of the joined exposure in which the entry starts, or else the end of the entry."""
        drugs = self.select(Events(kinds=("medication", "drug_era"), concepts=rule.concepts))
        spans = []
        for drug in (drug for drug in drugs if drug["span"][0] > -FAR):
            start, _, end, _ = drug["span"]
            supplied = start + (drug.get("days") or 1 if rule.supply is None else rule.supply)
            spans.append((start, end if rule.supply is None and end > start else supplied))
        joined = [span for span in _joined(sorted(spans), rule.gap) if span[0] <= e["span"][0]]
        during = joined[-1][1] + rule.surveillance if joined else -FAR
        return int(during if during >= e["span"][0] else e["span"][3])


def _numbers(e: Event, field: str) -> list[float]:
    """The number of an event, or its value compared with a limit: `value/low`, `value-high`."""
    sign = "/" if "/" in field else "-"
    parts: list[Any] = [e.get(name) for name in field.split(sign)]
    if None in parts or (sign == "/" and len(parts) == 2 and parts[1] <= 0):
        return []
    if len(parts) == 1:
        return parts
    return [parts[0] / parts[1] if sign == "/" else parts[0] - parts[1]]


def _matches(said: str, how: str, text: str) -> bool:
    said, text = said.casefold(), text.casefold()
    found = {"is": said == text, "contains": text in said, "starts_with": said.startswith(text)}
    return found.get(how, said.endswith(text))


def _in_dates(dates: Dates, day: int) -> bool:
    low = dates.since is None or span(dates.since)[0] <= day
    return (low and (dates.until is None or day <= span(dates.until)[1])) != dates.outside


def _cut(start: int, end: int, definition: Definition) -> tuple[int, int]:
    if not definition.dates:
        return start, end
    return max(start, span(definition.dates.since)[0]), min(end, span(definition.dates.until)[1])


def span(text: str | None) -> tuple[int, int]:
    if text is None:
        return -FAR, FAR
    year, month, day = ([int(part) for part in text.split("-")] + [0, 0])[:3]
    first = date(year, month or 1, day or 1).toordinal()
    last_month = month or 12
    return first, first if day else date(year, last_month, monthrange(year, last_month)[1]).toordinal()


def _fixed(e: Event, fixed: Fixed) -> Event | None:
    first, last, end, end_to = e["span"]
    for text in (fixed.start, fixed.end):
        if text and not last <= date.fromisoformat(text).toordinal() <= end:
            return None
    if fixed.start:
        first = last = date.fromisoformat(fixed.start).toordinal()
    if fixed.end:
        end = end_to = date.fromisoformat(fixed.end).toordinal()
    return e | {"span": (first, last, end, end_to)}


def _shifted(e: Event, shift: Shift) -> Event:
    start, end = e["span"][:2], e["span"][2:]
    moves = ((start if shift.start_of == "start" else end, shift.start_days),
             (start if shift.end_of == "start" else end, shift.end_days))  # fmt: skip
    return e | {"span": tuple(day if abs(day) >= FAR else day + by for some, by in moves for day in some)}


def _in(range: Any, value: float) -> bool:
    low = range.low is None or (value > range.low if range.above else value >= range.low)
    high = range.high is None or (value < range.high if range.below else value <= range.high)
    return bool((low and high) != range.outside)


def _within(window: Window, event: tuple[int, ...], index: tuple[int, ...]) -> bool:
    low, high = event[2:] if window.field == "end" else event[:2]
    first, last = index[2:] if window.of == "end" else index[:2]
    since = -5 * FAR if window.since is None else window.since
    return low - last >= since and high - first <= (5 * FAR if window.until is None else window.until)


def _limited(events: list[Event], which: str) -> list[Event]:
    return {"first": events[:1], "last": events[-1:]}.get(which, events)


def _joined(spans: Iterable[tuple[int, int]], gap: int) -> Iterable[tuple[int, int]]:
    found: list[list[int]] = []
    for start, end in spans:
        if found and start <= found[-1][1] + gap:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return ((start, end) for start, end in found)


def patients(people: list[Patient], definition: Definition) -> set[int]:
    """The numbers of the patients in the cohort."""
    if definition.entry:
        return {patient.number for patient in people if patient.times(definition)}
    rules = [group for group in (definition.also, *(rule.group for rule in definition.rules)) if group]
    return {patient.number for patient in people if all(patient.holds(group, None) for group in rules)}

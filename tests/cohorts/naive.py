"""Answers cohort definitions slowly and plainly, event by event, for comparison with the engine."""

from __future__ import annotations

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
    Group,
    Number,
    Occurs,
    Person,
    Stated,
    Text,
    When,
    WhileExposed,
)
from tests.cohorts.plain_days import (
    FAR,
    SURE,
    Event,
    How,
    cut,
    fixed_dates,
    halves,
    in_dates,
    in_range,
    is_age,
    shifted,
    since_birth,
    span,
    within,
)

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
        dated = any(e["start"] and not is_age(e["start"]) for e in events)
        self.aged = not born and not dated and any(e["start"] for e in events)
        self.events = [self._dated(event) | {"at": at} for at, event in enumerate(events)]
        stated = [e for e in self.events if e["kind"] == "observation_period" and e["span"][0] > -FAR]
        days = [day for e in self.events if e["span"][0] > -FAR for day in (e["span"][0], e["span"][3])]
        self.periods = sorted((e["span"][0], e["span"][3]) for e in stated) or (
            [(min(days), max(days))] if days else []
        )

    def _dated(self, event: Event) -> Event:
        start, end = self._days(event["start"]), self._days(event.get("end"))
        if not event.get("end") or is_age(event["end"]) != is_age(event["start"]):
            end = start
        return event | {"span": (*start, max(end[0], start[0]), max(end[1], end[0], start[0]))}

    def _days(self, text: str | None) -> tuple[int, int]:
        """The first and last possible day. An age is counted from birth if there is neither a date nor a birth year."""
        if not text or not is_age(text):
            return span(text)
        first, last = since_birth(text)
        if self.aged:
            return first, last
        if not self.born:
            return -FAR, FAR
        new_year = date(self.born, 1, 1).toordinal()
        return new_year + first, new_year + 365 + last

    def select(self, wanted: Events, how: How = SURE) -> list[Event]:
        found = [e for e in self.events if self._counts(e, wanted)]
        found.sort(key=lambda e: e["span"][0])
        if wanted.nth:
            place = wanted.nth - 1 if wanted.nth > 0 else len(found) + wanted.nth
            found = found[place : place + 1] if 0 <= place < len(found) else []
        found = [e for e in found if all(self._meets(e, condition, how) for condition in wanted.where)]
        if wanted.fixed:
            found = [moved for e in found if (moved := fixed_dates(e, wanted.fixed, how, self.aged))]
        if wanted.shift:
            found = [shifted(e, wanted.shift) for e in found]
        found.sort(key=lambda e: e["span"][0])
        return [e for e in found if wanted.group is None or self.holds(wanted.group, e, how)]

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

    def _meets(self, e: Event, condition: Any, how: How) -> bool:
        if isinstance(condition, Either):
            return any(self._meets(e, one, how) for one in condition.of)
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
            return self._on(condition.dates, first, last, how)
        if isinstance(condition, Stated):
            stated = e.get(condition.field)
            return stated is not None and bool(set(stated.split()) & set(condition.words)) != condition.other
        assert isinstance(condition, Number)
        first, last, end, end_to = e["span"]
        if condition.field == "length":
            values = halves(end - last, end_to - first) if first > -FAR else []
        elif condition.field in ("age", "age_at_end"):
            values = self._ages(first, last) if condition.field == "age" else self._ages(end, end_to)
        else:
            values = _numbers(e, condition.field)
        if condition.unit:
            values = [value * _FACTORS[e["unit"], condition.unit] for value in values if e.get("unit")]
        return bool(values) and how.some(in_range(condition.range, value) for value in values)

    def _on(self, dates: Dates, first: int, last: int, how: How) -> bool:
        if first == -FAR or self.aged:
            return first > -FAR and how.denied
        return how.some(in_dates(dates, day) for day in range(first, last + 1))

    def _codes(self, e: Event, field: str) -> set[str]:
        if field == "visit":
            visits = [v for v in self.events if v["kind"] in VISITS and v.get("visit") == e.get("visit")]
            return {v["concept"] for v in visits} | {"in a visit"} if e.get("visit") else set()
        return {str(e[field]).split()[-1]} if e.get(field) else set()

    def _ages(self, first: int, last: int) -> list[float]:
        if first == -FAR or not (self.aged or self.born):
            return []
        low, high = (
            int(d // 365.25) if self.aged else date.fromordinal(d).year - (self.born or 0) for d in (first, last)
        )
        return halves(low, high)

    def holds(self, member: Any, index: Event | None, how: How = SURE) -> bool:
        if isinstance(member, Group):
            low, high = (sum(self.holds(one, index, side) for one in member.of) for side in (how, how.opposite))
            if member.at_least is None and member.at_most is None:
                return low == len(member.of)
            return (member.at_least or 0) <= low and (member.at_most is None or high <= member.at_most)
        if isinstance(member, Person):
            right = not member.sex or self.sex in member.sex
            right &= not member.born or (self.born is not None and in_range(member.born, self.born))
            ages = self._ages(*index["span"][:2]) if index and member.age else []
            for name, concepts in (("race", member.race), ("ethnicity", member.ethnicity)):
                right &= not concepts or self.about.get(name) in self._members(concepts)
            right &= not member.care_sites or self.about.get("care_site") in member.care_sites
            span = index["span"] if index else (-FAR, FAR, -FAR, FAR)
            for dates, days in ((member.dates, span[:2]), (member.ends, span[2:])):
                right &= not dates or self._on(dates, days[0], days[1], how)
            return right and (not member.age or (bool(ages) and how.some(in_range(member.age, age) for age in ages)))
        if isinstance(member, Among):
            return not self.lists.isdisjoint((*member.patients, *member.cohorts, *member.sources))
        assert isinstance(member, Occurs)
        low, high = (self._number(member, index, side) for side in (how, how.opposite))
        return member.at_least <= low and (member.at_most is None or high <= member.at_most)

    def _number(self, member: Occurs, index: Event | None, how: How) -> int:
        some = [e for e in self.select(member.events, how) if self._beside(member, e, index, how)]
        keys: dict[str, Callable[[int, Event], Any]] = {
            "": lambda n, e: n,
            "concept": lambda n, e: e["concept"],
            "date": lambda n, e: e["span"][0],
            "visit": lambda n, e: e.get("visit") or n,
        }
        return len({keys[member.distinct](n, e) for n, e in enumerate(some)})

    def _beside(self, member: Occurs, e: Event, index: Event | None, how: How) -> bool:
        days = index["span"] if index else (-FAR, FAR, -FAR, FAR)
        period = self.period(index) if index else None
        if period and not member.outside_observation:
            first, last = e["span"][:2]
            if first == -FAR or not how.some(period[0] <= day <= period[1] for day in range(first, last + 1)):
                return False
        if member.same_visit and not (index and index.get("visit") and index["visit"] == e.get("visit")):
            return False
        return all(within(window, e["span"], days, how) for window in member.windows)

    def period(self, e: Event) -> tuple[int, int] | None:
        return next((p for p in self.periods if p[0] <= e["span"][0] and e["span"][1] <= p[1]), None)

    def times(self, definition: Definition, how: How = SURE) -> list[tuple[int, int]]:
        """The times in the cohort, as first and last day."""
        every = [e for wanted in definition.entry for e in self.select(wanted, how)]
        entry = sorted({(e["at"], e["span"]): e for e in every}.values(), key=lambda e: e["span"][0])
        left = _limited([e for e in entry if self._observed(e, definition)], definition.entry_limit)
        if definition.also:
            also = definition.also
            left = _limited([e for e in left if self.holds(also, e, how)], definition.also_limit)
        left = [e for e in left if all(self.holds(rule.group, e, how) for rule in definition.rules)]
        if self.aged and definition.dates:
            return []
        spans = [
            cut(e["span"][0], self._exit(e, definition, how), definition) for e in _limited(left, definition.limit)
        ]
        return list(_joined(sorted(span for span in spans if span[0] <= span[1]), definition.gap))

    def _observed(self, e: Event, definition: Definition) -> bool:
        period = self.period(e)
        if period is None:
            return not definition.before and not definition.after and e["span"][0] == -FAR
        first, last, *_ = e["span"]
        return bool(period[0] + definition.before <= first and last + definition.after <= period[1])

    def _exit(self, e: Event, definition: Definition, how: How) -> int:
        period = self.period(e)
        end = period[1] if period else FAR
        if isinstance(definition.exit, AfterDays):
            day = e["span"][1] if definition.exit.of == "start" else e["span"][3]
            end = min(end, day + definition.exit.days if day < FAR else FAR)
        if isinstance(definition.exit, WhileExposed):
            end = min(end, self._exposed(e, definition.exit))
        starts = [one["span"][0] for wanted in definition.censor for one in self.select(wanted, how)]
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


def patients(people: list[Patient], definition: Definition, how: How = SURE) -> set[int]:
    """The numbers of the patients in the cohort."""
    if definition.entry:
        return {patient.number for patient in people if patient.times(definition, how)}
    rules = [group for group in (definition.also, *(rule.group for rule in definition.rules)) if group]
    return {patient.number for patient in people if all(patient.holds(group, None, how) for group in rules)}

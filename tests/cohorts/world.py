"""tests: a plain evaluator of definitions over a few made-up patients, and definitions that often match them.

It reads one patient and one event at a time. Concept A:1 reaches A:2. All dates are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from cohorts.model import (
    Among,
    Condition,
    Dates,
    Definition,
    Either,
    Events,
    Group,
    Member,
    Number,
    Occurs,
    Person,
    Range,
    Stated,
    When,
    Window,
)
from graph.value_sets import Concepts, Item
from tests.cohorts.generated import Parts

_FIRST, _DAYS = date(2020, 1, 1), 100
_REACH = {"A:1": {"A:1", "A:2"}, "A:2": {"A:2"}, "A:3": {"A:3"}}


class Event(NamedTuple):
    kind: str
    concept: str
    start: int
    end: int
    value: float | None
    status: str | None


class Patient(NamedTuple):
    id: str
    sex: str | None
    born: int | None
    events: tuple[Event, ...]


def found(definition: Definition, patient: Patient) -> Any:
    """The entry events of the patient that stay after all rules, or whether the patient as a whole is one."""
    groups = [rule.group for rule in definition.rules]
    if not definition.entry:
        return all(holds(group, patient, None) for group in [*groups, *([definition.also] if definition.also else [])])
    some = {event for events in definition.entry for event in matching(events, patient)}
    some = {one for one in some if one.start >= definition.before and _DAYS - one.start >= definition.after}
    some = _limited(some, definition.entry_limit)
    also = definition.also or Group(of=())
    some = _limited({event for event in some if holds(also, patient, event)}, definition.also_limit)
    return _limited({one for one in some if all(holds(group, patient, one) for group in groups)}, definition.limit)


def _limited(events: set[Event], limit: str) -> set[Event]:
    some = sorted(events, key=lambda event: (event.start, event.end, str(event)))
    return set(some if limit == "all" else some[:1] if limit == "first" else some[-1:])


def holds(member: Member, patient: Patient, index: Event | None) -> bool:
    match member:
        case Group(of=of, at_least=least, at_most=most):
            number = sum(holds(one, patient, index) for one in of)
            every = len(of) if least is None and most is None else least or 0
            return every <= number <= (len(of) if most is None else most)
        case Person():
            return all(_properties(member, patient, index))
        case Among(patients=patients):
            return patient.id in patients
        case Occurs(events=events, at_least=least, at_most=most):
            some = [one for one in matching(events, patient) if all(_within(w, one, index) for w in member.windows)]
            key = {"": lambda one: one, "concept": lambda one: one.concept, "date": lambda one: one.start}
            number = len({key.get(member.distinct, key[""])(one) for one in some})
            return number >= least and (most is None or number <= most)


def _properties(person: Person, patient: Patient, index: Event | None) -> Iterator[bool]:
    yield not person.sex or patient.sex in person.sex
    yield person.born is None or _in_range(person.born, patient.born)
    age = None if patient.born is None or index is None else _day(index.start).year - patient.born
    yield person.age is None or _in_range(person.age, age)
    for dates, day in ((person.dates, index and index.start), (person.ends, index and index.end)):
        yield dates is None or (day is not None and _in_dates(dates, day))


def matching(events: Events, patient: Patient) -> list[Event]:
    some = [one for one in sorted(set(patient.events)) if not events.kinds or one.kind in events.kinds]
    some = [one for one in some if events.concepts is None or one.concept in _members(events.concepts)]
    some.sort(key=lambda one: (one.start, one.end))
    if nth := events.nth:
        some = some[nth - 1 : nth] if nth > 0 else [some[nth]] if len(some) >= -nth else []
    return [
        one
        for one in some
        if all(_holds(where, one, patient) for where in events.where) and _group(events, one, patient)
    ]


def _group(events: Events, event: Event, patient: Patient) -> bool:
    return events.group is None or holds(events.group, patient, event)


def _members(concepts: Concepts) -> set[str]:
    some: dict[bool, set[str]] = {False: set(), True: set()}
    for item in concepts.items:
        some[item.excluded] |= {item.id} if item.exact else _REACH[item.id]
    return some[False] - some[True]


def _holds(condition: Condition, event: Event, patient: Patient) -> bool:
    match condition:
        case Number(range=range_):
            return _in_range(range_, event.value)
        case Stated(words=words, other=other):
            return event.status is not None and (event.status in words) != other
        case When(field=field, dates=dates):
            return _in_dates(dates, event.start if field == "start" else event.end)
        case Either(of=of):
            return any(_holds(one, event, patient) for one in of)
    raise AssertionError(condition)


def _in_range(range_: Range, number: float | None) -> bool:
    if number is None:
        return False
    low = range_.low is None or (number > range_.low if range_.above else number >= range_.low)
    high = range_.high is None or (number < range_.high if range_.below else number <= range_.high)
    return (low and high) != range_.outside


def _day(number: int) -> date:
    return _FIRST + timedelta(number)


def _in_dates(dates: Dates, number: int) -> bool:
    day = _day(number).isoformat()
    low = dates.since is None or day[: len(dates.since)] >= dates.since
    return (low and (dates.until is None or day[: len(dates.until)] <= dates.until)) != dates.outside


def _within(window: Window, event: Event, index: Event | None) -> bool:
    if index is None:
        return True
    days = (event.start if window.field == "start" else event.end) - (
        index.start if window.of == "start" else index.end
    )
    return (window.since is None or window.since <= days) and (window.until is None or days <= window.until)


_NUMBERS = st.integers(0, 4).map(float)
_LIMITS = st.none() | _NUMBERS
_COUNTS = st.none() | st.integers(0, 3)
_SOME_DATES = st.sampled_from([None, "2020", "2020-01", "2020-02", "2020-02-10"])
_KINDS = st.sampled_from(["condition", "medication"])
_SEXES = st.sampled_from(["female", "male"])
_STATUS = st.sampled_from(["active", "done"])


def _tuples(some: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(some, max_size=2).map(tuple)


_SMALL: dict[Any, st.SearchStrategy[Any]] = {
    (Item, "id"): st.sampled_from(sorted(_REACH)),
    (Events, "kinds"): _tuples(_KINDS),
    (Events, "nth"): st.sampled_from([0, 0, 0, 1, -1, 2]),
    (Events, "shift"): st.none(),
    (Events, "fixed"): st.none(),
    (Number, "field"): st.just("value"),
    (Number, "unit"): st.none(),
    (Stated, "field"): st.just("status"),
    (Stated, "words"): _tuples(_STATUS),
    (Range, "low"): _LIMITS,
    (Range, "high"): _LIMITS,
    (Dates, "since"): _SOME_DATES,
    (Dates, "until"): _SOME_DATES,
    (Window, "since"): st.none() | st.integers(-40, 10),
    (Window, "until"): st.none() | st.integers(-10, 40),
    (Occurs, "at_least"): st.integers(-1, 3),
    (Occurs, "at_most"): _COUNTS,
    (Occurs, "distinct"): st.sampled_from(["", "concept", "date"]),
    (Group, "at_least"): _COUNTS,
    (Group, "at_most"): _COUNTS,
    (Person, "sex"): _tuples(_SEXES),
    (Person, "born"): st.none() | st.builds(Range, low=st.just(1950.0), above=st.booleans(), outside=st.booleans()),
    (Person, "age"): st.none() | st.builds(Range, high=st.just(70.0), below=st.booleans(), outside=st.booleans()),
    (Person, "race"): st.none(),
    (Person, "ethnicity"): st.none(),
    (Person, "care_sites"): st.just(()),
    (Among, "patients"): _tuples(st.sampled_from(["p", "q"])),
    (Among, "cohorts"): st.just(()),
    (Among, "sources"): st.just(()),
    (Definition, "before"): st.integers(0, 40),
    (Definition, "after"): st.integers(0, 40),
}
_PARTS = Parts(_SMALL | {Condition: st.deferred(lambda: _CONDITIONS)}, depth=3)
_CONDITIONS = st.one_of(
    *map(_PARTS.of, (Number, Stated, When)),
    st.builds(Either, of=_tuples(st.one_of(*map(_PARTS.of, (Number, Stated, When))))),
)
SMALL_DEFINITIONS = _PARTS.of(Definition)
_EVENTS = st.builds(
    lambda kind, concept, start, days, value, status: Event(kind, concept, start, start + days, value, status),
    _KINDS,
    st.sampled_from(sorted(_REACH)),
    st.integers(0, 60),
    st.integers(0, 30),
    _NUMBERS,
    _STATUS | st.just(""),
)
PATIENTS = st.builds(
    Patient,
    st.sampled_from(["p", "q"]),
    st.none() | _SEXES,
    st.none() | st.sampled_from([1949, 1950, 1951]),
    st.lists(_EVENTS, max_size=6).map(tuple),
)

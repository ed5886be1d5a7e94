"""tests: a plain evaluator of definitions over a few made-up patients, and definitions that often match them.

It reads one patient and one event at a time. Concept A:1 reaches A:2. All dates are known.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
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
    Rule,
    Stated,
    When,
    Window,
)
from graph.kinds import EventKind
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
    if definition.also is not None:
        also = definition.also
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
    some = [one for one in sorted(set(patient.events), key=str) if not events.kinds or one.kind in events.kinds]
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


def _tuples(some: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[Any]:
    return st.lists(some, max_size=most).map(tuple)


_KINDS: tuple[EventKind, ...] = ("condition", "medication", "procedure")
_STATUS, _SEXES = ("active", "done"), ("female", "male")
_LIMITS = st.none() | st.integers(0, 4).map(float)
_COUNTS = st.none() | st.integers(-1, 3)
_DATES = st.sampled_from([None, "2020", "2020-01", "2020-02", "2020-02-10"])
_SMALL: dict[Any, st.SearchStrategy[Any]] = {
    (Item, "id"): st.sampled_from(sorted(_REACH)),
    (Events, "kinds"): _tuples(st.sampled_from(_KINDS)),
    (Events, "nth"): st.sampled_from([0, 0, 0, 1, -1, 2]),
    (Events, "shift"): st.none(),
    (Events, "fixed"): st.none(),
    (Number, "field"): st.just("value"),
    (Number, "unit"): st.none(),
    (Stated, "field"): st.just("status"),
    (Stated, "words"): _tuples(st.sampled_from(_STATUS)),
    (Range, "low"): _LIMITS,
    (Range, "high"): _LIMITS,
    (Dates, "since"): _DATES,
    (Dates, "until"): _DATES,
    (Window, "since"): st.none() | st.integers(-40, 10),
    (Window, "until"): st.none() | st.integers(-10, 40),
    (Occurs, "at_least"): st.integers(-1, 3),
    (Occurs, "at_most"): _COUNTS,
    (Occurs, "distinct"): st.sampled_from(["", "concept", "date"]),
    (Group, "at_least"): _COUNTS,
    (Group, "at_most"): _COUNTS,
    (Person, "sex"): _tuples(st.sampled_from(_SEXES)),
    (Person, "race"): st.none(),
    (Person, "ethnicity"): st.none(),
    (Person, "care_sites"): st.just(()),
    (Person, "born"): st.none() | st.builds(Range, low=st.just(1950.0), above=st.booleans(), outside=st.booleans()),
    (Person, "age"): st.none() | st.builds(Range, high=st.just(70.0), below=st.booleans(), outside=st.booleans()),
    (Among, "patients"): _tuples(st.sampled_from(["p", "q"])),
    (Among, "cohorts"): st.just(()),
    (Among, "sources"): st.just(()),
    (Definition, "before"): st.integers(0, 40),
    (Definition, "after"): st.integers(0, 40),
}
_SOME_CONDITIONS: st.SearchStrategy[Any] = st.one_of([Parts(_SMALL).of(one) for one in (Number, Stated, When)])
_CONDITIONS = _SOME_CONDITIONS | st.builds(Either, of=_tuples(_SOME_CONDITIONS))
_ANY = Parts(_SMALL | {Condition: _CONDITIONS})
_KIND = st.sampled_from(_KINDS).map(lambda kind: Events(kinds=(kind,)))
_LEAVES = st.builds(Occurs, events=_KIND, at_least=st.integers(0, 2), at_most=st.none() | st.integers(0, 2))
_MEMBERS = st.one_of(_LEAVES, st.builds(Person, sex=st.sampled_from([(one,) for one in _SEXES])))
_NUMBERS_OF = st.sampled_from([(None, None), (1, None), (None, 0), (None, 1), (2, None), (1, 2), (0, 0)])


def _groups(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Group]:
    of = st.lists(members, min_size=1, max_size=3)
    return st.builds(lambda of, number: Group(of=tuple(of), at_least=number[0], at_most=number[1]), of, _NUMBERS_OF)


_GROUPS = _groups(_MEMBERS | _groups(_MEMBERS | _groups(_MEMBERS)))
_VALUES = st.builds(Number, field=st.just("value"), range=_ANY.of(Range))
_WHICH = st.sampled_from(["all", "first", "last"])
_RULE_DATES = (Dates(since="2020-01-20"), Dates(until="2020-01"), Dates(since="2020-02", outside=True), Dates())


def _starting(dates: Dates) -> Group:
    """A group that holds if the index starts on one of these dates."""
    return Group(of=(Person(dates=dates),))


DEFINITIONS = {
    "groups": st.builds(Definition, also=_GROUPS),
    "ranges": st.builds(Definition, entry=st.tuples(st.builds(Events, where=st.tuples(_VALUES, _VALUES)))),
    "conditions": st.builds(Definition, entry=st.tuples(st.builds(Events, where=_tuples(_CONDITIONS, 3)))),
    "concepts": st.builds(Definition, entry=st.tuples(st.builds(Events, concepts=_ANY.of(Concepts)))),
    "windows": st.builds(
        Definition,
        entry=st.tuples(_KIND),
        also=st.builds(Occurs, events=_KIND, windows=_tuples(_ANY.of(Window), 3)).map(lambda one: Group(of=(one,))),
    ),
    "limits": st.builds(
        Definition,
        entry=st.tuples(st.builds(Events, nth=st.sampled_from([0, 0, 1]))),
        also=st.none() | st.just(Dates(until="2020-02")).map(_starting),
        rules=_tuples(st.sampled_from(_RULE_DATES).map(lambda dates: Rule(name="", group=_starting(dates)))),
        entry_limit=st.just("all") | _WHICH,
        also_limit=_WHICH,
        limit=_WHICH,
    ),
    "all": _ANY.of(Definition),
}
"""Definitions that often match the patients below, by what they have most of."""


def _made_up(random: Random) -> Patient:
    days = [(random.randrange(80), random.randrange(20)) for _ in range(random.randrange(7))]
    values = [None, *(half / 2 for half in range(11))]
    events = (
        Event(random.choice(_KINDS), random.choice(sorted(_REACH)), start, start + length, random.choice(values),
              random.choice([None, *_STATUS]))
        for start, length in days
    )  # fmt: skip
    return Patient(
        random.choice("pq"), random.choice([None, *_SEXES]), random.choice([None, 1949, 1950]), tuple(events)
    )


PATIENTS = [_made_up(Random(seed)) for seed in range(40)]

"""Random small patients and definitions, as hypothesis strategies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from cohorts.model import (
    AfterDays,
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
    Range,
    Rule,
    Shift,
    Stated,
    When,
    Window,
)
from graph.value_sets import Concepts, Item

CONCEPTS = ("A:1", "A:2", "A:3", "B:1", "B:2", "B:3", "C:1", "C:2")
IS_A = (("A:2", "A:1"), ("A:3", "A:2"), ("B:2", "B:1"), ("B:3", "B:1"), ("C:2", "C:1"))
KINDS = ("condition", "medication", "observation", "visit", "family_history")

_dates = st.one_of(
    st.none(),
    st.dates(min_value=__import__("datetime").date(2019, 11, 1), max_value=__import__("datetime").date(2020, 3, 1)).map(
        str
    ),
    st.sampled_from(["2020", "2019-12", "2020-01", "2020-02"]),
)


_ages = st.sampled_from([None, "P49Y", "P50Y", "P50Y1M", "P50Y2M", "P50Y1M10D", "P50Y1M20D"])


@st.composite
def events(draw: st.DrawFn, dates: st.SearchStrategy[str | None] = _dates) -> dict[str, Any]:
    start = draw(dates)
    return {
        "concept": draw(st.sampled_from(CONCEPTS)),
        "kind": draw(st.sampled_from([*KINDS, "observation_period"])),
        "status": draw(st.sampled_from([None, "active", "provisional active", "absent", "inactive"])),
        "start": start,
        "end": draw(st.one_of(st.none(), dates)) if start else None,
        "value": draw(st.one_of(st.none(), st.sampled_from([1.0, 5.0, 7.5, 9.0]))),
        "unit": draw(st.sampled_from([None, "%", "mg"])),
        "answer": draw(st.one_of(st.none(), st.sampled_from(CONCEPTS))),
        "days": draw(st.one_of(st.none(), st.integers(1, 40))),
        "visit": draw(st.sampled_from([None, "v1", "v2"])),
    }


def _patients(
    born: st.SearchStrategy[int | None], dates: st.SearchStrategy[str | None]
) -> st.SearchStrategy[tuple[int | None, str, list[dict[str, Any]]]]:
    return st.tuples(born, st.sampled_from(["female", "male"]), st.lists(events(dates), max_size=7))


_births = st.one_of(st.none(), st.integers(1940, 2000))
patients = st.one_of(
    _patients(_births, _dates),
    _patients(_births, _dates),
    _patients(st.none(), _ages),
    _patients(st.sampled_from([None, 1969, 1970]), st.one_of(_dates, _ages)),
)
"""Patients with dates, patients of whom only ages are known, and patients with dates and ages."""
concepts = st.lists(
    st.builds(Item, st.sampled_from(CONCEPTS), st.booleans(), st.sampled_from([False, False, True])),
    min_size=1,
    max_size=3,
).map(lambda items: Concepts(tuple(items)))
_limits = st.one_of(st.none(), st.sampled_from([1.0, 5.0, 7.5, 20.0, 60.0]))
ranges = st.builds(Range, low=_limits, high=_limits, above=st.booleans(), below=st.booleans(), outside=st.booleans())
_conditions = st.one_of(
    st.builds(Number, field=st.sampled_from(["value", "length", "age", "days"]), range=ranges),
    st.builds(Coded, field=st.just("answer"), concepts=concepts, other=st.booleans()),
    st.builds(
        Stated,
        field=st.just("status"),
        words=st.sampled_from([("active",), ("active", "inactive")]),
        other=st.booleans(),
    ),
)
periods = st.builds(
    Dates,
    since=st.sampled_from([None, "2019-12", "2020", "2020-01-15"]),
    until=st.sampled_from([None, "2020", "2020-01", "2020-02-10"]),
    outside=st.booleans(),
)
_conditions = st.one_of(_conditions, st.builds(When, field=st.sampled_from(["start", "end"]), dates=periods))
_any_of = st.builds(Either, of=st.lists(_conditions, min_size=1, max_size=2).map(tuple))
_shifts = st.builds(
    Shift,
    start_days=st.sampled_from([0, 5, -20]),
    start_of=st.sampled_from(["start", "end"]),
    end_days=st.sampled_from([0, 30]),
    end_of=st.sampled_from(["start", "end"]),
)
_fixes = st.builds(
    Fixed, start=st.sampled_from([None, "2019-12-15", "2020-01-10"]), end=st.sampled_from([None, "2020-01-20"])
)
_kinds = st.lists(st.sampled_from(KINDS), max_size=2, unique=True).map(tuple)
_plain = st.builds(
    Events,
    kinds=_kinds,
    concepts=st.one_of(st.none(), concepts),
    nth=st.sampled_from([0, 0, 0, 1, 2, -1]),
    where=st.lists(st.one_of(_conditions, _any_of), max_size=2).map(tuple),
    shift=st.one_of(st.none(), st.none(), _shifts),
    fixed=st.one_of(st.none(), st.none(), st.none(), _fixes),
)
_days = st.one_of(st.none(), st.integers(-60, 60))
_ends = st.sampled_from(["start", "end"])
_windows = st.lists(
    st.builds(Window, since=_days, until=_days, field=st.sampled_from(["start", "end"]), of=_ends),
    max_size=2,
).map(tuple)


def _occurs(some: st.SearchStrategy[Events]) -> st.SearchStrategy[Occurs]:
    return st.builds(
        Occurs,
        events=some,
        at_least=st.sampled_from([1, 1, 0, 2]),
        at_most=st.sampled_from([None, None, 0, 1, 3]),
        distinct=st.sampled_from(["", "concept", "date", "visit"]),
        windows=_windows,
        same_visit=st.sampled_from([False, False, True]),
        outside_observation=st.booleans(),
    )


_persons = st.builds(
    Person,
    sex=st.sampled_from([(), ("female",)]),
    born=st.one_of(st.none(), st.builds(Range, low=st.just(1950.0), high=st.sampled_from([None, 1980.0]))),
    age=st.one_of(st.none(), st.builds(Range, low=st.sampled_from([20.0, 50.0]))),
    dates=st.one_of(st.none(), st.none(), st.none(), periods),
)


def _groups(members: st.SearchStrategy[Any]) -> st.SearchStrategy[Group]:
    limits = st.sampled_from([None, None, 0, 1, 2])
    return st.builds(Group, of=st.lists(members, min_size=1, max_size=3).map(tuple), at_least=limits, at_most=limits)


_leaves = st.one_of(_occurs(_plain), _persons)
_inner = _groups(_leaves)
some_events = st.one_of(
    _plain, st.builds(Events, kinds=_kinds, concepts=st.one_of(st.none(), concepts), group=st.one_of(st.none(), _inner))
)
groups = _groups(st.one_of(_occurs(some_events), _persons, _inner))
_which = st.sampled_from(["all", "first", "last"])
rules = st.lists(st.builds(Rule, name=st.just("rule"), group=groups), max_size=2).map(tuple)
definitions = st.builds(
    Definition,
    entry=st.lists(some_events, max_size=2).map(tuple),
    before=st.sampled_from([0, 0, 10]),
    after=st.sampled_from([0, 0, 5]),
    entry_limit=_which,
    also=st.one_of(st.none(), groups),
    also_limit=_which,
    rules=rules,
    limit=_which,
    exit=st.one_of(st.none(), st.builds(AfterDays, days=st.sampled_from([0, 30, -5]), of=_ends)),
    censor=st.lists(_plain, max_size=1).map(tuple),
    dates=st.one_of(
        st.none(), st.sampled_from([Dates(since="2020"), Dates(until="2020-01-20"), Dates("2019-12", "2020")])
    ),
    gap=st.sampled_from([0, 10]),
)

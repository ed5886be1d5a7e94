"""cohorts: an upper limit holds only if it holds for every day of a partial date."""

from __future__ import annotations

from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.model import Dates, Definition, Fixed, Group, Number, Occurs, Person, Range, When, Window
from cohorts.results import explain
from graph.snapshot import Snapshot
from tests.cohorts.results.worlds import Person_, of, snapshot_of

OBSERVED = {"kind": "observation_period", "concept": "C:2", "start": "2018-01-01", "end": "2021-01-01"}
ENTRY = {"kind": "condition", "concept": "A:1", "start": "2019-12-01"}
BEFORE = (Window(since=-100, until=-1),)
X: dict[str, Any] = {"kind": "medication", "concept": "B:1"}
DAYS: list[list[str | None]] = [["2019-11-01"], ["2019"], ["2018"], [None], [], ["2019-11-01", "2019"]]
"""The days of B:1 of each patient. The window of 100 days before A:1 begins in August 2019."""


def _snapshot() -> Snapshot:
    return snapshot_of([Person_(None, 1950, None, [OBSERVED, ENTRY, *(X | {"start": d} for d in own)]) for own in DAYS])


def _found(snapshot: Snapshot, *members: Any, **limits: int) -> tuple[set[int], set[int]]:
    """The patients who certainly meet the group, and the patients who possibly meet it."""
    definition = Definition(entry=(of("A:1"),), also=Group(of=members, **limits))
    certain, possibly = (answer(snapshot, definition, possible) for possible in (False, True))
    return set(certain.patients), set(possibly.patients)


def _times(least: int, most: int | None, **more: Any) -> Occurs:
    return Occurs(events=of("B:1", **more), at_least=least, at_most=most, windows=BEFORE)


@pytest.mark.parametrize(
    ("least", "most", "certain", "possibly"),
    [
        (0, 0, {2, 3, 4}, {1, 2, 3, 4}),
        (0, 1, {0, 1, 2, 3, 4}, {0, 1, 2, 3, 4, 5}),
        (1, None, {0, 5}, {0, 1, 5}),
        (1, 1, {0}, {0, 1, 5}),
        (2, 2, set(), {5}),
    ],
)
def test_an_upper_limit_counts_what_is_possible(
    least: int, most: int | None, certain: set[int], possibly: set[int]
) -> None:
    assert _found(_snapshot(), _times(least, most)) == (certain, possibly)


def test_a_negated_group_is_an_upper_limit() -> None:
    snapshot, women = _snapshot(), Person(sex=("female",))
    assert _found(snapshot, _times(1, None), women, at_most=0) == ({2, 3, 4}, {1, 2, 3, 4})
    assert _found(snapshot, Group(of=(_times(0, 0),), at_most=0), at_least=1) == ({0, 5}, {0, 1, 5})
    nested = Occurs(events=of("A:1", group=Group(of=(_times(1, None),))), at_least=0, at_most=0)
    assert _found(snapshot, nested) == ({2, 3, 4}, {1, 2, 3, 4})


def test_conditions_on_dates_are_possible_too() -> None:
    since = Occurs(events=of("B:1", where=(When(field="start", dates=Dates(since="2019-06")),)), at_least=0, at_most=0)
    assert _found(_snapshot(), since) == ({2, 3, 4}, {1, 2, 3, 4})
    assert _found(_snapshot(), Person(dates=Dates(until="2019-11")), at_most=0)[0] == {*range(6)}


def test_an_event_that_is_possibly_observed_counts_against_the_limit() -> None:
    observed = OBSERVED | {"start": "2019-07-01"}
    some = [Person_(None, None, None, [observed, ENTRY, X | {"start": day}]) for day in ("2019", "2018", "2019-08")]
    never = Occurs(events=of("B:1"), at_least=0, at_most=0)
    assert _found(snapshot_of(some), never) == ({1}, {0, 1})


def test_without_entry_events_an_upper_limit_is_the_same() -> None:
    recent = of("B:1", where=(When(field="start", dates=Dates(since="2019-06")),))
    for rule in (
        Group(of=(Occurs(events=recent, at_least=0, at_most=0),)),
        Group(of=(Occurs(events=recent),), at_most=0),
    ):
        certain, possibly = (set(answer(_snapshot(), Definition(also=rule), one).patients) for one in (False, True))
        assert (certain, possibly) == ({2, 3, 4}, {1, 2, 3, 4})


def test_no_event_since_a_date_never_holds_if_only_ages_are_known() -> None:
    ages = [Person_(None, None, None, [ENTRY | {"start": "P40Y"}, X | {"start": age}]) for age in ("P30Y", None)]
    since = When(field="start", dates=Dates(since="2010"))
    for events in (of("B:1", where=(since,)), of("B:1", fixed=Fixed(start="2010-01-01"))):
        never = Occurs(events=events, at_least=0, at_most=0, outside_observation=True)
        assert _found(snapshot_of(ages), never) == ({1}, {1})
    assert _found(snapshot_of(ages), Person(dates=Dates(since="2010")), at_most=0) == (set(), set())


def test_an_explanation_lists_the_event_that_is_possibly_in_the_window() -> None:
    definition = Definition(entry=(of("A:1"),), also=Group(of=(_times(1, None),), at_most=0))
    told = explain(_snapshot(), definition, 1).entries[0]
    assert told.excluded_by == "also"
    assert [(one.holds, one.found, len(one.events)) for one in told.criteria] == [(False, 1, 0), (True, 1, 1)]
    exactly = Definition(entry=(of("A:1"),), also=Group(of=(_times(1, 1),)))
    found = {n: explain(_snapshot(), exactly, n).entries[0].criteria[1] for n in (0, 1, 5)}
    assert {n: (one.holds, one.found) for n, one in found.items()} == {0: (True, 1), 1: (False, 0), 5: (False, 2)}


def test_a_range_without_numbers_has_no_possible_number() -> None:
    snapshot = snapshot_of([Person_(None, None, None, [ENTRY | {"start": "2019", "end": "2019"}])])
    for outside, found in ((False, set()), (True, {0})):
        where = (Number(field="length", range=Range(low=60.0, high=5.0, outside=outside)),)
        for possible in (False, True):
            assert set(answer(snapshot, Definition(entry=(of("A:1", where=where),)), possible).patients) == found

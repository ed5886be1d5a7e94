"""cohorts: criteria with calendar dates never hold for patients of whom only ages are known."""

from __future__ import annotations

from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.model import Dates, Definition, Fixed, Group, Person, When
from cohorts.results import explain, reason, step_words
from tests.cohorts.results.worlds import Person_, of, snapshot_of

EVENT: dict[str, Any] = {"kind": "condition", "concept": "A:1"}
PEOPLE = [
    Person_(None, None, None, [EVENT | {"start": "P30Y", "end": "P60Y"}]),
    Person_(None, None, None, [EVENT | {"start": "2014-05-01", "end": "2016-07-01"}]),
    Person_(None, 1980, None, [EVENT | {"start": "P30Y", "end": "P40Y"}]),
]
"""Only an age, only dates, and ages with the year of birth: from 2010 or 2011 to 2020 to 2022."""


def _found(definition: Definition, possible: bool = False) -> set[int]:
    return set(answer(snapshot_of(PEOPLE), definition, possible).patients)


@pytest.mark.parametrize("dates", [Dates(until="2020"), Dates(since="2015"), Dates(since="1990", until="2030")])
@pytest.mark.parametrize("possible", [False, True])
def test_the_period_of_a_definition_never_includes_an_age(dates: Dates, possible: bool) -> None:
    assert _found(Definition(entry=(of("A:1"),), dates=dates), possible) == {1, 2}


@pytest.mark.parametrize(
    ("fixed", "certain", "possibly"),
    [
        (Fixed(start="2015-01-01"), {1, 2}, {1, 2}),
        (Fixed(end="2015-01-01"), {1, 2}, {1, 2}),
        (Fixed(start="2010-09-01"), set(), {2}),
        (Fixed(start="2015-01-01", end="2021-03-01"), set(), {2}),
        (Fixed(start="1999-01-01"), set(), set()),
    ],
)
def test_no_event_with_an_age_includes_a_fixed_date(fixed: Fixed, certain: set[int], possibly: set[int]) -> None:
    definition = Definition(entry=(of("A:1", fixed=fixed),))
    assert (_found(definition), _found(definition, possible=True)) == (certain, possibly)


@pytest.mark.parametrize(
    "dates", [Dates(since="1990"), Dates(until="2030"), Dates(since="2030", outside=True), Dates()]
)
def test_conditions_with_dates_never_hold_for_an_age(dates: Dates) -> None:
    entry = of("A:1")
    for definition in (
        Definition(entry=(of("A:1", where=(When(field="start", dates=dates),)),)),
        Definition(entry=(entry,), also=Group(of=(Person(dates=dates),))),
        Definition(entry=(entry,), also=Group(of=(Person(ends=dates),))),
    ):
        assert _found(definition) == _found(definition, possible=True) == {1, 2}


def test_a_period_without_limits_excludes_nobody() -> None:
    assert _found(Definition(entry=(of("A:1"),), dates=Dates())) == {0, 1, 2}


def test_an_explanation_says_that_only_ages_are_known() -> None:
    definition = Definition(entry=(of("A:1"),), dates=Dates(since="2015"))
    told = explain(snapshot_of(PEOPLE), definition, 0)
    assert (told.aged, told.inside, told.times) == (True, False, [])
    assert [one.excluded_by for one in told.entries] == ["dates"]
    assert "only ages are known" in step_words(definition, "dates")
    assert reason(definition, told) == "the patient is not in the cohort: every entry event is excluded"

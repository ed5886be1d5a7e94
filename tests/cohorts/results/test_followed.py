"""cohorts: incidence, and time to an event."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered
from cohorts.model import AfterDays, Definition
from cohorts.results import Outcome, incidence, time_to_event
from cohorts.results.time_to_event import Step
from tests.cohorts.plain_days import FAR
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, some_events, worlds

_outcomes = st.builds(Outcome, some_events, st.sampled_from([0, 1, 1, 7]), st.booleans())


def _followed(world: World, definition: Definition, outcome: Outcome) -> dict[int, Any]:
    """For each patient `undated`, `earlier`, or for each time its start, first and last day at risk, and outcome."""
    found: dict[int, Any] = {}
    for number, times in world.times(definition).items():
        days = sorted(e["span"][0] for e in world.plain[number].select(outcome.events))
        if any(abs(day) >= FAR for time in times for day in time):
            found[number] = "undated"
            continue
        rows = [
            (start, start + outcome.since, end, next((d for d in days if start + outcome.since <= d <= end), None))
            for start, end in times
            if not (outcome.new_only and days and days[0] < start + outcome.since)
        ]
        found[number] = {"first": times[0][0], "rows": rows} if rows else "earlier"
    return found


def _rates(followed: dict[int, Any], cell_of: Any) -> dict[Any, tuple[set[int], set[int], int]]:
    found: dict[Any, tuple[set[int], set[int], int]] = {}
    for number, one in followed.items():
        if isinstance(one, str):
            continue
        days, had = 0, False
        for _, begin, end, day in one["rows"]:
            days += 0 if had else max((day or end) - begin + 1, 0)
            had = had or day is not None
        if days:
            persons, outcomes, total = found.get(cell_of(number), (set(), set(), 0))
            found[cell_of(number)] = persons | {number}, outcomes | ({number} if had else set()), total + days
    return found


@settings(max_examples=40, deadline=None)
@given(world=worlds, definition=definitions, outcome=_outcomes)
def test_incidence_equals_a_plain_computation(world: World, definition: Definition, outcome: Outcome) -> None:
    followed = _followed(world, definition, outcome)
    parts, whole = world.answers(definition)
    total, by_sex = incidence(world.parts, parts, outcome), incidence(world.parts, parts, outcome, ["sex"])
    for found, cell_of in ((total, lambda n: ()), (by_sex, lambda n: (world.people[n].sex,))):
        plain = _rates(followed, cell_of)
        assert {key: (set(rate.persons), set(rate.outcomes), rate.days) for key, rate in found.rates.items()} == plain
    assert set(total.undated) == {number for number, one in followed.items() if one == "undated"}
    assert set(total.earlier) == {number for number, one in followed.items() if one == "earlier"}
    assert total == incidence(world.whole, whole, outcome)
    assert by_sex == incidence(world.whole, whole, outcome, ["sex"])


def _kaplan_meier(times: list[tuple[int, bool]]) -> list[tuple[Any, ...]]:
    rows, survival = [], 1.0
    for day in sorted({day for day, _ in times}):
        at_risk, events = sum(d >= day for d, _ in times), sum(d == day and event for d, event in times)
        survival *= 1 - events / at_risk
        rows.append((day, day, at_risk, events, sum(d == day and not event for d, event in times), survival))
    return rows


@settings(max_examples=40, deadline=None)
@given(world=worlds, definition=definitions, outcome=_outcomes)
def test_time_to_event_equals_a_plain_computation(world: World, definition: Definition, outcome: Outcome) -> None:
    plain = {}
    for number, one in _followed(world, definition, outcome).items():
        first = [row for row in ([] if isinstance(one, str) else one["rows"]) if row[0] == one["first"]]
        if first:
            start, _, end, day = first[0]
            plain[number] = (day or end) - start, day is not None
    parts, whole = world.answers(definition)
    found = time_to_event(world.parts, parts, outcome)
    rows = zip(found.patient.tolist(), found.days.tolist(), found.event.tolist(), strict=True)
    assert {number: (days, event) for number, days, event in rows} == plain
    table, wanted = found.table(), _kaplan_meier([*plain.values()])
    assert [row[:5] for row in table] == [row[:5] for row in wanted]
    assert [row.survival for row in table] == pytest.approx([row[5] for row in wanted])
    assert found.table(30) == time_to_event(world.whole, whole, outcome).table(30)
    for step in (*found.table(), *found.table(30)):
        assert [*map(len, found.cells(step))] == [step.at_risk, step.events, step.censored]


def _example() -> Any:
    """Patient 0 has the outcome after 10 days, 1 never, 2 before the start, 3 after 40 days; the end is after 30."""
    start = {"kind": "condition", "concept": "A:1", "start": "2020-03-01"}
    observed = {"kind": "observation_period", "concept": "C:2", "start": "2019-01-01", "end": "2021-01-01"}
    outcomes = ["2020-03-11", None, "2020-02-01", "2020-04-10"]
    people = [
        Person_("female", 1950, None, [start, observed, *([start | {"concept": "B:1", "start": day}] if day else [])])
        for day in outcomes
    ]
    snapshot = snapshot_of(people, part=3)
    return snapshot, answer(snapshot, Definition(entry=(of("A:1"),), exit=AfterDays(days=30)))


def test_a_rate_by_hand() -> None:
    snapshot, found = _example()
    rate = incidence(snapshot, found, Outcome(of("B:1")), ["sex", "age"]).rates["female", 70]
    assert (len(rate.persons), len(rate.outcomes), rate.days) == (4, 1, 10 + 30 + 30 + 30)
    assert rate.per_1000_years == 1 * 1000 * 365.25 / 100
    new = incidence(snapshot, found, Outcome(of("B:1"), new_only=True))
    assert (len(new.rates[()].persons), set(new.earlier), new.rates[()].days) == (3, {2}, 70)


def test_rates_are_sorted_whatever_the_order_of_the_patients() -> None:
    events = [{"kind": "condition", "concept": "A:1", "start": day} for day in ("2020-03-01", "2020-06-01")]
    snapshot = snapshot_of([Person_(sex, 1950, None, events) for sex in (None, "male", "female")])
    found = answer(snapshot, Definition(entry=(of("A:1"),)))
    rates = incidence(snapshot, found, Outcome(of("B:1")), ["sex"]).rates
    assert [*rates] == [("female",), ("male",), (None,)]


def test_a_kaplan_meier_table_by_hand() -> None:
    snapshot, found = _example()
    table = time_to_event(snapshot, found, Outcome(of("B:1"))).table()
    assert table == [Step(10, 10, 4, 1, 0, 0.75), Step(30, 30, 3, 0, 3, 0.75)]


def test_a_cohort_without_entry_events_has_no_incidence() -> None:
    snapshot, _ = _example()
    for result in (incidence, time_to_event):
        with pytest.raises(NotAnswered, match="add an entry event"):
            result(snapshot, answer(snapshot, Definition()), Outcome(of("B:1")))

"""cohorts: the table of a cohort has the patients and times of a plain computation."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings

from cohorts.model import Definition
from cohorts.results import table
from cohorts.results.table import Member
from graph.events import HIGHEST
from tests.cohorts import naive
from tests.cohorts.plain_days import FAR
from tests.cohorts.results.worlds import World, definitions, without_entry, worlds


def _text(day: int, aged: bool) -> str | None:
    if day <= -FAR or day >= min(FAR, HIGHEST):
        return None
    return f"P{day}D" if aged else date.fromordinal(day).isoformat()


@settings(max_examples=60, deadline=None)
@given(world=worlds, definition=definitions)
def test_a_table_equals_a_plain_computation(world: World, definition: Definition) -> None:
    times = world.times(definition)
    plain = [
        Member(number, *(_text(day, world.plain[number].aged) for day in days))
        for number in sorted(times)
        for days in times[number]
    ]
    for snapshot, answer in zip((world.parts, world.whole), world.answers(definition), strict=True):
        found = table(snapshot, answer)
        assert len(found) == len(plain)
        assert [*found.rows(0, 2), *found.rows(2, len(found))] == plain


@settings(max_examples=20, deadline=None)
@given(world=worlds, definition=without_entry)
def test_a_table_without_entry_events_has_no_days(world: World, definition: Definition) -> None:
    plain = [Member(number, None, None) for number in sorted(naive.patients(world.plain, definition))]
    for snapshot, answer in zip((world.parts, world.whole), world.answers(definition), strict=True):
        assert table(snapshot, answer).rows(0, 100) == plain

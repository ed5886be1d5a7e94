"""cohorts: breakdowns by one and two dimensions."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered
from cohorts.model import Definition
from cohorts.results import Branches, breakdown
from cohorts.results.breakdown import By, ValueSets
from graph.value_sets import Concepts, Item
from tests.cohorts import naive
from tests.cohorts.plain_days import FAR
from tests.cohorts.random_data import IS_A
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, without_entry, worlds

SETS = {"a": Concepts((Item("A:2"),)), "bc": Concepts((Item("B:1", exact=True), Item("C:1")))}
BRANCHES = Branches("A:1", kinds=("condition",)), Branches("B:1"), Branches("C:2")
_dimensions = st.sampled_from(["sex", "age", "birth", "year", "care_site", *BRANCHES, ValueSets(SETS)])


def _values(world: World, by: Any, number: int, start: int | None) -> set[Any]:
    person, plain = world.people[number], world.plain[number]
    known = start if start is not None and start > -FAR else None
    day = None if known is None or plain.aged else date.fromordinal(known)
    decade = person.born and person.born // 10 * 10
    if isinstance(by, str):
        age = (day.year - person.born) // 10 * 10 if day and person.born else None
        age = int(known // 365.25) // 10 * 10 if known is not None and plain.aged else age
        return {{"sex": person.sex, "age": age if start is not None else decade, "birth": decade,
                 "year": day and day.year, "care_site": person.site}[by]}  # fmt: skip
    exact = {by.concept: Concepts((Item(by.concept, exact=True),))} if isinstance(by, Branches) else {}
    branches = {low: Concepts((Item(low),)) for low, high in IS_A if exact and high in exact}
    sets = by.sets if isinstance(by, ValueSets) else exact | branches
    return {name for name, some in sets.items() if plain.select(of(kinds=by.kinds, some=some))} or {None}


@settings(max_examples=40, deadline=None)
@given(world=worlds, definition=st.one_of(definitions, without_entry), by=st.lists(_dimensions, min_size=1, max_size=2))
def test_a_breakdown_equals_a_plain_computation(world: World, definition: Definition, by: list[By]) -> None:
    plain: dict[Any, set[int]] = {}
    times = world.times(definition) if definition.entry else {}
    for number in naive.patients(world.plain, definition):
        start = times[number][0][0] if definition.entry else None
        cells: list[tuple[Any, ...]] = [()]
        for one in by:
            cells = [(*cell, value) for cell in cells for value in _values(world, one, number, start)]
        for cell in cells:
            plain.setdefault(cell, set()).add(number)
    parts, whole = world.answers(definition)
    found = breakdown(world.parts, parts, by)
    assert {cell: set(patients) for cell, patients in found.items()} == plain
    assert found == breakdown(world.whole, whole, by)
    assert list(found) == list(breakdown(world.whole, whole, by))


def test_a_patient_of_whom_only_the_age_is_known_has_an_age_and_no_year() -> None:
    event = {"kind": "condition", "concept": "A:2", "start": "P34Y"}
    snapshot = snapshot_of([Person_("female", None, None, [event]), Person_(None, 1950, "ward-1", [])])
    found = answer(snapshot, Definition(entry=(of("A:1"),)))
    assert {cell: set(some) for cell, some in breakdown(snapshot, found, ["age", "year"]).items()} == {(30, None): {0}}
    assert list(breakdown(snapshot, answer(snapshot, Definition()), ["birth"])) == [(1950,), (None,)]


def test_a_concept_that_does_not_exist_for_the_caller_is_refused() -> None:
    snapshot = snapshot_of([Person_(None, None, None, [])])
    everyone = answer(snapshot, Definition())
    with pytest.raises(NotAnswered, match="branches of A:9"):
        breakdown(snapshot, everyone, [Branches("A:9")])
    hidden = FrozenBitMap([snapshot.concept("A:1") or 0])
    with pytest.raises(NotAnswered, match="branches of A:1"):
        breakdown(snapshot, everyone, [Branches("A:1")], hidden)

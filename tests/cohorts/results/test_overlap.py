"""cohorts: what cohorts have in common."""

from __future__ import annotations

from itertools import combinations
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.engine.answer import answer
from cohorts.model import AfterDays, Definition
from cohorts.results import overlap
from tests.cohorts import naive
from tests.cohorts.plain_days import FAR
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, without_entry, worlds


def _days(times: list[tuple[int, int]]) -> set[int]:
    return {day for start, end in times for day in range(start, end + 1)}


def _common(world: World, one: Definition, other: Definition) -> tuple[set[int], int, set[int]]:
    times, more = world.times(one), world.times(other)
    undated = {n for some in (times, more) for n, own in some.items() if any(abs(d) >= FAR for t in own for d in t)}
    shared = {n: len(_days(times[n]) & _days(more[n])) for n in (times.keys() & more.keys()) - undated}
    return {n for n, days in shared.items() if days}, sum(shared.values()), undated


@settings(max_examples=40, deadline=None)
@given(world=worlds, some=st.lists(st.one_of(definitions, definitions, without_entry), min_size=2, max_size=3))
def test_overlaps_equal_a_plain_computation(world: World, some: list[Definition]) -> None:
    named = {"abc"[place]: one for place, one in enumerate(some)}
    inside = {name: naive.patients(world.plain, one) for name, one in named.items()}
    plain: dict[Any, set[int]] = {}
    for number in set().union(*inside.values()):
        plain.setdefault(tuple(name for name in named if number in inside[name]), set()).add(number)
    pairs = [pair for pair in combinations(named, 2) if all(named[name].entry for name in pair)]
    for snapshot in (world.parts, world.whole):
        found = overlap(snapshot, {name: answer(snapshot, one) for name, one in named.items()})
        assert {names: set(patients) for names, patients in found.exactly.items()} == plain
        assert set(found.inside("a", "b")) == inside["a"] - inside["b"]
        assert set(found.inside(["a", "b"])) == inside["a"] & inside["b"]
        shared = {pair: (set(of_pair[0]), of_pair[1], set(of_pair[2])) for pair, of_pair in found.days.items()}
        assert shared == {(one, other): _common(world, named[one], named[other]) for one, other in pairs}


def test_an_overlap_by_hand() -> None:
    """Patient 0: A from 1 to 11 March, B from 6 to 16 March. Patient 1: both, but apart. Patient 2: only B."""
    days = [("2020-03-01", "2020-03-06"), ("2020-03-01", "2020-06-01"), (None, "2020-03-01")]
    observed = {"kind": "observation_period", "concept": "C:2", "start": "2019-01-01", "end": "2021-01-01"}
    people = [
        Person_(None, None, None, [observed, *({"kind": "condition", "concept": concept, "start": day}
                                               for concept, day in zip(("A:1", "B:1"), own, strict=True) if day)])
        for own in days
    ]  # fmt: skip
    snapshot = snapshot_of(people, part=1)
    named = {id_: answer(snapshot, Definition(entry=(of(id_),), exit=AfterDays(days=10))) for id_ in ("A:1", "B:1")}
    found = overlap(snapshot, named)
    assert {names: set(some) for names, some in found.exactly.items()} == {("A:1", "B:1"): {0, 1}, ("B:1",): {2}}
    common = found.days["A:1", "B:1"]
    assert (set(common.patients), common.days, set(common.undated)) == ({0}, 6, set())

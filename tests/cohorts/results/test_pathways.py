"""cohorts: sequences of chosen events."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered
from cohorts.model import Definition, Events
from cohorts.results import pathways
from tests.cohorts.plain_days import FAR
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, some_events, worlds


def _path(first: dict[str, int], days: int) -> tuple[str, ...]:
    """The steps of the first starts of a patient."""
    steps: list[list[str]] = []
    left = dict(first)
    while left:
        begin = min(left.values())
        steps.append([name for name, day in left.items() if day <= begin + days])
        left = {name: day for name, day in left.items() if day > begin + days}
    return tuple(" + ".join(step) for step in steps)


@settings(max_examples=50, deadline=None)
@given(
    world=worlds, definition=definitions, some=st.lists(some_events, max_size=4), days=st.sampled_from([0, 5, 30]),
    fewest=st.sampled_from([1, 1, 2, 3]),
)  # fmt: skip
def test_paths_equal_a_plain_computation(
    world: World, definition: Definition, some: list[Events], days: int, fewest: int
) -> None:
    events = {"abcd"[place]: one for place, one in enumerate(some)}
    plain: dict[Any, set[int]] = {}
    for number, ((start, end), *_) in world.times(definition).items():
        starts = {
            name: [e["span"][0] for e in world.plain[number].select(one) if start <= e["span"][0] <= end]
            for name, one in events.items()
        }
        dated = {name: min(some) for name, some in starts.items() if some}
        path = _path(dated, days) if start > -FAR else None
        plain.setdefault(path, set()).add(number)
    undated = plain.pop(None, set())
    for snapshot, one in zip((world.parts, world.whole), world.answers(definition), strict=True):
        found = pathways(snapshot, one, events, days, fewest)
        assert {path: set(patients) for path, patients in found.paths.items()} == {
            path: patients for path, patients in plain.items() if len(patients) >= fewest
        }
        assert set(found.rare) == {n for some in plain.values() if len(some) < fewest for n in some}
        assert set(found.undated) == undated


def _event(concept: str, start: str, kind: str = "condition", end: str | None = None) -> dict[str, Any]:
    return {"kind": kind, "concept": concept, "start": start, "end": end}


def test_paths_by_hand() -> None:
    """Patients 0 and 1: B, then C. Patient 2: both within a week. Patient 3: B before the start, so neither."""
    own = [("2020-03-05", "2020-04-01"), ("2020-03-09", "2020-05"), ("2020-03-05", "2020-03-08"), ("2020-02-01", None)]
    people = [
        Person_(
            None, None, None,
            [_event("A:1", "2020-03-01"), _event("A:3", "2019-01-01", "observation_period", "2021-01-01"),
             _event("B:1", first), *([_event("C:1", then)] if then else [])],
        )
        for first, then in own
    ]  # fmt: skip
    snapshot = snapshot_of(people, part=2)
    found = answer(snapshot, Definition(entry=(of("A:1"),)))
    paths = pathways(snapshot, found, {"C": of("C:1"), "B": of("B:1")}, 7)
    assert {path: set(some) for path, some in paths.paths.items()} == {("B", "C"): {0, 1}, (): {3}, ("C + B",): {2}}
    assert list(paths.paths) == [("B", "C"), (), ("C + B",)]
    assert set(pathways(snapshot, found, {"C": of("C:1"), "B": of("B:1")}, 7, fewest=2).rare) == {2, 3}


def test_what_is_no_path_is_refused() -> None:
    snapshot = snapshot_of([Person_(None, None, None, [_event("A:1", "2020-03-01")])])
    found = answer(snapshot, Definition(entry=(of("A:1"),)))
    with pytest.raises(NotAnswered, match="0 or more days"):
        pathways(snapshot, found, {"A": of("A:1")}, -1)
    with pytest.raises(NotAnswered, match="at most 200 events"):
        pathways(snapshot, found, {str(n): of("A:1") for n in range(201)})
    with pytest.raises(NotAnswered, match="add an entry event"):
        pathways(snapshot, answer(snapshot, Definition()), {"A": of("A:1")})
    many = pathways(snapshot, found, {str(n): of("A:1") for n in range(200)})
    assert [len(path) for path in many.paths] == [1]

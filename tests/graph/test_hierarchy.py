"""graph: hierarchy and reach, compared with a simple implementation of their definitions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import BitMap

from graph.hierarchy import Hierarchy, Level, closure

SIZE = 12
Pairs = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=30)


groups = st.lists(st.integers(0, SIZE - 1), min_size=SIZE, max_size=SIZE)
LIKELY, CERTAIN = Level.LIKELY, Level.CERTAIN


def columns(some: Pairs) -> list[npt.NDArray[np.int32]]:
    return [np.array([pair[side] for pair in some], np.int32) for side in (0, 1)]


def built(size: int, is_a: Pairs, narrower: Pairs, group: list[int]) -> Hierarchy:
    """A hierarchy with groups and narrower pairs at the level LIKELY, and without both at CERTAIN."""
    made = Hierarchy.build(size, *columns(is_a))
    made.meaning(LIKELY, group, *columns(narrower))
    return made


def walked(starts: set[int], steps: Pairs) -> set[int]:
    """The starts and everything that can be reached from them by steps (from, to)."""
    found = set(starts)
    while more := {to for start, to in steps if start in found} - found:
        found |= more
    return found


def assert_as_defined(made: Hierarchy, is_a: Pairs, narrower: Pairs, group: list[int]) -> None:
    down = [(high, low) for low, high in is_a]
    alike = [(one, other) for one in range(SIZE) for other in range(SIZE) if group[one] == group[other]]
    every = down + alike + [(high, low) for low, high in narrower]
    for concept in range(SIZE):
        below = walked({concept}, down)
        assert set(made.descendants(concept)) == below
        assert set(made.ancestors(concept)) == walked({concept}, is_a)
        assert set(made.reach(concept, CERTAIN)) == below
        assert set(made.reach(concept)) == (stands_for := walked({concept}, every))
        assert made.reached(concept) == len(stands_for)
        own, least = len(made.meant(concept)), int(made.closures[LIKELY].sizes()[concept])
        assert own < least <= len(stands_for) if own < len(stands_for) else least == own
        assert set(made.reaching(BitMap([concept]))) == walked({concept}, [(low, high) for high, low in every])
        assert made.meant(concept).tolist() == [one for one in range(SIZE) if group[one] == group[concept]]


@given(pairs, pairs, groups)
@settings(max_examples=200, deadline=None)
def test_answers_equal_the_definition(is_a: Pairs, narrower: Pairs, group: list[int]) -> None:
    """The examples include loops, pairs of a concept with itself, repeated pairs and loops through groups."""
    made = built(SIZE, is_a, narrower, group)
    assert_as_defined(made, is_a, narrower, group)
    assert made.closures[LIKELY].sizes().tolist() == [made.reached(concept) for concept in range(SIZE)]


@given(pairs, pairs, groups, st.integers(0, 200))
@settings(max_examples=100, deadline=None)
def test_sets_that_are_too_large_to_store_are_computed_on_request(
    is_a: Pairs, narrower: Pairs, group: list[int], room: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(closure, "_MOST_BYTES", room)
        made = built(SIZE, is_a, narrower, group)
    assert_as_defined(made, is_a, narrower, group)


@given(pairs, pairs, groups)
@settings(max_examples=20, deadline=None)
def test_a_saved_hierarchy_is_loaded_unchanged(
    tmp_path_factory: pytest.TempPathFactory, is_a: Pairs, narrower: Pairs, group: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    made = built(SIZE, is_a, narrower, group)
    made.save(folder)
    made.save_reach(folder)
    assert_as_defined(Hierarchy.load(folder), is_a, narrower, group)


def test_changing_an_answer_does_not_change_later_answers() -> None:
    made = built(3, [(1, 0)], [], [0, 1, 1])
    for ask in (made.ancestors, made.descendants, made.reach):
        ask(1)
    assert set(made.ancestors(1) | BitMap([7])) == {0, 1, 7}
    assert (set(made.ancestors(1)), set(made.descendants(1)), set(made.reach(1))) == ({0, 1}, {1}, {1, 2})


@pytest.mark.parametrize("closed", [False, True], ids=["chain", "cycle"])
def test_a_hierarchy_of_twenty_thousand_levels(tmp_path: Path, closed: bool) -> None:
    """Concepts are numbered at random, so bitmaps cannot be compressed as runs of numbers."""
    size = 20_000
    order = np.random.default_rng(5).permutation(size).astype(np.int32)
    ends = slice(0, None if closed else -1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(closure, "_MOST_BYTES", 1 << 22)
        made = Hierarchy.build(size, np.roll(order, -1)[ends], order[ends])
    top, bottom = int(order[0]), int(order[-1])
    assert len(made.descendants(top)) == len(made.ancestors(bottom)) == size
    assert len(made.descendants(bottom)) == (size if closed else 1)
    made.save(tmp_path)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 1 << 24


def test_the_number_of_descendants_needs_no_walk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Walking a chain that is not stored takes half a second for each concept."""
    size = 20_000
    order = np.random.default_rng(5).permutation(size).astype(np.int32)
    monkeypatch.setattr(closure, "_MOST_BYTES", 1 << 20)
    made = Hierarchy.build(size, order[1:], order[:-1])
    assert made.reached(int(order[0])) == size
    monkeypatch.delattr(closure, "walked")
    assert made.below.sizes()[order].tolist() == [*range(size, 0, -1)]
    assert len(made.familiarity) == size

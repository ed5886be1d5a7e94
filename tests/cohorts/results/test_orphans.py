"""cohorts: concepts in use near the concept sets, but not covered."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from cohorts.model import Coded, Definition, Events, Group, Occurs, Rule
from cohorts.results import orphans
from graph.value_sets import Concepts, Item
from tests.cohorts.random_data import CONCEPTS, IS_A, concepts
from tests.cohorts.results.worlds import Person_, World, of, snapshot_of, worlds
from tests.cohorts.test_answer import BELOW
from tests.graph import rows


def _plain(world: World, sets: list[Concepts]) -> dict[Concepts, dict[str, tuple[set[int], set[str]]]]:
    items = [item for some in sets for item in some.items]
    covered = set().union(*({item.id} if item.exact else BELOW[item.id] for item in items))
    having = {
        id_: {p.number for p in world.plain if p.select(of(some=Concepts((Item(id_, True),))))} for id_ in CONCEPTS
    }
    found: dict[Concepts, dict[str, tuple[set[int], set[str]]]] = {}
    for some in sets:
        own = {item.id for item in some.items if not item.excluded}
        broader = {high for low, high in IS_A if low in own}
        near = {
            "broader": broader,
            "sibling": {low for low, high in IS_A if high in broader},
            "below_broader": set().union(*(BELOW[high] for high in broader)) - broader,
            "words": {id_ for id_ in CONCEPTS if any(id_[-1:] == one[-1:] and id_[0] == one[0] for one in own)},
        }
        left = {id_ for ids in near.values() for id_ in ids} - covered
        found[some] = {i: (having[i], {why for why in near if i in near[why]}) for i in left if having[i]}
    return found


@settings(max_examples=40, deadline=None)
@given(world=worlds, sets=st.lists(concepts, min_size=1, max_size=2, unique=True))
def test_orphans_equal_a_plain_computation(world: World, sets: list[Concepts]) -> None:
    entry, *more = [of(some=one) for one in sets]
    rules = tuple(Rule(name="rule", group=Group(of=(Occurs(events=one),))) for one in more)
    for snapshot in (world.parts, world.whole):
        found = orphans(snapshot, Definition(entry=(entry,), rules=rules))
        plain = {
            some: {snapshot.ids[one.concept]: (set(one.patients), set(one.near)) for one in own}
            for some, own in found.items()
        }
        assert plain == _plain(world, sets)


LABELS = {"A:1": "diabetes", "A:2": "diabetes type 2", "C:1": "severe diabetes of the young", "B:1": "asthma"}


def _example() -> Any:
    events = [{"kind": "condition", "concept": id_, "start": "2020-03-01"} for id_ in CONCEPTS if id_ != "B:3"]
    near = rows.edges("NEIGHBOUR", ("A:3", "B:2"), score=0.9, model="m", through="")
    return snapshot_of([Person_(None, None, None, events)] * 2, part=1, labels=LABELS, NEIGHBOUR=near)


def test_orphans_by_hand() -> None:
    """The set A:2 reaches A:3. B:2 is a neighbour of A:3, not of A:2 itself; B:3 has no events."""
    snapshot = _example()
    [found] = orphans(snapshot, Definition(entry=(of("A:2"),))).values()
    named = [(snapshot.ids[one.concept], one.near, set(one.patients)) for one in found]
    assert named == [("A:1", ("broader",), {0, 1})]
    found, _ = orphans(snapshot, Definition(entry=(of("A:3"), of("A:2")))).values()
    assert [(snapshot.ids[one.concept], one.near) for one in found] == [("B:2", ("neighbour",))]


def test_a_label_with_the_same_words_is_near() -> None:
    snapshot = _example()
    wanted = Coded(field="answer", concepts=Concepts((Item("A:1"),)))
    [found] = orphans(snapshot, Definition(entry=(Events(where=(wanted,)),))).values()
    assert [(snapshot.ids[one.concept], one.near) for one in found] == [("C:1", ("words",))]
    hidden = FrozenBitMap([snapshot.ids.find("C:1")])
    assert [*orphans(snapshot, Definition(entry=(of("A:1"),)), hidden).values()] == [[]]

"""graph: groups that would be above themselves. Computed pairs are cut, and stated loops are listed."""

from __future__ import annotations

from typing import Any

import pytest

from graph.groups import build, loops
from tests.graph.groups.made import BROAD, EXACT, NARROW, XREF, Graph


def ladder() -> Graph:
    """B:2 is below B:1. A:1 has the same name as B:1."""
    made = Graph().concept("A:1", "gout").concept("B:1", "gout").concept("B:2", "other").below(("B:2", "B:1"))
    return made


def test_a_computed_pair_that_closes_a_loop_is_cut() -> None:
    """A:1 = B:1 and A:2 = B:2 cannot both hold, because A:2 is above A:1. The less probable pair is cut."""
    made = ladder().concept("A:2", "x", synonyms=["other"]).below(("A:1", "A:2"))
    found = made.groups()
    assert found.one("A:1", "B:1") and not found.one("A:2", "B:2")
    assert found.conflicts == {("A:2", "B:2", "above itself")}


def test_the_first_of_equally_probable_pairs_is_cut_in_any_order() -> None:
    made = ladder().concept("A:2", "other").below(("A:1", "A:2"))
    cut = {(one, other) for one, other, why in made.groups().conflicts if why == "above itself"}
    made.concepts = dict(reversed(made.concepts.items()))
    made.is_a.reverse()
    assert len(cut) == 1
    assert {(one, other) for one, other, why in made.groups().conflicts if why == "above itself"} == cut


def test_the_least_probable_pair_between_a_concept_and_its_parent_is_cut() -> None:
    """C:1 has the names of both concepts, and its terminology places it above neither."""
    made = Graph().concept("A:1", "gout").concept("B:1", "other").below(("A:1", "B:1"))
    made.concept("C:1", "gout", synonyms=["other"])
    found = made.groups()
    assert found.one("A:1", "C:1") and not found.one("A:1", "B:1")
    assert ("B:1", "C:1", "above itself") in found.conflicts


def test_stated_mappings_take_part_in_loops() -> None:
    made = ladder().concept("A:2", "x", synonyms=["other"]).mapping("A:1", "A:2", BROAD)
    assert not made.groups().one("A:2", "B:2")
    made = ladder().concept("A:2", "x", synonyms=["other"]).mapping("A:2", "A:1", NARROW)
    assert not made.groups().one("A:2", "B:2")


def test_a_stated_loop_is_listed_and_kept() -> None:
    made = (
        Graph().concept("A:1").concept("A:2").below(("A:1", "A:2")).mapping("A:1", "B:1", EXACT).mapping("B:1", "A:2")
    )
    found = made.groups()
    assert found.certain("A:1", "A:2", "B:1")
    assert ("A:1", "A:2", "stated above itself") in found.conflicts


def test_a_loop_of_the_hierarchy_is_listed_and_joins_nothing() -> None:
    made = Graph().concept("A:1").concept("A:2").below(("A:1", "A:2"), ("A:2", "A:1")).groups()
    assert made.sets() == set()
    assert [why for *_, why in made.conflicts] == ["stated above itself"]


def test_a_tangled_hierarchy_is_one_conflict() -> None:
    """There is one conflict for any number of loops. The pair of the first concept is listed."""
    made = Graph()
    for number in range(10, 40):
        made.concept(f"A:{number}")
    made.below(*((f"A:{low}", f"A:{high}") for low in range(10, 40) for high in range(10, 40) if low != high))
    assert made.groups().conflicts == {("A:10", "A:11", "stated above itself")}


def test_a_concept_below_itself_is_listed() -> None:
    assert Graph().concept("A:1").below(("A:1", "A:1")).groups().conflicts == {("A:1", "A:1", "stated above itself")}


def test_no_computed_pair_is_cut_because_of_a_stated_loop() -> None:
    made = Graph().concept("A:1", "gout").concept("A:2", "y").below(("A:1", "A:2"), ("A:2", "A:1"))
    assert made.concept("B:1", "gout").groups().one("A:1", "B:1")


def test_the_least_probable_of_several_pairs_on_a_loop_is_cut() -> None:
    made = Graph().concept("A:1", "gout").concept("C:1", "other").below(("A:1", "C:1"))
    made.concept("B:1", "gout").candidate("B:1", "D:1", 0.85).candidate("C:1", "D:1", 0.9)
    found = made.groups()
    assert found.conflicts == {("B:1", "D:1", "above itself")}
    assert found.one("A:1", "B:1") and found.one("C:1", "D:1")


def test_cutting_a_pair_can_allow_another_pair() -> None:
    """A:1 cannot join B:1, because of a loop. So A:1 joins B:2, which B:1 would have prevented."""
    made = Graph().concept("A:1", "gout", synonyms=["podagra"]).concept("A:2", "upper").below(("A:1", "A:2"))
    made.concept("B:1", "gout").concept("B:2", "podagra").concept("C:1").mapping("B:1", "C:1").mapping("C:1", "A:2")
    found = made.groups()
    assert found.one("A:1", "B:2") and not found.one("A:1", "B:1")


def test_pairs_by_cross_references_are_cut_too() -> None:
    made = Graph().concept("A:1", "ankle").concept("A:2", "ankle part").below(("A:1", "A:2"))
    made.concept("B:1", "ankle joint").mapping("B:1", "A:1", XREF).mapping("B:1", "A:2", XREF)
    found = made.groups()
    assert not found.one("A:1", "A:2")


def test_a_computed_loop_is_cut_beside_a_stated_loop() -> None:
    """A:1 is below itself. A:2 replaces A:1. A:2 is below B:1, which has the same name as A:2."""
    made = Graph().obsolete("A:1", "A:2").concept("A:2", "gout").concept("B:1", "gout")
    made.below(("A:1", "A:1"), ("A:2", "B:1"))
    found = made.groups()
    assert found.certain("A:1", "A:2") and not found.one("A:2", "B:1")
    assert found.conflicts == {("A:1", "A:1", "stated above itself"), ("A:2", "B:1", "above itself")}


def test_pairs_cut_in_the_last_round_are_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """This holds for any number of rounds. Here, there is one round for each pair."""

    def one_each(_groups: Any, _low: Any, _high: Any, forest: Any, _chances: Any) -> loops.Loops:
        return loops.Loops(sorted(forest)[:1], [])

    monkeypatch.setattr(build, "loops", one_each)
    made = Graph()
    for number in range(230):
        made.concept(f"A:{number}", f"illness x{number}y").concept(f"B:{number}", f"illness x{number}y")
    found = made.groups()
    assert found.sets() == set()
    assert len(found.conflicts) == 230

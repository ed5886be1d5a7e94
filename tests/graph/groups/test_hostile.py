"""graph: groups of hostile graphs are computed in bounded time (pytest's limit)."""

from __future__ import annotations

import pytest

from tests.graph.groups.made import BROAD, XREF, Graph


@pytest.mark.parametrize("label", ["x" * 10_000, "ab " * 3_000, "(disorder)" * 1_000, "\0", "\u202e", "💉" * 1_000])
def test_strange_names_raise_no_error(label: str) -> None:
    Graph().concept("A:1", label).concept("B:1", label).stub("C:1", f"acute {label}").event("C:1").groups()


def test_a_name_can_have_ten_thousand_letters() -> None:
    assert Graph().concept("A:1", "x" * 10_000).concept("B:1", "x" * 10_000).groups().one("A:1", "B:1")


def test_five_thousand_concepts_with_one_name_make_small_groups() -> None:
    made = Graph()
    for number in range(5_000):
        made.concept(f"{'AB'[number % 2]}:{number:05}", "disease")
    assert all(len(group) <= 2 for group in made.groups().sets())


def test_an_identifier_of_five_thousand_concepts_joins_nothing() -> None:
    made = Graph()
    for number in range(5_000):
        made.concept(f"A:{number}", f"word{number}").mapping(f"A:{number}", "X:1", XREF)
    assert made.groups().sets() == set()


def test_a_chain_of_twenty_thousand_exact_mappings_is_one_group() -> None:
    made = Graph()
    for number in range(20_000):
        made.mapping(f"A:{number:05}", f"A:{number + 1:05}")
    found = made.groups()
    assert found.certain("A:00000", "A:20000") and len(found.forest) == 20_000


def test_a_chain_of_replacements_through_two_thousand_terminologies_is_one_group() -> None:
    made = Graph().concept("T2000:1")
    for number in range(2_000):
        made.obsolete(f"T{number}:1", f"T{number + 1}:1").concept(f"U{number}:1").mapping(
            f"U{number}:1", f"T{number}:1"
        )
    assert made.groups().certain("T0:1", "T2000:1", "U0:1")


def test_a_loop_of_five_thousand_concepts_is_listed_once() -> None:
    made = Graph()
    for number in range(5_000):
        made.concept(f"A:{number:04}").below((f"A:{number:04}", f"A:{(number + 1) % 5_000:04}"))
    found = made.groups()
    assert found.sets() == set() and [why for *_, why in found.conflicts] == ["stated above itself"]


def test_three_hundred_loops_through_one_group_are_all_cut() -> None:
    made = Graph().concept("A:0", "gout").concept("B:0", "gout")
    for number in range(1, 300):
        made.concept(f"A:{number}", f"name {number}00").concept(f"B:{number}", f"name {number}00")
        made.below((f"A:{number - 1}", f"A:{number}"), (f"B:{number}", f"B:{number - 1}"))
    found = made.groups()
    assert len(found.sets()) == 1


def test_mappings_of_concepts_to_themselves_have_no_effect() -> None:
    made = Graph()
    for number in range(100):
        made.mapping(f"A:{number}", f"A:{number}").mapping(f"A:{number}", f"A:{number}", XREF)
        made.mapping(f"A:{number}", f"A:{number}", BROAD).steward(f"A:{number}", f"A:{number}")
    assert made.groups().sets() == set()

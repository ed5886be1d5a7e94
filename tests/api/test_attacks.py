"""tests: what ten thousand questions tell of single people; the attacks are those of bench/attacks.py, which says how.

Each is first made on the gate of before, to see that it works.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from api.cohort.settled import ANY_YEAR, Criterion, cuts, settled
from api.disclosure import AT_LEAST
from bench.attacks import People, before, names, now, oracle, windows

_TRIES = 10_000
_BUDGET = 200


@cache
def _people(size: int) -> People:
    return People(size)


def test_differencing_decided_nearly_everyone_before() -> None:
    assert windows(_people(120), before, _TRIES).right > 0.85


@pytest.mark.parametrize("tries", [_TRIES, _BUDGET])
@pytest.mark.parametrize("size", [120, 1_000, 10_000])
def test_differencing_decides_nobody(size: int, tries: int) -> None:
    assert windows(_people(size), now, tries).right <= 0.75


@pytest.mark.parametrize("size", [120, 1_000, 10_000])
def test_two_answers_that_differ_are_of_ten_patients_and_more(size: int) -> None:
    """A against A without B, and A and B; bench/attacks.py asks ten thousand."""
    assert oracle(_people(size), before, 300).few > 5
    told = oracle(_people(size), now, 1_000)
    assert told.many > 100
    assert told.few <= 1


def test_the_same_patients_by_other_names_are_not_recognised() -> None:
    """Else two answers that differ would say for certain that somebody has the one and not the other."""
    for size in (120, 1_000):
        assert 0.4 < names(_people(size), now, 600) < 0.6


def test_a_criterion_that_few_meet_changes_nothing() -> None:
    people = _people(1_000)
    wanted = settled(people, [people.criterion("all", "C")], ANY_YEAR)
    for many in (0, 1, 5, AT_LEAST - 1):
        few = people.having_["C"][:many]
        for kind in ("none", "any", "all"):
            base = people.having_["C"] if kind == "all" else type(few)()
            given = [people.criterion("any" if kind == "any" else "all", "C")]
            more = [Criterion(kind, name, 1, base - few if kind == "all" else few) for name in ("X", "Y")]
            found = settled(people, [*given, *more], ANY_YEAR)
            assert found.members ^ wanted.members <= (few if kind == "all" else type(few)())
            assert len(found.members ^ wanted.members) == 0 or kind == "all"


@pytest.mark.parametrize("size", [120, 1_000, 10_000])
def test_windows_differ_by_no_fewer_than_ten(size: int) -> None:
    people = _people(size)
    at = cuts(people, [people.everyone])
    ends = [None, *at, None]
    parts = [people.born_between(a, b and b - 1) for a, b in pairwise(ends)]
    assert len(at) > 2 and min(map(len, parts)) >= AT_LEAST
    told = {settled(people, [], (1950, last)).described for last in range(1970, 1990)}
    assert len(told) <= 5

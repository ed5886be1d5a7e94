"""tests: many queries reveal almost nothing about a single person. `bench/attacks.py` describes the attacks.

Each attack also runs against the earlier disclosure control (`before`), to check that the attack works.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest

from api.disclosure import AT_LEAST, Role, disclosed, number_of, patients
from api.execution import execute
from api.schema import ANY_YEAR, Criterion, settled
from api.schema.cohort.settled import cuts
from bench.attacks import People, before, names, now, oracle, windows
from graph.hierarchy import Level
from graph.snapshot import Snapshot
from tests.small import small_snapshot

_TRIES = 10_000
_BUDGET = 200


@cache
def _people(size: int) -> People:
    return People(size)


def test_differencing_worked_against_the_earlier_control() -> None:
    assert windows(_people(120), before, _TRIES).right > 0.85


@pytest.mark.parametrize("tries", [_TRIES, _BUDGET])
@pytest.mark.parametrize("size", [120, 1_000, 10_000])
def test_differencing_does_not_work(size: int, tries: int) -> None:
    assert windows(_people(size), now, tries).right <= 0.75


@pytest.mark.parametrize("size", [120, 1_000, 10_000])
def test_answers_that_differ_do_so_by_ten_patients_or_more(size: int) -> None:
    """Compares A with A without B, and with A and B. `bench/attacks.py` runs ten thousand of these queries."""
    assert oracle(_people(size), before, 300).few > 5
    result = oracle(_people(size), now, 1_000)
    assert result.many > 100
    assert result.few <= 1


def test_two_concepts_with_the_same_patients_are_not_recognised() -> None:
    """If the same patients were recognised, two different answers would prove that somebody has only one of the
    concepts."""
    for size in (120, 1_000):
        assert 0.4 < names(_people(size), now, 600) < 0.6


def test_a_criterion_about_few_patients_changes_nothing() -> None:
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
def test_ranges_of_birth_years_differ_by_ten_patients_or_more(size: int) -> None:
    people = _people(size)
    at = cuts(people, [people.everyone])
    ends = [None, *at, None]
    parts = [people.born_between(a, b and b - 1) for a, b in pairwise(ends)]
    assert len(at) > 2 and min(map(len, parts)) >= AT_LEAST
    result = {settled(people, [], (1950, last)).described for last in range(1970, 1990)}
    assert len(result) <= 5


_BROADER = [f"{branch}:{n}" for branch in "XY" for n in range(20)]


def _below_forty(folder: pytest.TempPathFactory, many: int) -> Snapshot:
    """`many` patients have a concept below two chains of 20 concepts. Every fifth concept has one more patient."""
    steps = [step for chain in (_BROADER[:20], _BROADER[20:]) for step in pairwise(["L:0", *chain, "R:0"])]
    events = [["L:0"]] * many + [[f"{branch}:{n}"] for branch in "XY" for n in range(4, 20, 5)] + [["R:0"]] * 60
    labels = dict.fromkeys(["L:0", "R:0", *_BROADER])
    return small_snapshot(folder.mktemp("broader"), is_a=steps, events=events, labels=labels)


def _asked(snapshot: Snapshot) -> list[int]:
    query = "query($ids: [ID!]!) { concepts(ids: $ids) { patients { count } } }"
    found = execute(snapshot, query, {"ids": _BROADER}, Role.AT_LEAST)["data"]["concepts"]
    return [one["patients"]["count"] or 0 for one in found]


def _each_alone(snapshot: Snapshot) -> list[int]:
    concepts = [snapshot.concept(one) for one in _BROADER]
    groups = [patients.all_of(snapshot, one, Level.LIKELY) for one in concepts if one is not None]
    numbers = [number_of(snapshot.patients, group, Role.AT_LEAST) for group in groups]
    return [disclosed(number, Role.AT_LEAST).count or 0 for number in numbers]


def test_many_concepts_with_the_same_patients_reveal_no_more_than_one(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The attacker guesses from the mean of all answers whether 9 or 10 patients have these concepts."""
    right, random = {}, np.random.default_rng(0)
    worlds = [_below_forty(tmp_path_factory, number) for number in (9, 10)]
    for tell in (_asked, _each_alone):
        means = np.empty((2, 60))
        for world, snapshot in enumerate(worlds):
            for number in range(means.shape[1]):
                snapshot.patients.keys = random.integers(0, 2**64, len(snapshot.patients), dtype=np.uint64)
                known = snapshot.derived(patients.Known)
                known.stands.clear()
                known.in_care.clear()
                means[world, number] = np.mean(tell(snapshot))
        right[tell] = max((np.mean(means[0] < at) + np.mean(means[1] >= at)) / 2 for at in means.ravel())
    assert right[_asked] <= 0.7 < right[_each_alone]

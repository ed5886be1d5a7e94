"""bench: attacks disclosure control, to measure how much thousands of cohorts reveal about single made-up people.

Run `python -m bench.attacks [TRIES]` from the root of the checkout. Every attack is also run against an earlier version
(`before`), which rounded true numbers. `tests/api/test_attacks.py` runs small attacks.

The attacker knows the year of birth and sex of everybody and who has concept R, but not who has concept B. For each
answer, the attacker also knows the criteria and years applied, and the distribution of the noise. No real attacker
knows this much.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import lru_cache, reduce
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from api.disclosure import AT_LEAST, VARIANCE, Group, Role, disclosed, perturbed
from api.schema import ANY_YEAR, Criterion, Years, described, meeting, settled
from graph.snapshot import Patients

FIRST, LAST = 1930, 2010
_ROUNDING = 100 / 12
"""The variance of rounding to tens."""
Floats = npt.NDArray[Any]


class People(Patients):
    """Made-up patients. Half of them have concept B, and about eighty have R (more than half of a small population)."""

    def __init__(self, size: int, seed: int = 0) -> None:
        random = np.random.default_rng(seed)
        self.born = random.integers(FIRST, LAST + 1, size).astype(np.int32)
        self.keys = random.integers(0, 2**64, size, dtype=np.uint64)
        self.gone = BitMap()
        self.male = random.integers(0, 2, size)
        self.born_between = lru_cache(10_000)(self._born_between)
        shares = {"B": 0.5, "R": min(0.6, 80 / size), "C": 0.4, "D": 0.25, "E": 0.1, "F": min(0.2, 25 / size)}
        self.having_ = {name: bitmap_of(random.random(size) < share) for name, share in shares.items()}
        self.sexes = {name: bitmap_of(self.male == number) for number, name in enumerate(("female", "male"))}

    def criterion(self, kind: str, name: str) -> Criterion:
        if name in self.sexes:
            return Criterion(kind, f"sex {name}", 0, self.sexes[name])
        return Criterion(kind, name, 1, self.having_[name])


def bitmap_of(chosen: npt.NDArray[np.bool_]) -> BitMap:
    return BitMap(np.flatnonzero(chosen))


Asked = tuple[tuple[Criterion, ...], Years]
Disclose = Callable[[People, Sequence[Criterion], Years], tuple[Group, int | None]]
"""A function that returns the counted group of a cohort, and the disclosed number (None if the number is withheld)."""


def now(people: People, criteria: Sequence[Criterion], years: Years) -> tuple[Group, int | None]:
    group = settled(people, criteria, years)
    return group, disclosed(perturbed(people, group), Role.AT_LEAST).count


def before(people: People, criteria: Sequence[Criterion], years: Years) -> tuple[Group, int | None]:
    group = Group(meeting(criteria, people.born_between(*years)), f"{described(criteria)} born {years}")
    return group, disclosed(len(group.members), Role.AT_LEAST).count


FORMS = ("+B", "-B", "+B+R", "+B-R", "-B+R", "|B|R", "-B-R", "")
_KINDS = {"+": "all", "-": "none", "|": "any"}


def asked(people: People, random: np.random.Generator) -> Asked:
    """Returns a random cohort: criteria of one of several forms, possibly a sex, and a window of birth years."""
    form = FORMS[random.integers(len(FORMS))]
    criteria = [people.criterion(_KINDS[kind], name) for kind, name in re.findall("([+|-])(.)", form)]
    sex = random.integers(3)
    if sex < 2:
        criteria.append(people.criterion("all", ("female", "male")[sex]))
    first, last = sorted(random.integers(FIRST, LAST + 1, 2).tolist())
    return tuple(criteria), (first, last)


class Found(NamedTuple):
    """The number of people about whom the attacker is most confident, and the share of correct guesses about them."""

    people: int
    right: float


def windows(people: People, disclose: Disclose, tries: int, seed: int = 1) -> Found:
    """Differencing attack on each person who is the only one with concept R of their birth year and sex.

    The attacker guesses whether these people have concept B. For each combination of birth year, sex and R, the most
    probable number of people with B is estimated from all answers by least squares.
    """
    random, answers = np.random.default_rng(seed), dict[str, float]()
    for _ in range(tries):
        group, count = disclose(people, *asked(people, random))
        if group.described != "nobody":
            answers[group.described] = 5.0 if count is None else float(count)
    cells = ((people.born.astype(np.int64) - FIRST) * 2 + people.male) * 2 + _flags(people, "R")
    total = np.bincount(cells, minlength=(LAST - FIRST + 1) * 4).astype(float)
    counted = np.array([_counted(described) for described in answers], np.float32).reshape(len(answers), -1, 2)
    seen = np.array([*answers.values()]) - counted[:, :, 0] @ total
    estimate = _most_probable(counted[:, :, 1] - counted[:, :, 0], seen, total)
    alone = np.flatnonzero((total == 1) & (np.arange(len(total)) % 2 == 1))
    truth = np.bincount(cells, _flags(people, "B"), minlength=len(total))[alone] > 0
    sure = np.argsort(-np.abs(estimate[alone] - 0.5), kind="stable")[: len(alone) // 2]
    return Found(len(sure), float(np.mean((estimate[alone] > 0.5)[sure] == truth[sure])))


def _flags(people: People, name: str) -> npt.NDArray[np.int64]:
    flags = np.zeros(len(people), np.int64)
    flags[people.having_[name].to_array()] = 1
    return flags


def _counted(group: str) -> npt.NDArray[np.bool_]:
    """For each combination of year, sex, R and B, True if the described group includes people with this combination."""
    year, male, r, b = np.ogrid[FIRST : LAST + 1, 0:2, 0:2, 0:2]
    has = {"B": b == 1, "R": r == 1, "sex male": male == 1, "sex female": male == 0}
    kinds: dict[str, list[Any]] = {"all": [year > 0], "any": [], "none": []}
    for kind, name in re.findall(r"(all|any|none) (sex \w+|\w)", group):
        kinds[kind].append(has[name])
    if born := re.search(r"born \((\d+), (\d+|None)\)", group):
        kinds["all"].append((year >= int(born[1])) & (year <= (LAST if born[2] == "None" else int(born[2]))))
    some = reduce(np.logical_or, kinds["any"]) if kinds["any"] else True
    found = reduce(np.logical_and, [*kinds["all"], some, *map(np.logical_not, kinds["none"])])
    return np.broadcast_to(found, (LAST - FIRST + 1, 2, 2, 2)).ravel()


def _most_probable(rows: Floats, seen: Floats, total: Floats) -> Floats:
    """Estimates the number of people with concept B in each cell: a combination of birth year, sex and R.

    `seen` has the answers, and `total` the number of people in each cell. Before any answer, the estimate is half of
    the people in the cell.
    """
    weight = np.float32(1 / (VARIANCE + _ROUNDING))
    held = total > 0
    rows, prior = rows[:, held], total[held] / 2
    left = (rows * weight).T @ rows + np.diag(4 / total[held]).astype(np.float32)
    right = (rows * weight).T @ (seen - rows @ prior)
    estimate = np.zeros(len(total))
    estimate[held] = prior + np.linalg.solve(left.astype(float), right.astype(float))
    return estimate


class Pairs(NamedTuple):
    """Counts of pairs of groups that got different answers: pairs whose groups differ by 1 to 9 patients, and pairs
    whose groups differ by 10 or more.
    """

    few: int
    many: int


def oracle(people: People, disclose: Disclose, tries: int, seed: int = 2) -> Pairs:
    """Asks for random cohorts, and for each of them again with one more criterion.

    If the two answers differ, the attacker learns that the two groups of patients differ. Returns how often this
    happens.
    """
    random, few, many = np.random.default_rng(seed), 0, 0
    for _ in range(tries):
        criteria, years = asked(people, random)
        name = "CDEF"[random.integers(4)]
        kind = ("all", "none")[random.integers(2)]
        (one, first), (two, second) = (
            disclose(people, some, years) for some in (criteria, [*criteria, people.criterion(kind, name)])
        )
        apart = len(one.members ^ two.members) if first != second else 0
        few, many = few + (0 < apart < AT_LEAST), many + (apart >= AT_LEAST)
    return Pairs(few, many)


def names(people: People, disclose: Disclose, tries: int, seed: int = 3) -> float:
    """Asks for random cohorts with concept C, and for the same cohorts with concept G instead of C.

    Either G has the same patients as C, or it lacks one of them. The attacker guesses that G lacks one if the two
    answers differ. Returns the share of correct guesses.
    """
    random, right = np.random.default_rng(seed), 0
    for number in range(tries):
        criteria, _ = asked(people, random)
        base = people.having_["C"]
        less = number % 2
        person = base[int(random.integers(len(base)))]
        other = Criterion("all", "G", 1, base - BitMap([person]) if less else base)
        within = [one for one in criteria if one.patients is not base]
        one = disclose(people, [*within, people.criterion("all", "C")], ANY_YEAR)[1]
        two = disclose(people, [*within, other], ANY_YEAR)[1]
        right += (one != two) == bool(less)
    return right / tries


def main(tries: int) -> None:
    print(f"{tries:,} tries each; the share of right guesses about the people with the most confident guesses")
    for size in (120, 1_000, 10_000):
        people = People(size)
        for disclose in (before, now):
            for budget in (tries, 200):
                found = windows(people, disclose, budget)
                print(f"{size:>6,} patients, {disclose.__name__:<6} {budget:>6,} queries:", end=" ")
                print(f"{found.right:.2f} of {found.people} people", end="; ")
                pairs = oracle(people, disclose, budget // 2)
                print(f"oracle: {pairs.few} pairs differ by one to nine, {pairs.many} by more", end="; ")
                print(f"names: {names(people, disclose, budget // 2):.2f}", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)

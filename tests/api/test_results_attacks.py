"""tests: the results of a cohort reveal no more about one person than the noise of single cohorts allows.

The attacker knows everything about everybody, except whether one person, the target, has the concept B:1. There are two
worlds, which differ only in this. For many draws of the noise, the attacker asks the same queries in both worlds and
learns how often each number and each difference of two numbers occurs. The attacker then guesses the world of each draw
from the answers, having learned only from other draws. Half of the guesses are right by chance.

Everybody with B is in the source "west" and has A, if at all, as a procedure too. So kinds and sources tell the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from itertools import combinations
from json import dumps
from math import log
from typing import Any

import numpy as np
import pytest

from api.disclosure import DIFFERENCE, Role, control, patients
from api.errors import Spent
from api.execution import execute
from api.fields import disclosed_counts
from api.schema.cohort import settled
from graph.snapshot import Snapshot
from tests.cohorts.results.worlds import Person_, snapshot_of

_DRAWS, _TENTHS = 60, 10
_LIMIT = 0.7
"""The largest share of right guesses, as for `Concept.patients` in test_attacks.py.

It is four standard deviations above chance: each attack makes 120 guesses, one for each draw in each world.
"""
TARGET = 0
CASES = {"all": 44, "half": 24, "ten": 9, "none": 0}
COUNT = "{ count withheld atLeast atMost reason }"


def _occurs(concept: str, events: str = "", more: str = "", certain: str = "") -> str:
    return f'{{occurs: {{events: {{concepts: {{items: [{{id: "{concept}"}}] {certain}}} {events}}} {more}}}}}'


def _rule(*members: str) -> str:
    of = " ".join(members)
    return f"{{name: {dumps(of)} group: {{of: [{of}]}}}}"


# Definitions are parts of the query text, so they are read once and not for every draw.
A, B, C = (_occurs(f"{letter}:1") for letter in "ABC")
NO_B = _occurs("B:1", more="atLeast: 0 atMost: 0", certain="certain: true")
OPERATED = _occurs("A:1", "kinds: [PROCEDURE]")
IN_WEST = '{among: {sources: ["west"]}}'
WOMEN = '{person: {sex: ["female"]}}'


def _person(number: int, having: str, born: int) -> Person_:
    events = [{"kind": "condition", "concept": f"{letter}:1", "start": "2020-01-01"} for letter in having]
    if "A" in having and "B" in having:
        events.append({"kind": "procedure", "concept": "A:1", "start": "2020-01-01"})
    return Person_("female" if number % 2 else "male", born, None, events, "west" if "B" in having else "")


@cache
def _worlds(case: str) -> tuple[Snapshot, Snapshot]:
    """Two snapshots: in the second, the target has B too. All are the only one with A and their year of birth.

    Of the 44 other people with A, so many have B. With the target, the number of these reaches the next that is rounded
    up, or the first that is not withheld.
    """
    rest = [_person(n, "AC"[: 1 + n % 2] + "B" * (n * 7 % 44 < CASES[case]), 1940 + n) for n in range(1, 45)]
    rest += [_person(n, "B", 1930 + n % 60) for n in range(30)] + [_person(n, "", 1930 + n % 60) for n in range(60)]
    first, second = ([_person(TARGET, having, 1995), *rest] for having in ("AC", "ACB"))
    return snapshot_of(first), snapshot_of(second)


def _query(rules: str, field: str) -> str:
    return f"{{ definedCohort(definition: {{rules: [{rules}]}}) {{ {field} }} }}"


ATTACKS: dict[str, str] = {
    "attrition": _query(_rule(A) + _rule(B) + _rule(C), f"attrition {{ kept {COUNT} passed {COUNT} }}"),
    "without": _query(
        f'{{name: "one" group: {{of: [{A}]}}}} {{name: "two" group: {{of: [{NO_B}]}}}}',
        f'x: without(rules: ["one"]) {COUNT} y: without(rules: ["two"]) {COUNT} patients {COUNT}',
    ),
    "kind": _query(_rule(A) + _rule(OPERATED) + _rule(C), f"attrition {{ kept {COUNT} passed {COUNT} }}"),
    "source": _query(_rule(A) + _rule(IN_WEST) + _rule(C), f"attrition {{ kept {COUNT} passed {COUNT} }}"),
    "sources": _query(_rule(A), f'patients {COUNT} breakdown(sources: ["west"]) {{ patients {COUNT} }}'),
    "sex": _query(_rule(A) + _rule(B), f"patients {COUNT} breakdown(by: [SEX]) {{ patients {COUNT} }}"),
    "birth": _query(_rule(A, B), f"patients {COUNT} breakdown(by: [BIRTH]) {{ patients {COUNT} }}"),
    "both": _query(_rule(A, B), f"patients {COUNT} breakdown(by: [BIRTH, SEX]) {{ patients {COUNT} }}"),
    "concepts": _query(_rule(A), f'patients {COUNT} breakdown(valueSets: ["B:1", "C:1"]) {{ patients {COUNT} }}'),
    "branches": _query(_rule(A, B), f'patients {COUNT} breakdown(branchesOf: "B:1") {{ patients {COUNT} }}'),
    "overlap": _query(
        _rule(A),
        f"patients {COUNT} overlap(other: {{rules: [{_rule(B)}]}}) {{ both {COUNT} only {COUNT} other {COUNT} }}",
    ),
}


def _numbers(value: Any) -> Iterator[Any]:
    """The numbers of an answer in order, each with its bounds and the reason if it is withheld."""
    if isinstance(value, dict) and "withheld" in value:
        yield value["count"] if value["count"] is not None else (value["atLeast"], value["reason"])
    elif isinstance(value, dict):
        yield from (one for own in value.values() for one in _numbers(own))
    elif isinstance(value, list):
        yield from (one for own in value for one in _numbers(own))


def _seen(snapshot: Snapshot, attack: str, role: Role) -> list[Any]:
    """What the attacker sees: each number, each difference of two numbers, and how far the sum is from the first."""
    answer = execute(snapshot, ATTACKS[attack], {}, role)
    assert "errors" not in answer
    found = list(dict.fromkeys(enumerate(_numbers(answer["data"]))))
    known = [(place, number) for place, number in found if isinstance(number, int)]
    apart = [(one[0], two[0], one[1] - two[1]) for one, two in combinations(known, 2)]
    return [*found, *apart, ("sum", sum(number for _, number in known[1:]) - sum(number for _, number in known[:1]))]


def _drawn(snapshot: Snapshot, keys: Any) -> Snapshot:
    """The same patients with other keys, so with other noise."""
    snapshot.patients.keys = keys
    known = snapshot.derived(patients.Known)
    known.stands.clear()
    known.in_care.clear()
    settled._WHOLE.clear()
    return snapshot


def _counted(some: Iterable[list[Any]]) -> Counter[Any]:
    return Counter(one for own in some for one in own)


def _right(case: str, attack: str, role: Role = Role.AT_LEAST, draws: int = _DRAWS) -> float:
    """The share of right guesses about draws of the noise. The attacker learns from all draws outside a tenth."""
    random, seen = np.random.default_rng(0), [[], []]  # type: ignore[var-annotated]
    for _ in range(draws):
        for world, snapshot in enumerate(_worlds(case)):
            keys = random.integers(0, 2**64, len(snapshot.patients), dtype=np.uint64)
            seen[world].append(_seen(_drawn(snapshot, keys), attack, role))
    every, right = [_counted(own) for own in seen], []
    for tenth in range(_TENTHS):
        first, second = (all_ - _counted(own[tenth::_TENTHS]) for all_, own in zip(every, seen, strict=True))
        for world, own in enumerate(seen):
            for some in own[tenth::_TENTHS]:
                told = sum(log((second[one] + 0.5) / (first[one] + 0.5)) for one in some)
                right.append((told > 0) == bool(world))
    return float(np.mean(right))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("attack", ATTACKS)
def test_results_do_not_decide_about_a_person(case: str, attack: str) -> None:
    assert _right(case, attack) <= _LIMIT


@pytest.mark.parametrize("role", [Role.NONE, Role.EXISTS, Role.RANGE])
@pytest.mark.parametrize("attack", ["attrition", "birth", "overlap"])
def test_weaker_roles_learn_no_more(attack: str, role: Role) -> None:
    right = _right("none", attack, role)
    assert right == 0.5 if role is Role.NONE else right <= _LIMIT


def _exact_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "UNCHANGED", tuple(Role))


def _no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are only rounded."""
    monkeypatch.setattr(control, "noise", lambda *_: 0)


def _small_differences(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are only rounded, and criteria that change few patients are applied."""
    _no_noise(monkeypatch)
    monkeypatch.setattr(settled, "is_few", lambda *_: False)


@pytest.mark.parametrize("broken", [_exact_numbers, _no_noise, _small_differences])
@pytest.mark.parametrize("attack", ATTACKS)
def test_the_attacks_work_on_broken_control(
    attack: str, broken: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch)
    assert max(_right(case, attack, draws=4) for case in CASES) == 1


def test_a_reason_does_not_tell_one_patient_from_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell of other years of birth than asked is withheld. Its reason is the same for one patient and for none."""
    assert _right("none", "birth") == 0.5
    counts = disclosed_counts

    def by_members(context: Any, read: Any, level: Any, groups: Any, other: bool = False) -> Any:
        return [DIFFERENCE] if other and groups[0].members else counts(context, read, level, groups)

    monkeypatch.setattr("api.schema.cohort.cells.disclosed_counts", by_members)
    assert _right("none", "birth", draws=10) == 1


SPELLINGS = (
    f"rules: [{_rule(A)} {_rule(C)} {_rule(WOMEN)}]",
    f"rules: [{_rule(WOMEN)} {_rule(C)} {_rule(A)}]",
    f"rules: [{_rule(A, C, WOMEN)}]",
    f"also: {{of: [{C} {A}]}} rules: [{_rule(WOMEN)}]",
    f"rules: [{_rule(f'{{group: {{of: [{{group: {{of: [{A} {C}]}}}} {WOMEN}]}}}}', A)}]",
    f"rules: [{_rule(A, A)} {_rule(_occurs('C:1', more='atLeast: 1'))} {_rule(WOMEN, WOMEN)}]",
)


def test_equivalent_definitions_get_one_number_and_count_once() -> None:
    """Otherwise the noise could be averaged out."""
    snapshot, budget, told = _worlds("half")[0], set[str](), set[str]()
    for definition in (*SPELLINGS, *SPELLINGS):
        query = f"""{{ definedCohort(definition: {{{definition}}}) {{
          patients {COUNT} again: patients {COUNT} without(rules: []) {COUNT} attrition {{ kept {COUNT} }}
          overlap(other: {{}}) {{ both {COUNT} }} }} }}"""
        found = execute(snapshot, query, {}, spend=budget.add)["data"]["definedCohort"]
        same = (found["patients"], found["again"], found["without"], found["overlap"]["both"])
        told |= {str(one) for one in (*same, found["attrition"][-1]["kept"])}
    assert len(told) == 1
    # The other entries are the steps of attrition: sets of the three criteria.
    assert len(budget) <= 2**3


def test_a_part_of_a_breakdown_is_the_number_of_its_cohort() -> None:
    """So a cell tells nothing that `cohort` does not tell."""
    snapshot = _worlds("half")[0]
    cells = _query(_rule(A), f"breakdown(by: [SEX]) {{ values patients {COUNT} }}")
    rows = execute(snapshot, cells, {})["data"]["definedCohort"]["breakdown"]
    for row in rows[:2]:
        whole = _query(_rule(A) + _rule(f"{{person: {{sex: {dumps(row['values'])}}}}}"), f"patients {COUNT}")
        assert execute(snapshot, whole, {})["data"]["definedCohort"]["patients"] == row["patients"]


def test_cells_count_against_the_budget() -> None:
    asked: list[str] = []

    def spend(question: str) -> None:
        if len({*asked, question}) > 5:
            raise Spent(5, "tomorrow")
        asked.append(question)

    answer = execute(_worlds("half")[0], _query("", f"breakdown(by: [BIRTH]) {{ patients {COUNT} }}"), {}, spend=spend)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["SPENT"]
    assert (answer["data"], len(set(asked))) == ({"definedCohort": None}, 5)

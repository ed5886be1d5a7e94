"""bench: the time of disclosure control, for the Boolean questions of bench.cohorts.

    python -m bench.cohort_control [--patients 1000000] [--questions 200]

Each question is asked as `cohort` in GraphQL, with the role `exact`, which needs no disclosure control, and with the
role `at_least`. The difference is the time of disclosure control. *Cold* is a question that was not asked before;
*warm* is the same question again, the median of three. The script checks that `exact` gives the number of patients that
the cohort engine finds.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from api.disclosure import Role
from api.execution import execute
from bench.cohort_data import loaded, made
from bench.cohort_questions import Boolean, Choice, questions
from bench.cohorts import milliseconds
from bench.machine import machine
from cohorts.engine import answer
from cohorts.model import Definition, Events, Group, Member, Occurs, Person, Range, Rule
from graph.columns import write_sums
from graph.snapshot import Snapshot, save_having
from graph.value_sets import Concepts, Item

ASKED = "query($criteria: CohortCriteria!) { cohort(criteria: $criteria) { patients { count withheld } } }"
ROLES = (Role.EXACT, Role.AT_LEAST)


def criteria(question: Boolean) -> dict[str, Any]:
    """Returns `question` as criteria of the query `cohort`, without kinds of events.

    The query uses the other level of reach for concepts in `none`.
    """
    lists = {"all": question.every, "any": question.some, "none": question.no}
    asked: dict[str, Any] = {name: [one.concepts.items[0].id for one in some] for name, some in lists.items() if some}
    first, last = question.born or (None, None)
    return asked | {"sex": question.sex.upper() or None, "bornFrom": first, "bornTo": last}


def definition(asked: dict[str, Any]) -> Definition:
    """Returns `asked`, criteria of the query `cohort`, as a definition for the cohort engine."""

    def of(name: str, certain: bool = False, none: bool = False) -> list[Member]:
        some = (Events(concepts=Concepts((Item(id_),), certain)) for id_ in asked.get(name, []))
        return [Occurs(events=one, at_least=0, at_most=0) if none else Occurs(events=one) for one in some]

    members = of("all") + of("none", certain=True, none=True)
    if "any" in asked:
        members.append(Group(of=tuple(of("any")), at_least=1))
    if asked["sex"]:
        members.append(Person(sex=(asked["sex"].lower(),)))
    if asked["bornFrom"]:
        members.append(Person(born=Range(low=asked["bornFrom"], high=asked["bornTo"])))
    return Definition(rules=(Rule(name="asked", group=Group(of=tuple(members))),))


def with_patients(place: Path) -> Snapshot:
    """The snapshot at `place`, with the patients of each concept, which disclosure control reads."""
    before = Snapshot(place)
    (place / "manifest.json").unlink()
    save_having(before.events, len(before.ids), place)
    write_sums(place)
    return Snapshot(place)


def timed(snapshot: Snapshot, some: list[Boolean]) -> dict[tuple[Role, str], list[float]]:
    """Returns the milliseconds of each question, by role, and by `cold` or `warm` as in the docstring of the module.

    All questions are asked in one role before the next role.
    """
    times: dict[tuple[Role, str], list[float]] = {(role, how): [] for role in ROLES for how in ("cold", "warm")}
    for role in ROLES:
        snapshot.reached_patients.cache_clear()
        for question in some:
            asked = criteria(question)
            cold, found = milliseconds(lambda: execute(snapshot, ASKED, {"criteria": asked}, role))  # noqa: B023
            warm = [milliseconds(lambda: execute(snapshot, ASKED, {"criteria": asked}, role))[0] for _ in range(3)]  # noqa: B023
            if role is Role.EXACT:
                right = len(answer(snapshot, definition(asked)).patients)
                assert found["data"]["cohort"]["patients"]["count"] == right, (asked, found, right)
            times[role, "cold"].append(cold)
            times[role, "warm"].append(float(np.median(warm)))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as folder:
        base = loaded(Path(folder) / "store")
        snapshot = with_patients(made(base, options.patients, Path(folder) / "made"))
        drawn = questions(Choice(snapshot), "Boolean of 2 to 4 reaches", options.questions)
        times = timed(snapshot, [one for one in drawn if isinstance(one, Boolean)])
    print("\n| milliseconds, p50 / p95 | exact | at_least | difference, p50 |\n|---|---|---|---|")
    for how in ("cold", "warm"):
        exact, noisy = (np.percentile(times[role, how], [50, 95]) for role in ROLES)
        apart = np.median(np.subtract(times[Role.AT_LEAST, how], times[Role.EXACT, how]))
        print(f"| {how} | {exact[0]:.2f} / {exact[1]:.2f} | {noisy[0]:.2f} / {noisy[1]:.2f} | {apart:.2f} |")


if __name__ == "__main__":
    main()

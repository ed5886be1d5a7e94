"""bench: makes random questions about cohorts, as definitions and in a simple form for other programs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.cohort_data import EACH, frequent, kinds_of
from cohorts.model import Definition, Events, Group, Member, Occurs, Person, Range, Rule, Window
from graph.events import KINDS
from graph.snapshot import Snapshot
from graph.value_sets import Concepts, Item, members

MILLION = 1_000_000


class Chosen(NamedTuple):
    """A concept set, the concepts of the set that have events, and the kind of event (empty for all kinds)."""

    concepts: Concepts
    numbers: list[int]
    kind: str

    def events(self, nth: int = 0) -> Events:
        return Events(kinds=(self.kind,) if self.kind else (), concepts=self.concepts, nth=nth)  # type: ignore[arg-type]


class Boolean(NamedTuple):
    """A question: the patients who have events of all concept sets in `every`, of any in `some` and of none in `no`.

    The patients also have the given sex ("" for all) and were born in the given years.
    """

    every: list[Chosen]
    some: list[Chosen]
    no: list[Chosen]
    sex: str
    born: tuple[int, int] | None

    @property
    def sets(self) -> list[Chosen]:
        return self.every + self.some + self.no

    def definition(self) -> Definition:
        of: list[Member] = [Occurs(events=one.events()) for one in self.every]
        of += [Occurs(events=one.events(), at_least=0, at_most=0) for one in self.no]
        if self.some:
            of.append(Group(of=tuple(Occurs(events=one.events()) for one in self.some), at_least=1))
        if self.sex:
            of.append(Person(sex=(self.sex,)))
        if self.born:
            of.append(Person(born=Range(low=self.born[0], high=self.born[1])))
        return _asking((), *of)


class Then(NamedTuple):
    """A question: the patients who have an event of `first`, and an event of `then` at most `days` days later.

    The two events can be on the same day.
    """

    first: Chosen
    then: Chosen
    days: int

    @property
    def sets(self) -> list[Chosen]:
        return [self.first, self.then]

    def definition(self) -> Definition:
        then = Occurs(events=self.then.events(), windows=(Window(since=0, until=self.days),))
        return _asking((self.first.events(),), then)


class New(NamedTuple):
    """A question: the patients who have an event of `then` within `days` days after their first event of `first`.

    The patients have no event of `no` in the `before` days before that first event.
    """

    first: Chosen
    then: Chosen
    no: Chosen
    days: int
    before: int

    @property
    def sets(self) -> list[Chosen]:
        return [self.first, self.then, self.no]

    def definition(self) -> Definition:
        then = Occurs(events=self.then.events(), windows=(Window(since=0, until=self.days),))
        window = Window(since=-self.before, until=-1)
        return _asking(
            (self.first.events(nth=1),), then, Occurs(events=self.no.events(), at_least=0, at_most=0, windows=(window,))
        )


Question = Boolean | Then | New


def _asking(entry: tuple[Events, ...], *of: Member) -> Definition:
    return Definition(entry=entry, rules=(Rule(name="asked", group=Group(of=of)),))


class Choice:
    """Chooses concept sets by the number of events in their reach.

    The number is scaled to a million patients, so the questions are the same for all numbers of patients.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._sizes = np.sum([np.diff(part.offsets) for part in snapshot.events.parts], axis=0)
        self.frequent = frequent(snapshot).tolist()
        reached = [self._used(Concepts((Item(snapshot.ids[one]),))) for one in self.frequent]
        rows = np.array([self._sizes[some].sum() for some in reached])
        self._shares = rows / len(snapshot.patients) * MILLION

    def _used(self, concepts: Concepts) -> npt.NDArray[np.int64]:
        found = np.asarray(members(self._snapshot, concepts)[0].to_array(), np.int64)
        used: npt.NDArray[np.int64] = found[self._sizes[found] > 0]
        return used

    def one(self, rng: random.Random, least: float, most: float) -> Chosen:
        """Chooses a concept with `least` to `most` events in its reach, scaled to a million patients.

        For half of the concepts, the question asks for one kind of event only.
        """
        return self.of(rng.choice(self._between(least, most)), rng.random() < 0.5)

    def _between(self, least: float, most: float) -> list[int]:
        some = np.flatnonzero((self._shares >= least) & (self._shares <= most)).tolist()
        return [self.frequent[n] for n in some or [int(np.abs(self._shares - most).argmin())]]

    def of(self, concept: int, of_kind: bool = False, exact: bool = False) -> Chosen:
        concepts = Concepts((Item(self._snapshot.ids[concept], exact),))
        kind = KINDS[kinds_of(np.array([concept]))[0]] if of_kind else ""
        return Chosen(concepts, self._used(concepts).tolist(), kind)


def boolean(choice: Choice, rng: random.Random) -> Question:
    sets = [choice.one(rng, 10_000, EACH * MILLION) for _ in range(rng.randint(2, 4))]
    places = [rng.choice(("every", "some", "no")) if number else "every" for number in range(len(sets))]
    placed = [*zip(sets, places, strict=True)]
    every, some, no = ([one for one, at in placed if at == name] for name in ("every", "some", "no"))
    year = rng.randint(1930, 1990)
    born = (year, year + rng.randint(5, 30)) if rng.random() < 0.5 else None
    return Boolean(every, some, no, rng.choice(("", "", "female", "male")), born)


def then(first: tuple[int, int], later: tuple[int, int]) -> Callable[[Choice, random.Random], Question]:
    return lambda choice, rng: Then(choice.one(rng, *first), choice.one(rng, *later), 90)


def most_frequent(choice: Choice, rng: random.Random) -> Question:
    first, later = (choice.of(concept, exact=True) for concept in choice.frequent[:2])
    return Then(first, later, rng.randint(60, 120))


def new(choice: Choice, rng: random.Random) -> Question:
    first, later = choice.one(rng, 50_000, 300_000), choice.one(rng, 50_000, 300_000)
    return New(first, later, choice.one(rng, 10_000, 100_000), 90, 365)


CLASSES: dict[str, Callable[[Choice, random.Random], Question]] = {
    "Boolean of 2 to 4 reaches": boolean,
    "then, to 136k + 28k rows": then((68_000, 136_000), (14_000, 28_000)),
    "then, to 477k + 136k rows": then((238_000, 477_000), (68_000, 136_000)),
    "then, to 600k rows": then((200_000, 400_000), (100_000, 200_000)),
    "then, 2.9M + 1.4M rows": most_frequent,
    "first, then, not before": new,
}


def questions(choice: Choice, name: str, count: int) -> list[Question]:
    """Returns random questions of the class `name` (CLASSES). They depend only on this name and on the hierarchy."""
    rng = random.Random(name)
    return [CLASSES[name](choice, rng) for _ in range(count)]

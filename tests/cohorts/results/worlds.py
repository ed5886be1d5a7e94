"""tests: snapshots of random small patients, each in several parts and in one, and beside them the plain patients."""

from __future__ import annotations

import atexit
import shutil
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from random import Random
from tempfile import mkdtemp
from typing import Any, NamedTuple, cast
from unittest.mock import patch

import pyarrow as pa
from hypothesis import strategies as st

from cohorts.engine.answer import Answer, answer
from cohorts.model import AfterDays, Dates, Definition, Events, Fixed, Group, Occurs, Person, Range, Rule, Window
from graph.secret import site_secret, source_hash
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import EDGES, Batch, Store
from graph.value_sets import Concepts, Item
from tests.cohorts import naive
from tests.cohorts.random_data import CONCEPTS, IS_A
from tests.cohorts.test_answer import BELOW
from tests.graph import rows
from tests.small import Written

SITES = (None, "ward-1", "ward-2")
FEW = 4
"""Patients of a part."""


class Person_(NamedTuple):
    sex: str | None
    born: int | None
    site: str | None
    events: list[dict[str, Any]]
    source: str = ""


class World(NamedTuple):
    """The same patients as `parts` and as `whole`. `plain` and `people` are the patients by number."""

    parts: Snapshot
    whole: Snapshot
    people: list[Person_]
    plain: list[naive.Patient]

    def answers(self, definition: Definition) -> tuple[Answer, Answer]:
        return answer(self.parts, definition), answer(self.whole, definition)

    def times(self, definition: Definition) -> dict[int, list[tuple[int, int]]]:
        """The times in the cohort of each patient who has any, as days of the plain evaluator."""
        return {patient.number: times for patient in self.plain if (times := patient.times(definition))}


def snapshot_of(
    people: list[Person_], part: int = 1 << 20, labels: dict[str, str] | None = None, **edges: Any
) -> Snapshot:
    """A snapshot of these patients, in parts of `part` patients. It is kept until the tests end."""
    folder = Path(mkdtemp())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    store, named = Written(), labels or {}
    concepts = [{"id": id_, "label": named.get(id_, id_), "ontology": id_[0], "release": "r", "kind": "finding"}
                for id_ in CONCEPTS]  # fmt: skip
    patients = [
        {"id": f"patient:{n:03}", "birth_year": one.born, "sex": one.sex, "care_site": one.site}
        for n, one in enumerate(people)
    ]
    secret = site_secret(folder) if any(one.source for one in people) else b""
    resources = [
        {"id": f"r{n}", "kind": "Patient", "owner": f"patient:{n:03}", "source": source_hash(secret, one.source)}
        for n, one in enumerate(people) if one.source
    ]  # fmt: skip
    blank = dict.fromkeys(EDGES["EVENT"].arrow.names)
    events = [
        blank | {k: v for k, v in e.items() if k != "concept"}
        | {"source": f"patient:{n:03}", "target": e["concept"], "record": f"r{n}-{m}", "statement": "s", "job": "j"}
        for n, one in enumerate(people) for m, e in enumerate(one.events)
    ]  # fmt: skip
    store.write(
        Batch(
            nodes={
                "Concept": rows.nodes("Concept", *concepts),
                "Patient": rows.nodes("Patient", *patients),
                "Resource": rows.nodes("Resource", *resources),
            },
            edges={"IS_A": rows.edges("IS_A", *IS_A), **edges},
        )
    )
    store.write(Batch(edges={"EVENT": pa.Table.from_pylist(events, schema=EDGES["EVENT"].arrow)}))
    with patch("graph.events.index.PART", part):
        return fresh_snapshot(cast("Store", store), folder)


@cache
def world(seed: int) -> World:
    """A world of random patients; equal seeds give equal worlds."""
    random = Random(seed)
    people = [_person(random) for _ in range(random.randint(5, 11))]
    plain = [naive.Patient(n, one.born, one.sex or "", one.events, BELOW) for n, one in enumerate(people)]
    return World(snapshot_of(people, FEW), snapshot_of(people), people, plain)


def _person(random: Random) -> Person_:
    """A patient. Of one in four, only ages are known."""
    aged = random.random() < 0.25
    born = None if aged else random.choice([None, 1938, 1950, 1959, 1971, 1998])
    events = [_event(random, aged) for _ in range(random.randint(0, 9))]
    return Person_(random.choice([None, "female", "male"]), born, random.choice(SITES), events)


def _event(random: Random, aged: bool) -> dict[str, Any]:
    days = [str(date(2019, 11, 1) + timedelta(random.randint(0, 120))) for _ in range(2)]
    partial = days[0][:7]
    if aged:
        days, partial = [f"P50Y{random.randint(0, 3)}M{random.randint(10, 30)}D" for _ in range(2)], "P50Y2M"
    start = random.choice([days[0]] * 7 + [partial, None])
    return {
        "concept": random.choice(CONCEPTS),
        "kind": random.choice(
            ["condition", "condition", "medication", "visit", "family_history", "observation_period"]
        ),
        "status": random.choice([None, None, None, "active", "provisional active", "absent"]),
        "start": start,
        "end": random.choice([None, max(days)]) if start else None,
    }


def of(*ids: str, some: Concepts | None = None, **more: Any) -> Events:
    """Events of these concepts and all in their reach, or of this concept set."""
    return Events(concepts=some or Concepts(tuple(map(Item, ids))), **more)


some_events = st.builds(
    Events,
    kinds=st.sampled_from([(), (), ("condition",), ("medication", "visit")]),
    concepts=st.one_of(st.none(), st.sampled_from(CONCEPTS).map(lambda id_: Concepts((Item(id_),)))),
    fixed=st.sampled_from([None] * 7 + [Fixed(start="2020-01-10")]),
)
_bounds = st.sampled_from([None, None, -60, -10, 0, 30])
_windows = st.lists(st.builds(Window, since=_bounds, until=_bounds), max_size=1).map(tuple)
_occurs = st.builds(Occurs, events=some_events, at_least=st.sampled_from([1, 1, 2, 0]), windows=_windows)
_members = st.one_of(
    _occurs,
    _occurs,
    st.sampled_from([Person(sex=("female",)), Person(born=Range(low=1945.0)), Person(age=Range(low=60.0))]),
)
_groups = st.lists(_members, min_size=1, max_size=2).map(lambda some: Group(of=tuple(some), at_least=1))
_entries = st.one_of(st.just(Events()), some_events)
definitions = st.builds(
    Definition,
    entry=st.lists(_entries, min_size=1, max_size=2).map(tuple),
    entry_limit=st.sampled_from(["all", "all", "first"]),
    also=st.one_of(st.none(), _groups),
    rules=st.lists(_groups.map(lambda group: Rule(name="rule", group=group)), max_size=3).map(tuple),
    limit=st.sampled_from(["all", "first", "last"]),
    exit=st.sampled_from([None, AfterDays(days=20), AfterDays(days=50), AfterDays(days=-5)]),
    dates=st.sampled_from([None, None, None, Dates(since="2020"), Dates(until="2020-01-15")]),
    censor=st.lists(some_events, max_size=1).map(tuple),
)
without_entry = st.builds(Definition, also=st.one_of(st.none(), _groups), rules=st.just(()) | st.lists(
    _groups.map(lambda group: Rule(name="rule", group=group)), max_size=3).map(tuple))  # fmt: skip
worlds = st.integers(0, 7).map(world)

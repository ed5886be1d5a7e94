"""cohorts: what is most frequent around the start, beside a comparison cohort."""

from __future__ import annotations

from math import sqrt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyroaring import FrozenBitMap

from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered
from cohorts.model import Definition, Events
from cohorts.results import Span, beside, frequent
from cohorts.results.frequent import START, YEAR_BEFORE, Frequent, most
from graph.snapshot import Snapshot
from tests.cohorts.plain_days import FAR
from tests.cohorts.random_data import CONCEPTS
from tests.cohorts.results.worlds import Person_, World, definitions, of, snapshot_of, worlds
from tests.cohorts.test_answer import BELOW

_days = st.one_of(st.none(), st.integers(-40, 40))
_kinds = st.sampled_from([(), ("condition",), ("medication", "visit")])


def _sets(snapshot: Snapshot, found: Frequent) -> dict[str, set[int]]:
    some = {id_: set(found.patients(snapshot.ids.find(id_) or 0)) for id_ in CONCEPTS}
    assert [found.counts[snapshot.ids.find(id_) or 0] for id_ in CONCEPTS] == [len(some[id_]) for id_ in CONCEPTS]
    return {id_: patients for id_, patients in some.items() if patients}


def _plain(world: World, starts: dict[int, int], span: Span, kinds: Any, broader: bool, possible: bool) -> Any:
    found: dict[str, set[int]] = {}
    for number, start in starts.items():
        for event in world.plain[number].select(Events(kinds=kinds)):
            if event["span"][0] == -FAR and span != Span():
                continue
            ends = sorted(event["span"][:2], reverse=possible)
            since = span.since is None or ends[0] - start >= span.since
            if since and (span.until is None or ends[1] - start <= span.until):
                above = [id_ for id_ in CONCEPTS if event["concept"] in BELOW[id_]]
                for id_ in above if broader else [event["concept"]]:
                    found.setdefault(id_, set()).add(number)
    return found


@settings(max_examples=50, deadline=None)
@given(
    world=worlds, definition=definitions, spans=st.lists(st.builds(Span, _days, _days), min_size=1, max_size=2),
    kinds=_kinds, broader=st.booleans(), possible=st.booleans(),
)  # fmt: skip
def test_frequent_concepts_equal_a_plain_computation(
    world: World, definition: Definition, spans: list[Span], kinds: Any, broader: bool, possible: bool
) -> None:
    starts = {n: times[0][0] for n, times in world.times(definition).items() if times[0][0] > -FAR}
    asked: Any = {"spans": spans, "kinds": kinds, "broader": broader, "possible": possible}
    for snapshot, one in zip((world.parts, world.whole), world.answers(definition), strict=True):
        for span, found in zip(spans, frequent(snapshot, one, **asked), strict=True):
            assert set(found.persons) == set(starts)
            assert _sets(snapshot, found) == _plain(world, starts, span, kinds, broader, possible)


@settings(max_examples=60, deadline=None)
@given(world=worlds, one=definitions, other=definitions, number=st.integers(1, 9))
def test_standardised_differences_equal_their_formula(
    world: World, one: Definition, other: Definition, number: int
) -> None:
    [first], [second] = (frequent(world.parts, answer(world.parts, each), [Span()]) for each in (one, other))
    plain = {}
    for concept in range(len(CONCEPTS)):
        p, q = (len(each.patients(concept)) / (len(each.persons) or 1) for each in (first, second))
        if p or q:
            variance = (p * (1 - p) + q * (1 - q)) / 2
            plain[concept] = (p - q) / sqrt(variance) if variance else 0.0 if p == q else None
    rows = beside(first, second, number)
    assert len(rows) == min(number, len(plain))
    assert [row.difference for row in rows] == pytest.approx([plain[row.concept] for row in rows])
    sizes = [float("inf") if plain[concept] is None else abs(plain[concept] or 0) for concept in plain]
    shown = [float("inf") if row.difference is None else abs(row.difference) for row in rows]
    assert shown == pytest.approx(sorted(sizes, reverse=True)[:number])
    assert all(row.one == first.patients(row.concept) and row.other == second.patients(row.concept) for row in rows)


def _example() -> tuple[Snapshot, list[Frequent], list[Frequent]]:
    """All four had A:1 on 1 March; women also B:2 the day before, and one of them C:2 on the day."""
    start = {"kind": "condition", "concept": "A:1", "start": "2020-03-01"}
    before, at = start | {"concept": "B:2", "start": "2020-02-29"}, start | {"concept": "C:2"}
    rows = [("female", [start, before, at]), ("female", [start, before]), ("male", [start, before]), ("male", [start])]
    snapshot = snapshot_of([Person_(sex, 1950, None, some) for sex, some in rows], part=2)
    entry = Definition(entry=(of("A:1"),))
    both = [answer(snapshot, entry), answer(snapshot, entry)]
    women, men = (one._replace(patients=one.patients) for one in both)
    spans = [YEAR_BEFORE, START]
    return snapshot, frequent(snapshot, women, spans), frequent(snapshot, men, spans, broader=True)


def test_frequent_concepts_by_hand() -> None:
    snapshot, coded, rolled_up = _example()
    named = [[(snapshot.ids[one], set(some)) for one, some in most(found, 9)] for found in (*coded, *rolled_up)]
    assert named[0] == [("B:2", {0, 1, 2})]
    assert named[1] == [("A:1", {0, 1, 2, 3}), ("C:2", {0})]
    assert named[2] == [("B:1", {0, 1, 2}), ("B:2", {0, 1, 2})]
    assert named[3] == [("A:1", {0, 1, 2, 3}), ("C:1", {0}), ("C:2", {0})]
    hidden = FrozenBitMap([snapshot.ids.find("A:1") or 0])
    assert [snapshot.ids[one] for one, _ in most(coded[1], 9, hidden)] == ["C:2"]


def test_a_difference_by_hand() -> None:
    snapshot, (before, start), _ = _example()
    row = beside(before, start, 1)[0]
    assert (snapshot.ids[row.concept], row.difference) == ("A:1", None)
    row = beside(before, start, 9)[1]
    assert (snapshot.ids[row.concept], row.share, row.other_share) == ("B:2", 0.75, 0.0)
    assert row.difference == pytest.approx(0.75 / sqrt(0.75 * 0.25 / 2))


def test_a_cohort_without_entry_events_has_no_start() -> None:
    events: list[dict[str, Any]] = [{"kind": "condition", "concept": "A:1", "start": "2020-03-01"}]
    snapshot = snapshot_of([Person_(None, None, None, events), Person_(None, None, None, [])])
    found = answer(snapshot, Definition())
    with pytest.raises(NotAnswered, match="add an entry event"):
        frequent(snapshot, found, [Span(-30, None)])
    (always,) = frequent(snapshot, found, [Span()])
    assert (set(always.persons), set(most(always, 9)[0][1])) == ({0, 1}, {0})

"""graph: the path to a concept in a reach, compared with a simple implementation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.hierarchy import Level
from graph.paths import Step, reasons
from graph.paths.why import Reason
from graph.snapshot import Numbers, Snapshot, fresh_snapshot
from graph.store import Store
from tests.small import CONCEPTS, small_snapshot, write_small

_PAIRS = st.tuples(st.sampled_from(CONCEPTS), st.sampled_from(CONCEPTS)).filter(lambda pair: pair[0] != pair[1])
_CHANCE = st.just(True) | st.sampled_from((0.85, 0.9, 0.95))


def _links(snapshot: Snapshot, level: Level) -> dict[tuple[int, int], float]:
    """The steps from each concept to the next concepts, each with its highest probability."""
    found: dict[tuple[int, int], float] = {}
    for concept in range(len(snapshot.ids)):
        found |= {(parent, concept): 1.0 for parent in snapshot.hierarchy.parents[concept].tolist()}
    for table, both in ((snapshot.same.table, True), (snapshot.narrower.table, False)):
        for row in table.to_pylist():
            if level is Level.LIKELY or row["level"] == "CERTAIN":
                for ends in ((row["other"], row["one"]), *([(row["one"], row["other"])] if both else [])):
                    found[ends] = max(found.get(ends, 0), row["probability"])
    return found


def _best(snapshot: Snapshot, concept: int, level: Level) -> dict[int, tuple[float, int]]:
    """The probability and the number of steps of the best path to each concept that can be reached."""
    links, found = _links(snapshot, level), {concept: (-1.0, 0)}
    for _ in CONCEPTS:
        for (high, low), chance in links.items():
            if high in found:
                way = round(found[high][0] * chance, 12), found[high][1] + 1
                found[low] = min(found.get(low, way), way)
    return {other: (-chance, length) for other, (chance, length) in found.items()}


def _check_steps(snapshot: Snapshot, concept: int, reason: Reason, level: Level) -> None:
    at = concept
    for step in reason.way.steps:
        assert step.source.number == at
        assert (at, step.target.number) in _links(snapshot, level)
        at = step.target.number
    assert at == reason.concept


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    is_a=st.lists(_PAIRS, max_size=8),
    mapped=st.lists(st.tuples(_PAIRS, _CHANCE), max_size=8, unique_by=lambda one: one[0]),
)
def test_the_path_has_the_highest_probability(tmp_path_factory: pytest.TempPathFactory, is_a: Any, mapped: Any) -> None:
    """The examples include loops of the hierarchy and of mappings."""
    studies = [[concept] for concept in CONCEPTS]
    snapshot = small_snapshot(tmp_path_factory.mktemp("why"), is_a=is_a, mapped=mapped, studies=studies)
    for level in Level:
        for concept in range(len(CONCEPTS)):
            reach = snapshot.hierarchy.reach(concept, level)
            best = _best(snapshot, concept, level)
            assert set(reach) == set(best)
            records = list(snapshot.records["Study"].about(reach))
            for reason in reasons(snapshot, "Study", records, concept, level):
                assert reason
                _check_steps(snapshot, concept, reason, level)
                way = round(reason.way.probability, 12), len(reason.way.steps)
                assert way == best[reason.concept]
                certain = reason.concept in snapshot.hierarchy.reach(concept, Level.CERTAIN)
                assert reason.level is (Level.CERTAIN if certain else Level.LIKELY)
                assert not certain or reason.way.probability == 1


def _by_id(snapshot: Snapshot, step: Step) -> tuple[str, str, str]:
    return snapshot.ids[step.source.number], step.relation, snapshot.ids[step.target.number]


@pytest.fixture
def snapshot(store: Store, tmp_path: Path) -> Snapshot:
    """A:3 is below A:2, and A:2 is below A:1. B:3 is below B:1. B:1 is A:2 (CERTAIN), and C:1 is A:1 (LIKELY)."""
    write_small(
        store,
        is_a=[("A:2", "A:1"), ("A:3", "A:2"), ("B:3", "B:1")],
        mapped=[(("B:1", "A:2"), True), (("C:1", "A:1"), False)],
        studies=[["C:1"], ["B:3"], ["C:1", "B:3"], ["A:3", "A:2", "B:1"], ["A:1", "C:2"]],
    )
    return fresh_snapshot(store, tmp_path)


def test_a_reason_is_the_certain_and_nearest_concept(snapshot: Snapshot) -> None:
    concept = snapshot.concept("A:1")
    assert concept is not None
    found = [one for one in reasons(snapshot, "Study", range(5), concept, Level.LIKELY) if one]
    assert [snapshot.ids[one.concept] for one in found] == ["C:1", "B:3", "B:3", "A:2", "A:1"]
    assert [one.level for one in found] == ["LIKELY", *["CERTAIN"] * 4]
    assert [one.way.probability for one in found] == [0.9, 1, 1, 1, 1]
    assert [_by_id(snapshot, step) for step in found[1].way.steps] == [
        ("A:1", "^rdfs:subClassOf", "A:2"),
        ("A:2", "skos:exactMatch", "B:1"),
        ("B:1", "^rdfs:subClassOf", "B:3"),
    ]
    (likely,) = found[0].way.steps
    assert likely[3:] == ("semapv:CompositeMatching", 0.9, None, '{"candidate":0.9}')


def test_no_path_uses_a_hidden_concept(snapshot: Snapshot) -> None:
    concept, hidden = snapshot.concept("A:1"), snapshot.concept("B:1")
    assert concept is not None and hidden is not None
    found = reasons(snapshot, "Study", range(5), concept, Level.LIKELY, Numbers([hidden]))
    assert [one and snapshot.ids[one.concept] for one in found] == ["C:1", None, "C:1", "A:2", "A:1"]


def test_no_records_have_no_reasons(snapshot: Snapshot) -> None:
    assert reasons(snapshot, "Study", [], 0, Level.LIKELY) == []

"""graph: the members of a group, and the steps that lead to each member."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from graph.hierarchy import Level, Pair
from graph.paths import Step, meant
from graph.paths.meant import Group
from graph.paths.steps import same
from graph.snapshot import Numbers, Snapshot
from tests.graph.rows import Batch, concepts, edges, nodes
from tests.graph.test_snapshot import snapshot_of

NAMES = ("a word", "malignant neoplasm of the left kidney", "malignant neoplasm of the left kidney")


def _by_id(snapshot: Snapshot, steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(snapshot.ids[step.source.number], step.relation, snapshot.ids[step.target.number]) for step in steps]


def _steps(snapshot: Snapshot, start: str, end: str) -> list[tuple[str, str, str]]:
    number = snapshot.concept(start)
    assert number is not None
    group = Group(snapshot, number)
    (steps,) = [group.steps(one.concept) for one in group.members if snapshot.ids[one.concept] == end]
    return _by_id(snapshot, steps)


@pytest.fixture
def replaced(tmp_path: Path) -> Snapshot:
    """A:1 was replaced by A:2, which was replaced by A:3."""
    some = [
        {"id": f"A:{n}", "label": f"a{n}", "ontology": "A", "stub": False, "deprecated": n < 3, "replaced_by": by}
        for n, by in ((1, "A:2"), (2, "A:3"), (3, None))
    ]
    return snapshot_of(tmp_path, Batch(nodes={"Concept": nodes("Concept", *some)}))


def test_a_chain_of_replacements_has_a_step_for_each_replacement(replaced: Snapshot) -> None:
    older, newer = ("A:1", "IAO:0100001", "A:2"), ("A:2", "IAO:0100001", "A:3")
    back = ("A:2", "^IAO:0100001", "A:1"), ("A:3", "^IAO:0100001", "A:2")
    assert _steps(replaced, "A:1", "A:3") == [older, newer]
    assert (_steps(replaced, "A:2", "A:1"), _steps(replaced, "A:2", "A:3")) == ([back[0]], [newer])
    assert _steps(replaced, "A:3", "A:1") == [back[1], back[0]]


def test_each_step_is_computed_once_and_paths_have_a_maximum_length(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"T{number:02}:1" for number in range(20)]
    mapped = edges("MAPS_TO", *pairwise(ids), predicate="skos:exactMatch", state="accepted")
    snapshot = snapshot_of(tmp_path, Batch(nodes={"Concept": concepts(*ids)}, edges={"MAPS_TO": mapped}))
    made: list[int] = []

    def counted(snapshot: Snapshot, here: int, pair: Pair) -> Step:
        made.append(here)
        return same(snapshot, here, pair)

    monkeypatch.setattr(meant, "same", counted)
    monkeypatch.setattr(meant, "MOST_STEPS", 3)
    group = Group(snapshot, 0)
    assert (len(group.members), made) == (20, [])
    ways = [_by_id(snapshot, group.steps(member.concept)) for member in group.members]
    assert [len(way) for way in ways] == [0, 1, 2, *[3] * 17]
    assert ways[-1] == [(ids[n], "skos:exactMatch", ids[n + 1]) for n in (16, 17, 18)]
    assert len(made) == 19


def test_members_behind_hidden_members_are_listed(tmp_path: Path) -> None:
    """Two hidden concepts follow each other. The requested concept is shown although it is hidden."""
    ids = [f"T{number}:1" for number in range(6)]
    mapped = edges("MAPS_TO", *pairwise(ids), predicate="skos:exactMatch", state="accepted")
    snapshot = snapshot_of(tmp_path, Batch(nodes={"Concept": concepts(*ids)}, edges={"MAPS_TO": mapped}))
    group = Group(snapshot, 0, Numbers([0, 2, 3]))
    assert [one.concept for one in group.members] == [0, 1, 4, 5]
    assert {one.level for one in group.members} == {Level.CERTAIN}
    exact = "skos:exactMatch"
    assert _by_id(snapshot, group.steps(5)) == [(ids[a], exact, ids[b]) for a, b in ((0, 1), (1, 4), (4, 5))]


def test_a_step_over_a_hidden_member_has_the_lowest_probability(tmp_path: Path) -> None:
    ids = ["A:1", "B:1", "C:1"]
    mapped = edges("MAPS_TO", ("A:1", "B:1"), predicate="skos:exactMatch", state="accepted")
    rows = [{"id": id, "label": label, "ontology": id[0]} for id, label in zip(ids, NAMES, strict=True)]
    snapshot = snapshot_of(tmp_path, Batch(nodes={"Concept": nodes("Concept", *rows)}, edges={"MAPS_TO": mapped}))
    whole, part = Group(snapshot, 0), Group(snapshot, 0, Numbers([1]))
    assert [one.concept for one in whole.members] == [0, 1, 2]
    assert part.members == [one for one in whole.members if one.concept != 1]
    (step,) = part.steps(2)
    last = whole.steps(2)[-1]
    assert (step.source.number, step.target.number) == (0, 2) and step.score == last.score == whole.members[
        2
    ].probability < 1
    assert (step.relation, step.method, step.evidence) == (last.relation, last.method, last.evidence)

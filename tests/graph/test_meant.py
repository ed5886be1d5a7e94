"""graph: the members of a group, and the steps that lead to each."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.meant import members
from graph.snapshot import Snapshot
from graph.steps import Step
from tests.graph.rows import Batch, nodes
from tests.graph.test_snapshot import snapshot_of


def _told(snapshot: Snapshot, steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(snapshot.ids[step.source.number], step.relation, snapshot.ids[step.target.number]) for step in steps]


def _steps(snapshot: Snapshot, start: str, end: str) -> list[tuple[str, str, str]]:
    number = snapshot.concept(start)
    assert number is not None
    (steps,) = [one.steps for one in members(snapshot, number) if snapshot.ids[one.concept] == end]
    return _told(snapshot, steps)


@pytest.fixture
def replaced(tmp_path: Path) -> Snapshot:
    """A:1 was replaced by A:2, which was replaced by A:3."""
    some = [
        {"id": f"A:{n}", "label": f"a{n}", "ontology": "A", "stub": False, "deprecated": n < 3, "replaced_by": by}
        for n, by in ((1, "A:2"), (2, "A:3"), (3, None))
    ]
    return snapshot_of(tmp_path, Batch(nodes={"Concept": nodes("Concept", *some)}))


def test_a_chain_of_replacements_is_told_from_the_older_to_the_newer(replaced: Snapshot) -> None:
    older, newer = ("A:1", "IAO:0100001", "A:2"), ("A:2", "IAO:0100001", "A:3")
    back = ("A:2", "^IAO:0100001", "A:1"), ("A:3", "^IAO:0100001", "A:2")
    assert _steps(replaced, "A:1", "A:3") == [older, newer]
    assert (_steps(replaced, "A:2", "A:1"), _steps(replaced, "A:2", "A:3")) == ([back[0]], [newer])
    assert _steps(replaced, "A:3", "A:1") == [back[1], back[0]]

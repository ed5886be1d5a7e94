"""graph: the number of records about the reach of a concept, also if the reach is too large to store."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.hierarchy import closure
from graph.snapshot import Snapshot
from tests.graph.rows import Batch, concepts, edges, nodes
from tests.graph.test_snapshot import snapshot_of

DEEP = 40


def deep() -> Batch:
    """A chain with a loop and an equivalent, branches, and records of two kinds. One study is about two concepts."""
    ids = [f"A:{number}" for number in range(DEEP)]
    chain = [*zip(ids[1:], ids, strict=False), ("A:10", "A:14"), ("B:1", "A:5"), ("B:2", "B:1"), ("B:2", "A:30")]
    said = [("S:1", "A:39"), ("S:1", "B:2"), ("S:2", "A:12"), ("S:3", "B:1"), ("S:4", "C:1")]
    return Batch(
        nodes={
            "Concept": concepts(*ids, "B:1", "B:2", "C:1"),
            "Study": nodes("Study", *({"id": id_} for id_ in ("S:1", "S:2", "S:3", "S:4"))),
            "Course": nodes("Course", {"id": "K:1"}),
        },
        edges={
            "IS_A": edges("IS_A", *chain),
            "STUDY_ABOUT": edges("STUDY_ABOUT", *said, assertion="present", record="r"),
            "COURSE_ABOUT": edges("COURSE_ABOUT", ("K:1", "A:20"), assertion="present", record="r"),
            "MAPS_TO": edges("MAPS_TO", ("C:1", "A:25"), predicate="skos:exactMatch", state="accepted"),
        },
    )


def use(snapshot: Snapshot) -> dict[str, int]:
    return dict(zip(snapshot.concepts["id"].to_pylist(), snapshot.meanings.use.tolist(), strict=True))


@pytest.mark.parametrize("room", [0, 300, 1000, 1 << 20])
def test_use_is_the_number_of_records_about_the_reach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(closure, "_MOST_BYTES", room)
    found = use(snapshot_of(tmp_path, deep()))
    assert [found[f"A:{number}"] for number in (0, 5, 6, 10, 14, 15, 21, 26, 39)] == [5, 5, 4, 4, 4, 3, 2, 1, 1]
    assert (found["B:1"], found["B:2"], found["C:1"]) == (2, 1, found["A:25"])


def test_a_deep_hierarchy_is_not_walked_for_each_concept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walks, walk = [], closure.Closure._of

    def counted(self: closure.Closure, concept: int) -> object:
        walks.append(concept)
        return walk(self, concept)

    monkeypatch.setattr(closure, "_MOST_BYTES", 0)
    monkeypatch.setattr(closure.Closure, "_of", counted)
    snapshot_of(tmp_path, deep())
    assert len(walks) < DEEP / 2
